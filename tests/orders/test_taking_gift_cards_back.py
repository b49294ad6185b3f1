"""Giving back the money of gift cards that were sold: never the money and a usable card."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.money import Money
from events.models import Case, Event
from orders.models import Order
from orders.services import order_fulfil, order_mark_paid
from promotions.credit.services import gift_card_adjust
from promotions.models import CreditEntry, GiftCard
from tests.factories.carts import cart_make, ready_cart_make
from tests.factories.catalogue import location_make, product_make, variant_of
from tests.factories.credit import card_variant_make, sold_cards_make
from tests.orders.cards import PRICE, entries_of
from tests.orders.steps import place, post, statuses

pytestmark = pytest.mark.django_db
TOTAL = 1999 + 495 + PRICE


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def refund(staff: APIClient, order: Order, amount: int | None = None, **body: Any) -> Any:
    asked = {"reason": "Changed her mind", **({} if amount is None else {"amount": eur(amount)}), **body}
    return post(staff, f"payments/{order.payments.get(provider='manual').id}/refunds", asked)


def mixed_make() -> Order:
    """Return a paid order of a shirt and a gift card of 50.00."""
    cart = ready_cart_make({variant_of(product_make()): 1, card_variant_make(): 1})
    order = Order.objects.get(id=place(APIClient(), cart, payment_method="bank_transfer").json()["id"])
    order_mark_paid(order_id=order.id, actor="system")
    order.refresh_from_db()
    return order


def spend(card: GiftCard, amount: int) -> Order:
    """Order something that isn't sent with a card, so that this much is spent of it."""
    thing = variant_of(product_make(price=amount, stock=None, variants=[{"requires_shipping": False}]))
    cart = cart_make({thing: 1}, seen=amount, gift_card_ids=[card.id], email="ada@example.com")
    return Order.objects.get(id=place(APIClient(), cart).json()["id"])


def test_money_that_comes_again_for_cards_that_were_taken_back_is_put_before_staff(staff: APIClient) -> None:
    order = sold_cards_make(2)
    assert refund(staff, order, PRICE).status_code == 201
    assert not Case.objects.exists()
    order_mark_paid(order_id=order.id, actor="system")
    case = Case.objects.get()
    assert (case.kind, case.subject_id, case.remedy, case.data["amount"]) == (
        "gift_cards_lacking",
        order.id,
        "refund",
        PRICE,
    )
    assert sorted(GiftCard.objects.values_list("balance_amount", flat=True)) == [0, PRICE]


def test_a_refund_of_everything_stops_the_cards(staff: APIClient) -> None:
    order = sold_cards_make(2)
    assert refund(staff, order).status_code == 201
    assert statuses(order) == ("completed", "refunded", "fulfilled")
    for card in GiftCard.objects.all():
        assert (card.balance_amount, card.is_active) == (0, False)
        assert entries_of(card) == [("issued", PRICE), ("taken_back", -PRICE)]
    assert order.refunded_amount == 2 * PRICE
    events = Event.objects.filter(type="gift_card.taken_back").order_by("id")
    assert [(event.aggregate_id, event.data["amount"]) for event in events] == [
        (card_id, -PRICE) for card_id in GiftCard.objects.order_by("id").values_list("id", flat=True)
    ]


def test_a_refund_of_one_of_two_cards_stops_one_and_a_part_goes_off_a_card(staff: APIClient) -> None:
    order = sold_cards_make(2)
    assert refund(staff, order, PRICE).status_code == 201
    assert sorted(GiftCard.objects.values_list("balance_amount", "is_active")) == [(0, False), (PRICE, True)]
    assert refund(staff, order, 1000).status_code == 201
    assert sorted(GiftCard.objects.values_list("balance_amount", "is_active")) == [(0, False), (PRICE - 1000, True)]


def test_of_a_card_spent_in_part_only_what_is_left_goes_back(staff: APIClient) -> None:
    mixed_make_order = mixed_make()
    card = GiftCard.objects.get()
    spend(card, 2000)
    before = CreditEntry.objects.count()
    refused = refund(staff, mixed_make_order, TOTAL)
    assert (refused.status_code, refused.json()["code"]) == (409, "gift_card_spent")
    assert refused.json()["refundable"] == eur(TOTAL - 2000)
    mixed_make_order.refresh_from_db()
    assert (mixed_make_order.refunded_amount, CreditEntry.objects.count()) == (0, before)

    # The goods' money reaches into no card; then what is left on it, and not a cent more.
    assert refund(staff, mixed_make_order, TOTAL - PRICE).status_code == 201
    card.refresh_from_db()
    assert (card.balance_amount, card.is_active) == (PRICE - 2000, True)
    assert refund(staff, mixed_make_order, 3001).json()["refundable"] == eur(3000)
    assert refund(staff, mixed_make_order, 3000).status_code == 201
    card.refresh_from_db()
    # Not stopped: 20.00 of it would come back if what it paid for is cancelled.
    assert (card.balance_amount, card.is_active) == (0, True)
    assert refund(staff, mixed_make_order, 1).json()["code"] == "gift_card_spent"


def test_what_staff_put_on_a_sold_card_stays_and_what_they_took_off_is_gone(staff: APIClient) -> None:
    more, less = sold_cards_make(), sold_cards_make()
    [card], [other] = (list(GiftCard.objects.filter(order_line__order=order)) for order in (more, less))
    gift_card_adjust(card_id=card.id, amount=Money(1000, "EUR"), reason="Sorry", actor="system")
    gift_card_adjust(card_id=other.id, amount=Money(-1000, "EUR"), reason="Paid out", actor="system")
    assert refund(staff, more).status_code == 201
    card.refresh_from_db()
    assert card.balance_amount == 1000
    assert refund(staff, less).json()["refundable"] == eur(PRICE - 1000)


def test_cancelling_takes_unspent_cards_back_and_is_refused_for_spent_ones(staff: APIClient) -> None:
    order = mixed_make()
    assert post(staff, f"orders/{order.id}/cancel").status_code == 200
    assert statuses(order)[:2] == ("cancelled", "paid")
    card = GiftCard.objects.get()
    assert (card.balance_amount, card.is_active, entries_of(card)[-1]) == (0, False, ("taken_back", -PRICE))
    assert refund(staff, order).status_code == 201
    assert statuses(order)[1] == "refunded"


def test_an_order_whose_card_was_spent_is_not_cancelled(staff: APIClient) -> None:
    order = mixed_make()
    card = GiftCard.objects.get()
    paid = spend(card, 600)
    refused = post(staff, f"orders/{order.id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "gift_card_spent")
    assert statuses(order) == ("confirmed", "paid", "partially_fulfilled")
    # What it paid for is cancelled: all of it is there again.
    assert post(staff, f"orders/{paid.id}/cancel").status_code == 200
    assert post(staff, f"orders/{order.id}/cancel").status_code == 200
    order_sent = sold_cards_make()
    gone = post(staff, f"orders/{order_sent.id}/cancel")
    assert gone.json()["code"] == "order_move_refused"


def test_a_parcel_still_keeps_an_order_from_being_cancelled(staff: APIClient) -> None:
    order = mixed_make()
    order_fulfil(order_id=order.id, actor="system")
    Order.objects.filter(id=order.id).update(status="confirmed")
    assert post(staff, f"orders/{order.id}/cancel").json()["code"] == "order_shipped"
    assert GiftCard.objects.get().balance_amount == PRICE


def test_cards_come_back_as_goods_do_and_the_proposal_says_what_is_left(staff: APIClient) -> None:
    order = sold_cards_make(2)
    line = order.lines.get()
    first = GiftCard.objects.order_by("id")[0]
    spend(first, 2000)
    location_make()
    body = {"lines": [{"line_id": str(line.id), "quantity": 2}], "location": "main"}
    refused = post(staff, f"orders/{order.id}/returned-goods", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "gift_card_spent")
    body["lines"][0]["quantity"] = 1  # type: ignore[index]
    assert post(staff, f"orders/{order.id}/returned-goods", body).status_code == 200
    assert sorted(GiftCard.objects.values_list("balance_amount", "is_active")) == [(0, False), (PRICE - 2000, True)]
    proposal = staff.get(f"/api/v1/orders/{order.id}/refund-proposal").json()
    assert (proposal["amount"], proposal["refundable"]) == (eur(PRICE), eur(2 * PRICE - 2000))
    assert refund(staff, order, PRICE).status_code == 201
    left = GiftCard.objects.get(is_active=True)
    assert left.balance_amount == PRICE - 2000
