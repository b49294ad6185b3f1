"""Live rates of a carrier: asked before any transaction, kept for the cart as it is, frozen on the order."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart, OutsideAnswer
from cart.services import PreviewWish, cart_preview, carts_sweep
from core import clock
from core.outside import services as outside
from core.places import Place
from orders.models import Order
from products.models import Variant
from shipping.models import ShippingMethod
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, tax_rate_make, variant_of
from tests.factories.money import eur
from tests.factories.outside import SECRET, Service, outside_answer_make, rate, serving, silent
from tests.factories.users import staff_make, user_make
from tests.orders.steps import assert_nothing_happened, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]

RATES = {"rates": [rate("express", 1290, min_days=1, max_days=2), rate("economy", 640)]}


@pytest.fixture
def carrier(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(outside, "_gates", {})
    settings.OUTSIDE_TIMEOUT_SECONDS = 30
    with serving(lambda _: RATES) as service:
        settings.CARRIERS = {"post": service.carrier()}
        yield service


@pytest.fixture
def method(carrier: Service) -> ShippingMethod:
    return shipping_method_make(name="By post", carrier="post", carrier_service="express", min_days=9)


@pytest.fixture
def mug() -> Variant:
    variant = variant_of(product_make("Mug", price=1000, stock=100))
    Variant.objects.filter(id=variant.id).update(weight_grams="350.2", length_mm=90, width_mm=80, height_mm=100)
    return variant


@pytest.fixture
def cart(method: ShippingMethod, mug: Variant) -> Cart:
    tax_rate_make()
    return ready_cart_make({mug: 2}, shipping_method=method, seen=1000)


def options(api: APIClient, cart: Cart) -> Any:
    return api.get(f"/api/v1/carts/{cart.id}/shipping-options").json()


def read(api: APIClient, cart: Cart) -> Any:
    return api.get(f"/api/v1/carts/{cart.id}").json()


def problems(body: Any) -> list[tuple[str, bool]]:
    return [(problem["code"], problem["is_blocking"]) for problem in body["problems"]]


def test_the_carrier_is_asked_once_for_a_cart_as_it_is_and_the_order_keeps_its_rate(
    api: APIClient, cart: Cart, mug: Variant, carrier: Service, settings: Any
) -> None:
    settings.SHIPPING_ORIGIN = Place("ES", "", "46001")

    (option,) = options(api, cart)["results"]

    assert (option["price"], option["min_days"], option["max_days"]) == (eur(1290), 1, 2)
    assert carrier.questions == [
        {
            "question": "rates",
            "origin": {"country": "ES", "region": "", "postal_code": "46001"},
            "destination": {"country": "DE", "region": "", "postal_code": "10117"},
            "value": {"amount": 2000, "currency": "EUR"},
            "items": [
                {
                    "sku": mug.sku,
                    "quantity": 2,
                    "value_amount": 2000,
                    "weight_grams": 351,
                    "length_mm": 90,
                    "width_mm": 80,
                    "height_mm": 100,
                }
            ],
        }
    ]
    body = read(api, cart)
    assert (body["totals"]["shipping"], body["totals"]["total"], body["problems"]) == (eur(1290), eur(3290), [])
    placed = place(api, cart, 3290)
    assert (placed.status_code, len(carrier.questions)) == (201, 1)

    carrier.answer = lambda _: {"rates": [rate("express", 1)]}
    ShippingMethod.objects.update(carrier="", carrier_service="", amount=2)
    url = f"/api/v1/orders/{placed.json()['id']}?expand=explanation"
    order = api.get(url, HTTP_X_ORDER_TOKEN=placed.json()["token"]).json()
    assert (order["totals"]["shipping"], order["totals"]["total"]) == (eur(1290), eur(3290))
    assert "By post (Express)" in [step["text"] for step in order["explained"]["steps"]]
    row = Order.objects.get().adjustments.get(kind="shipping")
    assert (row.label, row.source, row.amount) == ("By post (Express)", "carrier-rate:post:express", 1290)


def test_what_changes_the_parcel_asks_anew_and_what_does_not_does_not(
    api: APIClient, cart: Cart, carrier: Service, mug: Variant
) -> None:
    url, line = f"/api/v1/carts/{cart.id}", f"/api/v1/carts/{cart.id}/lines/{cart.lines.get().id}"
    read(api, cart)
    api.patch(url, {"note": "Ring twice", "billing_address": ADDRESS})
    read(api, cart)
    assert len(carrier.questions) == 1

    changed = api.patch(line, {"quantity": 3}).json()
    assert problems(changed) == [("shipping_price_pending", True)]
    assert (changed["shipping_method"], changed["totals"]["shipping"], len(carrier.questions)) == (None, eur(0), 1)
    assert (read(api, cart)["totals"]["shipping"], len(carrier.questions)) == (eur(1290), 2)
    api.patch(url, {"shipping_address": ADDRESS | {"postal_code": "80331"}})
    Variant.objects.update(weight_grams=400)
    assert (read(api, cart)["problems"], len(carrier.questions)) == ([], 3)
    with clock.moved(timedelta(minutes=16)):
        assert (read(api, cart)["problems"], len(carrier.questions)) == ([], 4)
    assert OutsideAnswer.objects.count() == 1


def test_the_cheapest_service_is_taken_where_none_is_named_and_one_that_is_not_answered_is_not_offered(
    api: APIClient, cart: Cart, method: ShippingMethod
) -> None:
    cheapest = shipping_method_make("any", name="Any", carrier="post", free_from_amount=2000)
    night = shipping_method_make("night", carrier="post", carrier_service="night", carrier_fallback=True)
    own = shipping_method_make("own", amount=300)

    body = options(api, cart)

    found = [(option["code"], option["regular_price"], option["price"]) for option in body["results"]]
    assert found == [
        (own.code, eur(300), eur(300)),
        (cheapest.code, eur(640), eur(0)),
        (method.code, eur(1290), eur(1290)),
    ]
    (missing,) = body["not_offered"]
    assert (missing["code"], missing["reason"]) == (night.code, "carrier_declines")
    assert missing["detail"] == "Night isn't offered by its carrier for these goods and this address."
    cart.shipping_method = night
    cart.save()
    refused = read(api, cart)
    (problem,) = refused["problems"]
    assert (problem["code"], problem["reason"]) == ("shipping_method_unavailable", "carrier_declines")
    assert place(api, cart, 2000).json()["code"] == "cart_not_ready"


@pytest.mark.parametrize("answer", [500, {"rates": [rate(), rate("economy", currency="USD")]}])
def test_an_answer_that_can_not_be_charged_is_none(
    answer: Any, api: APIClient, cart: Cart, carrier: Service, method: ShippingMethod
) -> None:
    carrier.answer = lambda _: answer
    body = read(api, cart)
    (problem,) = body["problems"]
    assert (problem["code"], problem["reason"]) == ("shipping_method_unavailable", "carrier_unavailable")
    assert (body["shipping_method"], body["totals"]["total"]) == (None, eur(2000))
    assert options(api, cart)["not_offered"][0]["reason"] == "carrier_unavailable"
    assert place(api, cart, 2000).json()["code"] == "cart_not_ready"
    assert_nothing_happened(cart)

    ShippingMethod.objects.update(carrier_fallback=True)
    body = read(api, cart)
    assert (body["totals"]["shipping"], body["problems"]) == (eur(495), [])
    assert place(api, cart, 2495).status_code == 201
    assert Order.objects.get().adjustments.get(kind="shipping").source == "shipping-method:standard"
    # A silence counts for a minute, so a dead carrier is not asked by each look at a cart.
    assert len(carrier.questions) == 1


def test_a_method_is_chosen_before_its_carrier_is_asked_and_not_after_it_declined(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    url = f"/api/v1/carts/{cart.id}"
    shipping_method_make("night", carrier="post", carrier_service="night")
    chosen = api.patch(url, {"shipping_method_code": "night"})
    assert (chosen.status_code, problems(chosen.json())) == (200, [("shipping_price_pending", True)])
    api.patch(url, {"shipping_method_code": "standard"})
    options(api, cart)
    refused = api.patch(url, {"shipping_method_code": "night"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "carrier_declines")
    assert (read(api, cart)["shipping_method"]["code"], len(carrier.questions)) == ("standard", 1)


def test_names_in_any_script_are_kept(api: APIClient, cart: Cart, carrier: Service) -> None:
    carrier.answer = lambda _: {"rates": [rate(name="速達 🚀 éxprés")]}
    assert read(api, cart)["explanation"][-2]["label"] == "By post (速達 🚀 éxprés)"


def test_a_rate_that_changed_after_the_buyer_saw_it_is_refused_and_not_charged(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    assert read(api, cart)["totals"]["total"] == eur(3290)
    carrier.answer = lambda _: {"rates": [rate("express", 1490)]}

    with clock.moved(timedelta(minutes=16)):
        refused = place(api, cart, 3290)
        assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
        assert refused.json()["quote"]["totals"]["total"] == eur(3490)
        assert_nothing_happened(cart)
        assert place(api, cart, 3490).status_code == 201
    assert len(carrier.questions) == 2


def test_a_carrier_that_comes_back_between_the_look_and_the_order_is_no_surprise(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    ShippingMethod.objects.update(carrier_fallback=True)
    carrier.answer = lambda _: 500
    assert read(api, cart)["totals"]["total"] == eur(2495)
    carrier.answer = lambda _: RATES
    assert place(api, cart, 2495).status_code == 201


def test_placing_asks_by_itself_where_nobody_has_asked_before(api: APIClient, cart: Cart, carrier: Service) -> None:
    first = place(api, cart, 3290, key="a-key-of-enough-length")
    again = place(api, cart, 3290, key="a-key-of-enough-length")
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert len(carrier.questions) == 1


def test_without_an_address_nobody_is_asked(api: APIClient, cart: Cart, carrier: Service) -> None:
    Cart.objects.update(shipping_address=None)
    assert options(api, cart)["not_offered"][0]["reason"] == "address_missing"
    assert problems(read(api, cart)) == [("shipping_address_missing", True)]
    ShippingMethod.objects.update(carrier_fallback=True)
    assert options(api, cart)["results"][0]["price"] == eur(495)
    assert carrier.questions == []


def test_a_dead_carrier_costs_one_look_its_time_and_the_next_one_none(
    api: APIClient, cart: Cart, carrier: Service, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OUTSIDE_TIMEOUT_SECONDS = 0.3
    carrier.answer = silent
    assert read(api, cart)["problems"][0]["reason"] == "carrier_unavailable"
    assert read(api, cart)["problems"][0]["reason"] == "carrier_unavailable"
    assert len(carrier.questions) == 1
    assert "rates:post gave no answer: timeout" in caplog.text
    assert SECRET not in caplog.text


def test_a_carrier_that_is_no_longer_configured_falls_back_or_is_not_offered(
    api: APIClient, cart: Cart, settings: Any
) -> None:
    settings.CARRIERS = {}
    assert read(api, cart)["problems"][0]["reason"] == "carrier_unavailable"
    ShippingMethod.objects.update(carrier_fallback=True)
    assert read(api, cart)["totals"]["shipping"] == eur(495)


def test_closed_carts_are_read_without_asking(api: APIClient, cart: Cart, carrier: Service) -> None:
    Cart.objects.update(status="expired")
    assert problems(read(api, cart)) == [("cart_closed", True)]
    assert (options(api, cart)["results"], carrier.questions) == ([], [])


def test_answers_go_with_their_cart_and_when_they_have_expired(
    api: APIClient, cart: Cart, client_of: ClientOf, mug: Variant
) -> None:
    read(api, cart)
    customer = user_make()
    own = cart_make({mug: 1}, customer=customer)
    merged = client_of(customer).post(f"/api/v1/carts/{cart.id}/claim").json()
    assert merged["id"] == str(own.id)
    assert OutsideAnswer.objects.filter(cart=own).count() == 0
    read(client_of(customer), own)
    assert OutsideAnswer.objects.filter(cart=own).count() == 1
    assert client_of(customer).delete(f"/api/v1/carts/{own.id}").status_code == 204
    assert OutsideAnswer.objects.filter(cart=own).count() == 0
    lasting = outside_answer_make(cart_make(), expires_at=clock.now() + timedelta(hours=2))
    with clock.moved(timedelta(hours=1)):
        carts_sweep()
    assert OutsideAnswer.objects.get() == lasting


def test_reading_costs_two_statements_more_and_asking_as_many_for_any_number_of_methods(
    api: APIClient, cart: Cart, carrier: Service
) -> None:
    for number in range(5):
        shipping_method_make(f"more-{number}", carrier="post")
    url = f"/api/v1/carts/{cart.id}"

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        return len(queries)

    first, then = cost(url), cost(url)
    # Without a carrier it costs 7 (test_statements.py); the answers are one more. Asking reads twice and writes once.
    assert (then, first) == (8, 2 * then + 1)
    assert (cost(f"{url}/shipping-options"), len(carrier.questions)) == (10, 1)


def test_staff_choose_among_the_carriers_of_the_settings(
    carrier: Service, client_of: ClientOf, method: ShippingMethod
) -> None:
    staff = client_of(staff_make(rights=["settings:read", "settings:write"]))
    url = f"/api/v1/shipping-methods/{method.id}"
    told = staff.get(url)
    assert [told.json()[name] for name in ("carrier", "carrier_service", "carrier_fallback")] == [
        "post",
        "express",
        False,
    ]

    def change(**body: Any) -> Any:
        return staff.patch(url, body, headers={"If-Match": staff.get(url).headers["ETag"]})

    unknown = change(carrier="pigeon").json()
    assert unknown["errors"][0] == {
        "pointer": "/carrier",
        "code": "unknown",
        "detail": "There is no such carrier in the shop's settings; known there: post.",
    }
    assert change(carrier="").json()["errors"][0]["code"] == "required"
    assert change(carrier_service="nul\0").status_code == 400
    assert change(carrier_service="economy", carrier_fallback=True).json()["carrier_service"] == "economy"
    assert change(carrier="", carrier_service="", carrier_fallback=False).json()["carrier"] == ""
    method.refresh_from_db()
    assert (method.carrier, method.carrier_service, method.carrier_fallback) == ("", "", False)


def test_the_preview_asks_between_its_tries(cart: Cart, carrier: Service, mug: Variant) -> None:
    quote = cart_preview(wish=PreviewWish(cart.market, [(mug.id, 2)], "DE", postal_code="10117"))
    assert (quote.total.amount, len(carrier.questions), OutsideAnswer.objects.count()) == (3290, 1, 0)
