"""What part of an amount belongs to some of a line's units: pure. Who may have it back is orders' to say."""

from core.money import divide_half_up


def part_of(amount: int, *, quantity: int, before: int, count: int) -> int:
    """Return what `count` of a line's units come to, when `before` of them were reckoned already.

    It is the difference of two rounded sums, so that all parts of all units together are the amount, however the units
    are divided.

    Raises:
        ValueError: more units than the line has, or fewer than none.
    """
    if min(before, count) < 0 or before + count > quantity:
        message = f"{before} and {count} of {quantity} units"
        raise ValueError(message)
    return divide_half_up(amount * (before + count), quantity) - divide_half_up(amount * before, quantity)
