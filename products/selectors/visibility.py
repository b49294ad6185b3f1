"""The conditions that decide what shoppers see, for the ORM: publication, a price that holds now, a hidden category."""

from datetime import datetime

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q

from products.models import Category


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


def category_hidden(path: str) -> Exists:
    """Return the condition of a category, or one above it, not being active; `path` leads to its path."""
    is_above = Func(OuterRef(path), F("path"), function="starts_with", output_field=BooleanField())
    return Exists(Category.objects.filter(is_above, is_active=False).order_by())
