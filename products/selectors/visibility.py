"""The two conditions that decide what shoppers see, as ORM conditions: publication and a price that holds now."""

from datetime import datetime

from django.db.models import Q


def visible_product(at: datetime, prefix: str = "") -> Q:
    """Return the condition of a product being published at a time; `prefix` leads to it, such as `product__`."""
    return (
        Q(**{f"{prefix}status": "active"})
        & (Q(**{f"{prefix}published_from__isnull": True}) | Q(**{f"{prefix}published_from__lte": at}))
        & (Q(**{f"{prefix}published_until__isnull": True}) | Q(**{f"{prefix}published_until__gt": at}))
    )


def current_price(at: datetime, prefix: str = "") -> Q:
    """Return the condition of a price holding at a time; `prefix` leads to it, such as `prices__`."""
    return (Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": at})) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gt": at})
    )
