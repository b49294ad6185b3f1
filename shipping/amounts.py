"""What shipping costs beside some goods: pure arithmetic. Its tax belongs to cart/amounts.py."""

from collections.abc import Iterable, Mapping
from decimal import Decimal


def shipping_amount(*, amount: int, free_from_amount: int | None, goods_amount: int) -> int:
    """Return a method's price, or nothing when the goods come to as much as makes it free."""
    return 0 if free_from_amount is not None and goods_amount >= free_from_amount else amount


def table_amount(tiers: Iterable[Mapping[str, int | None]], measure: Decimal) -> int | None:
    """Return the amount of the first tier whose bound isn't passed; None beyond the last one."""
    return next((tier["amount"] for tier in tiers if (up_to := tier["up_to"]) is None or measure <= up_to), None)
