"""One gift card, spent from two carts at once and from twenty: never more than was on it."""

from collections import Counter
from collections.abc import Callable

import pytest

from cart.models import Cart
from orders.models import Order
from promotions.credit import spending
from promotions.models import CreditEntry, GiftCard
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.concurrency.weakening import without, without_constraints
from tests.factories.credit import gift_card_make
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TOTAL = 2494
BUYERS = 20
ROUNDS = length(short=1, quick=3, long=20)
CONDITION = "\n        AND c.balance_amount >= w.amount"


def buyers_of(card: GiftCard, count: int) -> list[Callable[[], str]]:
    """Return acts: order a piece, paid by the card as far as it goes; each answers "" or why not."""
    carts = carts_make([[stocked(100)]] * count)
    Cart.objects.filter(id__in=[cart.id for cart in carts]).update(gift_card_ids=[card.id])
    return [lambda cart=cart: order(cart, total=TOTAL).code for cart in carts]  # type: ignore[misc]


def spent(card: GiftCard) -> int:
    entries = CreditEntry.objects.filter(card=card, kind="spent").values_list("amount", flat=True)
    return -sum(entries)


def test_two_carts_at_once_spend_a_card_once() -> None:
    card = gift_card_make(TOTAL)
    told = meet(GiftCard.objects.filter(id=card.id), *buyers_of(card, 2))
    assert sorted(told) == ["", "credit_changed"]
    card.refresh_from_db()
    assert (card.balance_amount, spent(card)) == (0, TOTAL)
    assert Order.objects.get().status == "confirmed"
    assert differences() == []


def test_twenty_carts_at_once_spend_exactly_the_balance() -> None:
    told, paid = Counter[str](), 0
    for _ in range(ROUNDS):
        card = gift_card_make(3 * TOTAL + 1000)
        acts = buyers_of(card, BUYERS)
        # Who was told that the card pays less looks at the cart again, and orders with what it pays now.
        told += Counter(at_once(*acts))
        for act in acts:
            act()
        card.refresh_from_db()
        assert (card.balance_amount, spent(card)) == (0, 3 * TOTAL + 1000)
        paid += spent(card)
    assert set(told) <= {"", "credit_changed"}
    assert Order.objects.count() == BUYERS * ROUNDS
    assert differences() == []
    report(
        "a gift card",
        buyers=BUYERS * ROUNDS,
        units=4 * ROUNDS,
        orders=told[""],
        refusals=told["credit_changed"],
        errors=0,
        oversold=paid - (3 * TOTAL + 1000) * ROUNDS,
        differences=0,
    )


@pytest.mark.slow
def test_control_without_the_condition_a_card_is_spent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    card = gift_card_make(TOTAL)
    acts = buyers_of(card, 2)
    monkeypatch.setattr(spending, "SPEND", without(spending.SPEND, CONDITION))
    with without_constraints("promotions_giftcard", "promotions_giftcard_balance"):
        assert meet(GiftCard.objects.filter(id=card.id), *acts) == ["", ""]
        card.refresh_from_db()
        assert (card.balance_amount, spent(card)) == (-TOTAL, 2 * TOTAL)
