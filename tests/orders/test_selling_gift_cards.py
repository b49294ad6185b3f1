"""Gift cards sold as products: money in the cart, issued when they are paid, told to their buyer alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from pytest_django import Settings
from rest_framework.test import APIClient

from events.models import Event, IdempotencyKey, Job
from events.worker import Worker
from orders.models import Order, OrderHistory
from orders.services import order_fulfil, order_mark_paid
from promotions.credit.codes import code_of
from promotions.models import GiftCard
from tests.factories.carts import cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, tax_rate_make, variant_of
from tests.factories.credit import card_variant_make, gift_card_make, sold_cards_make, store_credit_make
from tests.factories.promotions import promotion_make
from tests.factories.users import staff_make, user_make
from tests.orders.cards import PRICE, entries_of
from tests.orders.steps import level, place, post, statuses, told
from users.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def test_a_cart_of_gift_cards_has_no_tax_no_discount_no_shipping_and_no_credit(client_of: ClientOf) -> None:
    ana = user_make(email="ana@example.com")
    api = client_of(ana)
    tax_rate_make()
    store_credit_make(ana, 9000)
    promotion_make()
    card = gift_card_make(1000)
    shop = cart_make({card_variant_make(): 2}, customer=ana, email="ana@example.com", gift_card_ids=[card.id])
    cart = api.patch(f"/api/v1/carts/{shop.id}", {"use_store_credit": True}).json()
    assert (cart["totals"]["total"], cart["payable"]) == (eur(2 * PRICE), eur(2 * PRICE))
    assert (cart["explanation"], cart["requires_shipping"]) == ([], False)
    assert [part["amount"] for part in cart["credits"]] == [eur(0), eur(0)]
    assert [problem for problem in cart["problems"] if problem["is_blocking"]] == []
    [line] = cart["lines"]
    assert (line["is_gift_card"], line["requires_shipping"], line["tax"], line["discount"]) == (
        True,
        False,
        eur(0),
        eur(0),
    )

    # Beside goods, credit pays for the goods and the promotion is of them alone.
    product = variant_of(product_make(stock=None, variants=[{"requires_shipping": False}]))
    api.post(f"/api/v1/carts/{shop.id}/lines", {"variant_id": str(product.id), "quantity": 1})
    cart = api.get(f"/api/v1/carts/{shop.id}").json()
    assert (cart["totals"]["total"], cart["payable"]) == (eur(2 * PRICE + 1799), eur(2 * PRICE))


def test_a_paid_order_has_a_card_for_each_piece_and_is_completed(api: APIClient) -> None:
    order = sold_cards_make(2, is_paid=False)
    assert (order.total_amount, GiftCard.objects.count()) == (2 * PRICE, 0)
    order_mark_paid(order_id=order.id, actor="user:till")
    assert statuses(order) == ("completed", "paid", "fulfilled")
    first, second = GiftCard.objects.order_by("id")
    line = order.lines.get()
    assert (line.is_gift_card, line.fulfilled_quantity) == (True, 2)
    assert [(card.order_line, card.piece, card.balance.amount, card.currency) for card in (first, second)] == [
        (line, 1, PRICE, "EUR"),
        (line, 2, PRICE, "EUR"),
    ]
    assert entries_of(first) == [("issued", PRICE)]
    history, events = told(order)
    assert history == ["placed", "paid", "fulfilled"]
    assert events.count("gift_card.issued") == 2
    assert events[-1] == "order.fulfilled"

    # The card pays, and its money can be spent on anything but cards.
    cart = ready_cart_make({variant_of(product_make()): 2})
    entered = api.post(f"/api/v1/carts/{cart.id}/codes", {"code": code_of(first.id)})
    assert entered.json()["payable"] == eur(0)
    assert place(api, cart).status_code == 201
    assert entries_of(first) == [("issued", PRICE), ("spent", -4493)]


def test_beside_goods_the_order_waits_for_the_goods_alone() -> None:
    shirt = variant_of(product_make())
    cart = ready_cart_make({shirt: 1, card_variant_make(): 1})
    order = Order.objects.get(id=place(APIClient(), cart, payment_method="bank_transfer").json()["id"])
    assert order.total_amount == 1999 + 495 + PRICE
    order_mark_paid(order_id=order.id, actor="system")
    assert statuses(order) == ("confirmed", "paid", "partially_fulfilled")
    order_fulfil(order_id=order.id, actor="system")
    assert statuses(order) == ("completed", "paid", "fulfilled")
    assert (GiftCard.objects.count(), order.fulfilments.count()) == (1, 2)


def test_cards_are_no_goods_that_bring_free_shipping(api: APIClient) -> None:
    method = shipping_method_make(free_from_amount=PRICE)
    shirt = variant_of(product_make())
    cart = ready_cart_make({shirt: 1, card_variant_make(): 1}, shipping_method=method)
    totals = api.get(f"/api/v1/carts/{cart.id}").json()["totals"]
    assert (totals["shipping"], totals["total"]) == (eur(495), eur(1999 + 495 + PRICE))
    assert api.get(f"/api/v1/carts/{cart.id}/shipping-options").json()["results"][0]["price"] == eur(495)


def test_cards_on_account_are_issued_when_the_money_comes(staff: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1, card_variant_make(): 1})
    place(staff, cart, payment_method="cash_on_delivery")
    order = Order.objects.get()
    card_line = order.lines.get(is_gift_card=True)
    named = post(staff, f"orders/{order.id}/fulfilments", {"lines": [{"line_id": str(card_line.id), "quantity": 1}]})
    assert (named.status_code, named.json()["code"]) == (409, "gift_card_unpaid")
    assert post(staff, f"orders/{order.id}/fulfilments").status_code == 201
    assert statuses(order) == ("confirmed", "unpaid", "partially_fulfilled")
    assert post(staff, f"orders/{order.id}/fulfilments").json()["code"] == "gift_card_unpaid"
    assert GiftCard.objects.count() == 0

    payment = order.payments.get()
    half = post(staff, f"payments/{payment.id}/capture", {"amount": eur(order.total_amount - 1)})
    assert (half.status_code, GiftCard.objects.count()) == (200, 0)
    assert post(staff, f"payments/{payment.id}/capture").status_code == 200
    assert statuses(order) == ("completed", "paid", "fulfilled")
    assert GiftCard.objects.count() == 1
    # More money for it makes no more cards.
    more = post(staff, f"payments/{payment.id}/capture", {"amount": eur(PRICE), "is_unexpected": True})
    assert (more.status_code, GiftCard.objects.count()) == (200, 1)


def test_counted_cards_leave_the_stock_and_wait_for_what_has_not_come(staff: APIClient) -> None:
    order = sold_order_of_stock(on_hand=3, quantity=2)
    assert statuses(order) == ("completed", "paid", "fulfilled")
    assert (level(), GiftCard.objects.count()) == ((1, 0), 2)

    late = sold_order_of_stock(on_hand=1, quantity=2, backorder_limit=5)
    assert statuses(late) == ("confirmed", "paid", "unfulfilled")
    assert GiftCard.objects.filter(order_line__order=late).count() == 0
    refused = post(staff, f"orders/{late.id}/fulfilments")
    assert (refused.status_code, refused.json()["code"]) == (409, "stock_not_on_hand")
    line = late.lines.get()
    line.variant.stock_levels.update(on_hand=2)  # type: ignore[union-attr]  # It is there.
    sent = post(staff, f"orders/{late.id}/fulfilments")
    assert (sent.status_code, statuses(late)) == (201, ("completed", "paid", "fulfilled"))
    assert GiftCard.objects.filter(order_line__order=late).count() == 2


def sold_order_of_stock(*, on_hand: int, quantity: int, backorder_limit: int = 0) -> Order:
    variant = card_variant_make(stock=on_hand)
    variant.stock_levels.update(backorder_limit=backorder_limit)
    return sold_cards_make(quantity, variant=variant)


def test_codes_are_told_to_the_buyer_and_to_staff_with_the_right_alone(api: APIClient, client_of: ClientOf) -> None:
    ana = user_make(email="ana@example.com")
    order = sold_cards_make(2, customer=ana)
    path = f"/api/v1/orders/{order.number}/gift-cards"
    codes = [code_of(card.id) for card in GiftCard.objects.order_by("id")]
    answer = client_of(ana).get(path)
    assert [card["code"] for card in answer.json()["results"]] == codes
    assert answer.headers["Cache-Control"] == "no-store"
    assert [card["balance"] for card in answer.json()["results"]] == [eur(PRICE), eur(PRICE)]

    may_see = client_of(staff_make(rights=["orders:read", "gift-cards:write"]))
    assert [card["code"] for card in may_see.get(path).json()["results"]] == codes
    for rights in (["orders:read"], ["orders:write", "payments:write", "gift-cards:read"]):
        seen = client_of(staff_make(rights=rights)).get(path)
        assert [card["code"] for card in seen.json()["results"]] == [None, None]
    assert client_of(user_make()).get(path).status_code == 404
    assert api.get(path).status_code == 404


def test_a_guest_reads_the_codes_with_the_token_and_nothing_else_keeps_them(
    api: APIClient, staff: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    cart = cart_make({card_variant_make(): 1}, email="ada@example.com")
    key = "0123456789abcdef0123"
    placed = place(api, cart, key=key, payment_method="bank_transfer").json()
    order = Order.objects.get()
    captured = post(staff, f"payments/{order.payments.get().id}/capture")
    assert captured.status_code == 200
    path = f"/api/v1/orders/{order.id}/gift-cards"
    token = {"X-Order-Token": placed["token"]}
    [card] = api.get(path, headers=token).json()["results"]
    assert card["code"] == code_of(GiftCard.objects.get().id)
    assert api.get(path, headers={"X-Order-Token": "wrong"}).status_code == 404

    order_seen = api.get(f"/api/v1/orders/{order.id}", headers=token).json()
    again = place(api, cart, PRICE, key=key, payment_method="bank_transfer")
    kept = [
        order_seen,
        again.json(),
        *(bytes(row.body) for row in IdempotencyKey.objects.all()),
        *Event.objects.values_list("data", flat=True),
        *OrderHistory.objects.values_list("message", "data"),
        *Job.objects.values_list("kind", "payload"),
        caplog.text,
    ]
    assert IdempotencyKey.objects.count() == 2
    assert not [one for one in kept if card["code"] in str(one) or card["code"].replace("-", "") in str(one)]


def test_the_worker_mails_the_codes(settings: Settings) -> None:
    order = sold_cards_make(2)
    work()
    [message] = mail.outbox
    assert (message.to, message.subject) == (["ada@example.com"], "Your gift cards")
    assert order.number in str(message.body)
    found = re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", str(message.body))
    assert found == [code_of(card.id) for card in GiftCard.objects.order_by("id")]
    assert "€50.00" in str(message.body)

    # The key of that time is gone: the cards pay as before, and their codes can't be told any more.
    settings.SECRET_KEY = "another-key"
    sold_cards_make(1)
    settings.SECRET_KEY = "yet-another-key"
    work()
    assert len(mail.outbox) == 1


def work() -> None:
    Worker(handlers=settings.JOB_HANDLERS, periodic={}).run_due()


def test_a_promotion_gives_no_gift_card_along_and_one_without_a_price_is_not_sold(api: APIClient) -> None:
    card = card_variant_make()
    promotion_make("gift", gift_variant=card, get_quantity=1)
    cart = ready_cart_make({variant_of(product_make()): 1})
    shown = api.get(f"/api/v1/carts/{cart.id}").json()
    assert [line["is_gift"] for line in shown["lines"]] == [False]

    free = cart_make({card_variant_make(0): 1}, seen=0, email="ada@example.com")
    refused = place(api, free, 0)
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    assert refused.json()["problems"][0]["code"] == "variant_unavailable"
    assert not Order.objects.exists()
