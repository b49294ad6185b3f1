"""Paying orders with gift cards and store credit, and giving it back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from orders.models import Order
from orders.services import order_cancel, order_mark_paid, orders_sweep, payments_sweep
from payments.models import Payment
from promotions.credit.codes import code_of
from promotions.models import CreditEntry, GiftCard, StoreCredit
from tests.factories.carts import cart_make, ready_cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.credit import gift_card_make, store_credit_make
from tests.factories.users import user_make
from tests.orders.steps import place, post, statuses
from users.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
TOTAL = 4493


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def cart_of(**fields: Any) -> Cart:
    return ready_cart_make({variant_of(product_make()): 2}, **fields)


def enter(api: APIClient, cart: Cart, card: GiftCard) -> Any:
    return api.post(f"/api/v1/carts/{cart.id}/codes", {"code": code_of(card.id).lower()})


def balance(card: GiftCard) -> int:
    card.refresh_from_db()
    return card.balance_amount


def entries() -> list[tuple[str, int]]:
    return list(CreditEntry.objects.order_by("id").values_list("kind", "amount"))


def test_a_card_pays_a_part_and_the_rest_is_paid_as_ever(api: APIClient) -> None:
    cart, card = cart_of(), gift_card_make(2000)
    told = enter(api, cart, card).json()
    assert (told["totals"]["total"], told["payable"]) == (eur(TOTAL), eur(TOTAL - 2000))
    [credit] = told["credits"]
    assert (credit["amount"], credit["balance"], credit["kind"]) == (eur(2000), eur(2000), "gift_card")
    assert code_of(card.id) not in str(told)
    assert enter(api, cart, card).json()["credits"] == told["credits"]

    answer = place(api, cart, payment_method="bank_transfer", expected_payable=eur(TOTAL - 2000))
    assert answer.status_code == 201, answer.content
    order = Order.objects.get()
    assert statuses(order)[:2] == ("pending", "partially_paid")
    amounts = list(order.payments.order_by("created_at", "id").values_list("provider", "amount", "captured_amount"))
    assert sorted(amounts) == [("credit", 2000, 2000), ("manual", TOTAL - 2000, 0)]
    assert (balance(card), entries()) == (0, [("issued", 2000), ("spent", -2000)])
    order_mark_paid(order_id=order.id, actor="system")
    assert statuses(order)[:2] == ("confirmed", "paid")


def test_cards_then_store_credit_pay_it_all(client_of: ClientOf) -> None:
    ana = user_make()
    api, cart = client_of(ana), cart_of(customer=ana)
    first, second, owed = gift_card_make(1000), gift_card_make(500), store_credit_make(ana, 9000)
    enter(api, cart, first)
    enter(api, cart, second)
    told = api.patch(f"/api/v1/carts/{cart.id}", {"use_store_credit": True}).json()
    assert [part["amount"]["amount"] for part in told["credits"]] == [1000, 500, TOTAL - 1500]
    assert told["payable"] == eur(0)
    assert place(api, cart).status_code == 201
    order = Order.objects.get()
    assert statuses(order)[:2] == ("confirmed", "paid")
    owed.refresh_from_db()
    assert (balance(first), balance(second), owed.balance_amount) == (0, 0, 9000 - TOTAL + 1500)
    assert order.paid_amount == TOTAL
    assert Payment.objects.count() == 3

    order_cancel(order_id=order.id, actor="system")
    assert statuses(order)[:2] == ("cancelled", "refunded")
    owed.refresh_from_db()
    assert (balance(first), balance(second), owed.balance_amount) == (1000, 500, 9000)
    assert order.refunded_amount == order.paid_amount


def test_a_card_can_be_taken_out_and_what_can_not_pay_is_told(api: APIClient) -> None:
    cart, card = cart_of(), gift_card_make(2000)
    path = f"/api/v1/carts/{cart.id}/gift-cards/{card.id}"
    enter(api, cart, card)
    assert api.delete(path).json()["payable"] == eur(TOTAL)
    assert api.delete(path).status_code == 404
    for change, reason in (
        ({"is_active": False}, "stopped"),
        ({"is_active": True, "expires_at": clock.now() - timedelta(days=1)}, "expired"),
        ({"expires_at": None, "balance_amount": 0}, "empty"),
        ({"balance_amount": 2000, "currency": "USD"}, "other_currency"),
    ):
        GiftCard.objects.update(**change)
        refused = enter(api, cart, card)
        assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (409, "code_refused", reason)
    unknown = api.post(f"/api/v1/carts/{cart.id}/codes", {"code": "0000-0000-0000-0000"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "code_unknown")

    # One that was fine when it was entered: the cart says so, and can be ordered without it.
    GiftCard.objects.update(currency="EUR")
    enter(api, cart, card)
    GiftCard.objects.update(is_active=False)
    told = api.get(f"/api/v1/carts/{cart.id}").json()
    problem = next(problem for problem in told["problems"] if problem["code"] == "gift_card_unusable")
    assert (problem["reason"], problem["is_blocking"], problem["gift_card_id"]) == ("stopped", False, str(card.id))
    assert (told["credits"], told["payable"]) == ([], eur(TOTAL))


def test_less_credit_than_the_buyer_saw_is_refused_with_the_quote(api: APIClient) -> None:
    cart, card = cart_of(), gift_card_make(2000)
    enter(api, cart, card)
    GiftCard.objects.update(balance_amount=300)
    refused = place(api, cart, expected_payable=eur(TOTAL - 2000))
    assert (refused.status_code, refused.json()["code"]) == (409, "credit_changed")
    assert refused.json()["quote"]["payable"] == eur(TOTAL - 300)
    assert balance(card) == 300
    assert not Order.objects.exists()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_a_card_that_is_stopped_or_over_since_the_quote_pays_nothing(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    cart, card = cart_of(), gift_card_make(2000)
    enter(api, cart, card)
    GiftCard.objects.update(**change)
    monkeypatch.setattr("cart.crediting.why_not", lambda *_: None)
    refused = place(api, cart)
    assert (refused.status_code, refused.json()["code"]) == (409, "credit_changed")
    assert balance(card) == 2000
    assert not Order.objects.exists()


def test_nobody_pays_with_anothers_store_credit(api: APIClient, client_of: ClientOf) -> None:
    ada, bea = user_make(), user_make()
    store_credit_make(ada, 9000)
    # Nor with their own, unless they say so.
    assert client_of(ada).get(f"/api/v1/carts/{cart_of(customer=ada).id}").json()["credits"] == []
    for caller, cart in ((api, cart_make({})), (client_of(bea), cart_make({}, customer=bea))):
        told = caller.patch(f"/api/v1/carts/{cart.id}", {"use_store_credit": True}).json()
        assert told["credits"] == []
    assert StoreCredit.objects.get().balance_amount == 9000


def test_an_order_that_runs_out_of_time_gives_credit_back_though_its_card_be_over(api: APIClient) -> None:
    cart = cart_of()
    card = gift_card_make(2000, expires_at=clock.now() + timedelta(days=1))
    enter(api, cart, card)
    assert place(api, cart).status_code == 201
    with clock.moved(timedelta(days=8)):
        assert payments_sweep() == 0
        assert orders_sweep() == 1
        assert balance(card) == 2000
        assert card.expires_at is not None
        assert card.expires_at > clock.now() + timedelta(days=29)
    assert statuses(Order.objects.get())[:2] == ("cancelled", "refunded")
    assert entries()[-1] == ("given_back", 2000)


def test_a_buyer_cancels_what_only_credit_has_paid_of(client_of: ClientOf) -> None:
    ana = user_make()
    api, cart, card = client_of(ana), cart_of(customer=ana), gift_card_make(2000)
    enter(api, cart, card)
    place(api, cart)
    assert post(api, f"orders/{Order.objects.get().number}/cancel").status_code == 200
    assert balance(card) == 2000


def test_refunds_go_back_to_the_card_or_become_store_credit(staff: APIClient, client_of: ClientOf) -> None:
    ana = user_make()
    api, cart, card = client_of(ana), cart_of(customer=ana), gift_card_make(2000)
    enter(api, cart, card)
    place(api, cart, payment_method="bank_transfer")
    order = Order.objects.get()
    order_mark_paid(order_id=order.id, actor="system")
    by_card, by_bank = order.payments.get(provider="credit"), order.payments.get(provider="manual")
    body = {"amount": eur(700), "reason": "Broken"}
    assert post(staff, f"payments/{by_card.id}/refunds", body).status_code == 201
    assert (balance(card), entries()[-1]) == (700, ("given_back", 700))
    assert post(staff, f"payments/{by_bank.id}/refunds", body | {"to": "store_credit"}).status_code == 201
    assert StoreCredit.objects.get(customer=ana).balance_amount == 700
    assert entries()[-1] == ("refunded", 700)
    too_much = post(staff, f"payments/{by_card.id}/refunds", {"amount": eur(1301), "reason": "Broken"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")
    order.refresh_from_db()
    assert (order.paid_amount, order.refunded_amount, balance(card)) == (TOTAL, 1400, 700)
    opened = post(staff, f"orders/{order.id}/payments", {"provider": "credit", "method": "gift_card"})
    assert opened.json()["code"] == "payment_method_unknown"


def test_a_guests_refund_becomes_no_store_credit(api: APIClient, staff: APIClient) -> None:
    place(api, cart_of(), payment_method="bank_transfer")
    order = Order.objects.get()
    order_mark_paid(order_id=order.id, actor="system")
    refused = post(staff, f"payments/{order.payments.get().id}/refunds", {"reason": "Broken", "to": "store_credit"})
    assert (refused.status_code, refused.json()["code"]) == (409, "store_credit_needs_customer")
    order.refresh_from_db()
    assert order.refunded_amount == 0
    assert not StoreCredit.objects.exists()
