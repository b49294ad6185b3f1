"""Gift cards that are sold: one card for each piece however often its money is settled, and never money and card."""

from collections.abc import Callable

import pytest

from core.money import Money
from core.problems import Problem
from orders.models import Order, OrderLine
from orders.services import issuing, order_payment_capture, order_payment_refund
from promotions.credit import selling
from promotions.credit.selling import SoldCard, sold_cards
from promotions.models import CreditEntry, GiftCard
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.weakening import without, without_constraints
from tests.factories.credit import sold_cards_make
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 4
TOTAL = 2494
PRICE = 5000
CONDITION = " AND c.balance_amount >= w.amount"


def settling(sold: Order) -> list[Callable[[], None]]:
    """Return acts of as many tills, each of which records the same money of an order."""
    payment = sold.payments.get()

    def settle() -> None:
        amount = Money(sold.total_amount, "EUR")
        order_payment_capture(payment_id=payment.id, amount=amount, is_unexpected=True, actor="user:till")

    return [settle] * TILLS


def refunding(sold: Order) -> Callable[[], str]:
    """Return an act: give an order's money back; it answers "" or why not."""
    payment = sold.payments.get()

    def refund() -> str:
        try:
            order_payment_refund(payment_id=payment.id, reason="Changed her mind", actor="user:till")
        except Problem as problem:
            return problem.code
        return ""

    return refund


def spending(card: GiftCard) -> Callable[[], str]:
    """Return an act: order a thing that half of the card pays whole; it answers "" or why not."""
    [cart] = carts_make([[stocked(5)]])
    cart.gift_card_ids = [card.id]
    cart.save(update_fields=["gift_card_ids"])
    return lambda: order(cart, total=TOTAL).code


def test_money_that_is_settled_four_times_at_once_issues_each_card_once() -> None:
    sold = sold_cards_make(3, is_paid=False)
    meet(Order.objects.filter(id=sold.id), *settling(sold))
    sold.refresh_from_db()
    assert (sold.status, sold.paid_amount) == ("completed", TILLS * 3 * PRICE)
    assert sorted(GiftCard.objects.values_list("piece", "balance_amount")) == [(1, PRICE), (2, PRICE), (3, PRICE)]
    assert sold.fulfilments.count() == 1
    assert differences() == []


@pytest.mark.slow
def test_control_without_a_look_at_what_was_issued_they_double(monkeypatch: pytest.MonkeyPatch) -> None:
    sold = sold_cards_make(3, is_paid=False)

    def all_of_them(lines: list[OrderLine]) -> list[OrderLine]:
        for line in lines:
            line.fulfilled_quantity = 0
        return lines

    monkeypatch.setattr(issuing, "unissued", all_of_them)
    monkeypatch.setattr(issuing, "_claim", lambda _: None)
    with without_constraints("promotions_giftcard", "promotions_giftcard_piece"):
        meet(Order.objects.filter(id=sold.id), *settling(sold))
        assert GiftCard.objects.count() == TILLS * 3


def test_a_card_is_spent_or_its_money_goes_back() -> None:
    for _ in range(3):
        sold = sold_cards_make()
        card = GiftCard.objects.get(order_line__order=sold)
        spent, refunded = meet(GiftCard.objects.filter(id=card.id), spending(card), refunding(sold))
        sold.refresh_from_db()
        card.refresh_from_db()
        if spent == "":
            assert (refunded, sold.refunded_amount) == ("gift_card_spent", 0)
            assert (card.balance_amount, card.is_active) == (PRICE - TOTAL, True)
        else:
            assert (spent, refunded, sold.refunded_amount) == ("credit_changed", "", PRICE)
            assert (card.balance_amount, card.is_active) == (0, False)
    assert differences() == []


def test_two_refunds_at_once_take_a_card_back_once() -> None:
    sold = sold_cards_make()
    assert sorted(meet(Order.objects.filter(id=sold.id), refunding(sold), refunding(sold))) == ["", "refund_too_large"]
    assert list(CreditEntry.objects.values_list("kind", "amount")) == [("issued", PRICE), ("taken_back", -PRICE)]
    assert differences() == []


@pytest.mark.slow
def test_control_without_lock_and_condition_it_is_spent_and_its_money_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sold = sold_cards_make()
    card = GiftCard.objects.get()
    spend = spending(card)

    def read_and_be_late(order_id: object) -> list[SoldCard]:
        cards = sold_cards(sold.id)
        assert at_once(spend) == [""]
        return cards

    monkeypatch.setattr(issuing, "sold_cards_locked", read_and_be_late)
    monkeypatch.setattr(selling, "TAKE_BACK", without(selling.TAKE_BACK, CONDITION))
    with without_constraints("promotions_giftcard", "promotions_giftcard_balance"):
        assert refunding(sold)() == ""
        card.refresh_from_db()
        assert card.balance_amount == -TOTAL
        sold.refresh_from_db()
        assert sold.refunded_amount == PRICE


def test_what_is_cut_off_has_neither_the_money_nor_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    sold = sold_cards_make(2, is_paid=False)

    def die(_: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as dying:
        dying.setattr(issuing, "cards_mail", die)
        with pytest.raises(ConnectionAbortedError):
            settling(sold)[0]()
    sold.refresh_from_db()
    assert (sold.status, sold.paid_amount, GiftCard.objects.count()) == ("pending", 0, 0)
    settling(sold)[0]()
    assert GiftCard.objects.count() == 2
    assert differences() == []
