"""Cases about an order's money: opened where too much of it came, resolved by what gives it back or brings it in."""

from __future__ import annotations

from core.money import Money
from events.cases import case_open, case_settle
from events.selectors import cases_open_for_update
from orders.models import Order

TO_GIVE_BACK = {
    "paid_without_stock": ("was paid after its goods were sold", "Its goods are others' now, so it was cancelled."),
    "paid_after_cancelling": ("was paid after it was cancelled", "It was cancelled before."),
    "cancelled_after_paying": ("was cancelled after it was paid", "It was cancelled when that had come."),
    "overpaid": ("was paid more than it comes to", "That is more than it comes to."),
}
"""What staff have to give money back for: the words of the case, and why."""


def money_cases_keep(order: Order, *, kind: str | None = None, actor: str) -> None:
    """Keep cases in step with an order's money, after a change of it.

    They are resolved once nothing is too much, or nothing is owed, any more, and ask for the rest of what went back in
    part. If too much came and no case asks for it yet, one of this kind is opened. Part of the transaction that writes
    the order, under its lock. One query where no case is open.
    """
    is_owed = order.owed_amount > 0 and order.status != Order.Status.CANCELLED
    cases = cases_open_for_update(subject_type="order", subject_id=order.id, kinds=[*TO_GIVE_BACK, "payment_overdue"])
    for case in cases:
        if case.kind == "payment_overdue" and not is_owed:
            case_settle(case, resolution="Nothing is owed any more.", actor=actor)
        elif case.kind in TO_GIVE_BACK and not order.excess_amount:
            case_settle(case, resolution="What was too much was given back.", actor=actor)
    if order.excess_amount:
        asking = [case.kind for case in cases if case.kind in TO_GIVE_BACK]
        for each in asking or ([kind] if kind else []):
            _ask_back(order, each, actor=actor)


def _ask_back(order: Order, kind: str, *, actor: str) -> None:
    what, why = TO_GIVE_BACK[kind]
    excess = Money(order.excess_amount, order.currency)
    case_open(
        kind=kind,
        subject_type="order",
        subject_id=order.id,
        title=f"{order.number} {what}",
        detail=f"{excess} came in for order {order.number} and are to be given back. {why}",
        remedy="refund",
        data={"number": order.number, "amount": excess.amount, "currency": excess.currency},
        actor=actor,
    )
