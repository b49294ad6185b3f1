"""A carrier is asked while nobody holds anything: carts and orders go on, and two who ask at once both can."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from cart.models import Cart, OutsideAnswer
from cart.quoting import quote_of
from cart.services import asking
from core.outside import services as outside
from inventory.models import StockReservation
from orders.models import Order
from orders.services import placing
from shipping.models import ShippingMethod
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.outside import Service, rate, serving
from tests.orders.steps import place
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

RATES = {"rates": [rate("express", 1290)]}
TOTAL = 3290


@pytest.fixture
def carrier(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(outside, "_gates", {})
    settings.OUTSIDE_TIMEOUT_SECONDS = 30
    with serving(lambda _: RATES) as service:
        settings.CARRIERS = {"post": service.carrier()}
        yield service


@pytest.fixture
def cart(carrier: Service) -> Cart:
    mug = variant_of(product_make("Mug", price=1000, stock=100))
    return ready_cart_make({mug: 2}, shipping_method=shipping_method_make(carrier="post"), seen=1000)


def meanwhile(carrier: Service, act: Callable[[], Any]) -> list[Any]:
    """Let somebody else act, by a connection of his own, each time the carrier is asked; return what he got."""
    got: list[Any] = []

    def answer(_: Any) -> Any:
        try:
            got.append(act())
        finally:
            connection.close()
        return RATES

    carrier.answer = answer
    return got


def open_transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transac%'"
        )
        return int(cursor.fetchone()[0])


def test_while_a_carrier_is_asked_for_an_order_no_transaction_is_open_and_no_lock_held(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    def look() -> tuple[int, int]:
        with transaction.atomic():
            Cart.objects.select_for_update(nowait=True).get(id=cart.id)
        return open_transactions(), APIClient().patch(f"/api/v1/carts/{cart.id}", {"note": "Ring"}).status_code

    got = meanwhile(carrier, look)

    placed = place(api, cart, TOTAL)

    assert (placed.status_code, got) == (201, [(0, 200)])
    assert placed.json()["note"] == "Ring"


@pytest.mark.slow
def test_control_run_asking_within_the_order_is_seen(
    api: APIClient, cart: Cart, carrier: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asking_quote(cart: Cart, at: Any) -> Any:
        quote = quote_of(cart, at)
        if not quote.unasked:
            return quote
        asking.answers_ask(cart_id=cart.id, questions=quote.unasked)
        return quote_of(cart, at)

    monkeypatch.setattr(placing, "quote_of", asking_quote)
    got = meanwhile(carrier, open_transactions)
    # The code itself refuses first ...
    with pytest.raises(AssertionError, match="while a transaction is open"):
        place(api, cart, TOTAL)
    assert (got, Order.objects.count()) == ([], 0)

    # ... and without that the look from outside sees the transaction that waits.
    monkeypatch.setattr(asking, "assert_no_transaction", lambda: None)
    assert place(api, cart, TOTAL).status_code == 201
    assert got == [1]


def test_a_cart_that_changes_with_each_question_is_told_so_and_keeps_everything(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    line = f"/api/v1/carts/{cart.id}/lines/{cart.lines.get().id}"
    quantities = iter(range(3, 10))
    got = meanwhile(carrier, lambda: APIClient().patch(line, {"quantity": next(quantities)}).status_code)

    refused = place(api, cart, TOTAL)

    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (409, "cart_unasked", "1")
    assert (refused.json()["retryable"], got) == (True, [200, 200])
    assert (Order.objects.count(), StockReservation.objects.count()) == (0, 0)
    carrier.answer = lambda _: RATES
    assert place(api, cart, 5290).status_code == 201


def test_a_cart_that_is_dropped_while_its_carrier_is_asked_is_gone(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    url = f"/api/v1/carts/{cart.id}"
    got = meanwhile(carrier, lambda: APIClient().delete(url).status_code)
    assert (api.get(url).status_code, got, OutsideAnswer.objects.count()) == (404, [204], 0)


def test_two_who_ask_at_once_both_get_their_answer(cart: Cart, carrier: Service) -> None:
    assert _asked_at_once(cart, carrier) == [200] * 3
    assert OutsideAnswer.objects.count() == 1


@pytest.mark.slow
def test_control_run_without_the_upsert_one_of_them_fails(
    cart: Cart, carrier: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = type(OutsideAnswer.objects.all()).bulk_create

    def plainly(self: Any, rows: Any, **options: Any) -> Any:
        return original(self, rows)

    monkeypatch.setattr("django.db.models.query.QuerySet.bulk_create", plainly)
    assert sorted(_asked_at_once(cart, carrier)) == [200, 500, 500]


def _asked_at_once(cart: Cart, carrier: Service) -> list[int]:
    """Let three read a cart of which all three find that the carrier has to be asked; return their statuses."""
    everybody = threading.Barrier(3)

    def answer(_: Any) -> Any:
        everybody.wait(30)
        return RATES

    carrier.answer = answer

    def read() -> int:
        client = APIClient(raise_request_exception=False)
        return int(client.get(f"/api/v1/carts/{cart.id}").status_code)

    return at_once(*[read] * 3)


def test_a_dead_carrier_holds_up_nobody_else(cart: Cart, carrier: Service, settings: Any) -> None:
    settings.OUTSIDE_TIMEOUT_SECONDS = 2
    own = shipping_method_make("own", amount=495)
    other = ready_cart_make({cart.lines.get().variant: 1}, shipping_method=own, seen=1000)  # type: ignore[dict-item]  # It has one.
    began, ended = threading.Event(), threading.Event()

    def never(_: Any) -> Any:
        began.set()
        ended.wait(30)
        return 500

    carrier.answer = never

    def wait_in_vain() -> Any:
        return APIClient().get(f"/api/v1/carts/{cart.id}").json()["problems"][0]["reason"]

    def order_meanwhile() -> Any:
        began.wait(30)
        placed = place(APIClient(), other, 1495)
        # The first one still waits: nobody has let it go, and this is done.
        return placed.status_code, OutsideAnswer.objects.count()

    assert at_once(wait_in_vain, order_meanwhile) == ["carrier_unavailable", (201, 0)]
    ended.set()
    assert ShippingMethod.objects.count() == 2
