"""What shipping costs beside some goods: pure arithmetic. Its tax belongs to cart/amounts.py."""


def shipping_amount(*, amount: int, free_from_amount: int | None, goods_amount: int) -> int:
    """Return a flat price, or nothing when the goods come to as much as makes it free."""
    return 0 if free_from_amount is not None and goods_amount >= free_from_amount else amount
