"""An outside tax service: it names the rates, the engine reckons them, and the order keeps whose word it was."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart, OutsideAnswer
from core import clock
from core.outside import Failure, ServiceFailed
from core.outside import services as outside
from core.places import Place
from markets.models import Market
from markets.tax_services import HttpTaxService, TaxedLine, TaxQuestion, answer_checked
from orders.models import Order
from tests.factories.carts import US_ADDRESS, ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, tax_category_make, tax_rate_make, us_market_make, variant_of
from tests.factories.outside import Service, serving, silent, taxed
from tests.factories.users import staff_make, user_make
from tests.orders.steps import place
from users.models import User

STATE = {"name": "New York State", "rate_ppm": 40_000}
CITY = {"name": "New York City", "rate_ppm": 45_000}


@pytest.fixture
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(outside, "_gates", {})
    settings.OUTSIDE_TIMEOUT_SECONDS = 30
    with serving(lambda question: taxed(question, STATE, CITY)) as service:
        settings.TAX_SERVICES = {"sales": service.taxes()}
        yield service


@pytest.fixture
def cart(db: None, service: Service) -> Cart:
    """Return a cart of two mugs at 10.00 and shipping at 5.00 to New York, where the shop's own table says 10 %."""
    market = us_market_make()
    Market.objects.update(tax_service="sales")
    market.refresh_from_db()
    tax_rate_make(country="US", rate_ppm=100_000, name="Sales tax")
    mug = product_make("Mug", market=market, price=1000, stock=100)
    return ready_cart_make(
        {variant_of(mug): 2},
        market=market,
        seen=1000,
        shipping_address=US_ADDRESS,
        shipping_method=shipping_method_make(market=market, amount=500),
    )


def read(api: APIClient, cart: Cart) -> Any:
    return api.get(f"/api/v1/carts/{cart.id}").json()


def taxes(body: Any) -> list[tuple[str, str, int]]:
    rows = [row for row in body["explanation"] if row["kind"] == "tax"]
    return [(row["label"], row["source"], row["amount"]["amount"]) for row in rows]


def test_the_service_names_the_rates_and_the_order_keeps_its_word(api: APIClient, cart: Cart, service: Service) -> None:
    body = read(api, cart)

    (question,) = service.questions
    variant = cart.lines.get().variant
    assert variant is not None
    assert question == {
        "question": "taxes",
        "place": {"country": "US", "region": "NY", "postal_code": "10118"},
        "date": str(clock.day_of(clock.now())),
        "prices_include_tax": False,
        "lines": [
            {
                "id": str(variant.id),
                "sku": variant.sku,
                "tax_category": "standard",
                "quantity": 2,
                "amount": {"amount": 2000, "currency": "USD"},
            }
        ],
        "shipping": {"tax_category": "standard"},
        "vat_id": "",
        "exemption": None,
    }
    named = [("New York State 4 %", "tax-service:sales"), ("New York City 4.5 %", "tax-service:sales")]
    assert taxes(body) == [(*named[0], 80), (*named[1], 90), (*named[0], 20), (*named[1], 23)]
    assert (body["totals"]["total"]["amount"], body["problems"]) == (2713, [])
    decision = {
        "rule": "charged",
        "country": "US",
        "region": "NY",
        "postal_code": "10118",
        "source": "tax-service:sales",
        "detail": "Taxed as US taxes private buyers. The rates are those of sales, reference R-1.",
        "reference": "R-1",
    }
    assert body["tax_decision"] == decision

    placed = place(api, cart, 2713)
    assert (placed.status_code, placed.json()["tax_decision"], len(service.questions)) == (201, decision, 1)
    service.answer = lambda _: 500
    OutsideAnswer.objects.all().delete()
    Market.objects.update(tax_service="")
    assert Order.objects.get().tax_decision == decision
    rows = Order.objects.get().adjustments.filter(kind="tax").values_list("source", "amount").order_by("amount")
    assert list(rows) == [("tax-service:sales", amount) for amount in (20, 23, 80, 90)]


@pytest.mark.parametrize("answer", [500, lambda question: taxed(question, STATE | {"rate_ppm": -1})])
def test_without_an_answer_the_shops_own_rates_hold_and_the_order_says_so(
    answer: Any, api: APIClient, cart: Cart, service: Service
) -> None:
    service.answer = answer if callable(answer) else lambda _: answer
    body = read(api, cart)
    assert [amount for _, _, amount in taxes(body)] == [200, 50]
    assert (body["tax_decision"]["source"], body["problems"]) == ("tax-rates", [])
    assert body["tax_decision"]["detail"].endswith("The rates are the shop's own, since sales gave no answer.")
    placed = place(api, cart, 2750).json()
    assert placed["tax_decision"]["detail"].endswith("since sales gave no answer.")
    assert len(service.questions) == 1


def test_taxes_that_changed_after_the_buyer_saw_them_are_refused_and_not_charged(
    api: APIClient, cart: Cart, service: Service
) -> None:
    assert read(api, cart)["totals"]["total"]["amount"] == 2713
    service.answer = taxed
    with clock.moved(timedelta(minutes=16)):
        refused = place(api, cart, 2713)
        assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
        assert not Order.objects.exists()
        assert place(api, cart, 2500).status_code == 201


def test_changes_of_a_cart_answer_an_estimate_that_says_so(api: APIClient, cart: Cart, service: Service) -> None:
    line = f"/api/v1/carts/{cart.id}/lines/{cart.lines.get().id}"
    body = api.patch(line, {"quantity": 1}).json()
    assert [(problem["code"], problem["is_blocking"]) for problem in body["problems"]] == [("taxes_pending", False)]
    assert body["tax_decision"]["detail"].endswith("The rates are the shop's own until sales is asked.")
    assert (body["totals"]["total"]["amount"], body["is_ready_to_order"], service.questions) == (1650, True, [])
    assert read(api, cart)["totals"]["total"]["amount"] == 1628


def test_a_carrier_and_a_tax_service_are_asked_at_once(
    api: APIClient, cart: Cart, service: Service, settings: Any
) -> None:
    assert cart.shipping_method is not None
    cart.shipping_method.carrier, cart.shipping_method.carrier_fallback = "post", True
    cart.shipping_method.save()
    with serving(silent) as dead:
        settings.CARRIERS = {"post": dead.carrier()}
        settings.OUTSIDE_TIMEOUT_SECONDS = 1
        body = read(api, cart)
    # The dead carrier has taken nothing of the time of the tax service.
    assert body["tax_decision"]["source"] == "tax-service:sales"
    assert body["totals"]["shipping"]["amount"] == 500
    assert sorted(OutsideAnswer.objects.values_list("kind", "failure")) == [("rates", "timeout"), ("taxes", "")]


def test_the_exempt_pay_none_and_gross_prices_lose_what_the_service_says(
    api: APIClient, cart: Cart, service: Service, client_of: Any
) -> None:
    buyer = user_make()
    User.objects.filter(id=buyer.id).update(tax_exemption_reason="embassy")
    Cart.objects.update(customer=buyer)
    client = client_of(buyer)
    body = read(client, cart)
    assert (body["totals"]["total"]["amount"], body["tax_decision"]["rule"], service.questions) == (2500, "exempt", [])
    Market.objects.update(prices_include_tax=True)
    service.answer = lambda question: taxed(question, {"name": "VAT", "rate_ppm": 250_000})
    body = read(client, cart)
    assert (body["lines"][0]["unit_price"]["amount"], body["totals"]["total"]["amount"]) == (800, 2000)
    assert service.questions[0]["exemption"] == "exempt"
    assert "The rates are those of sales" in body["tax_decision"]["detail"]


def test_shipping_that_is_taxed_as_the_goods_are_is_not_asked_for(api: APIClient, cart: Cart, service: Service) -> None:
    assert cart.shipping_method is not None
    cart.shipping_method.is_taxed_as_goods = True
    cart.shipping_method.save()
    books = tax_category_make("books", is_default=False)
    product = cart.lines.get().variant.product  # type: ignore[union-attr]  # It has one.
    product.tax_category = books
    product.save()
    assert [amount for _, _, amount in taxes(read(api, cart))] == [80, 90, 20, 23]
    assert (service.questions[0]["shipping"], service.questions[0]["lines"][0]["tax_category"]) == (None, "books")


def test_reading_costs_two_statements_more_where_a_service_is_asked(
    api: APIClient, cart: Cart, service: Service
) -> None:
    read(api, cart)
    with CaptureQueriesContext(connection) as queries:
        read(api, cart)
    assert len(queries) == 9


def test_staff_choose_among_the_services_of_the_settings(service: Service, cart: Cart, client_of: Any) -> None:
    staff = client_of(staff_make(rights=["settings:read", "settings:write"]))
    url = f"/api/v1/markets/{cart.market_id}"
    read = staff.get(url)
    assert read.json()["tax_service"] == "sales"
    refused = staff.patch(url, {"tax_service": "none"}, headers={"If-Match": read.headers["ETag"]}).json()
    assert refused["errors"][0]["detail"] == "There is no such tax service in the shop's settings; known there: sales."
    changed = staff.patch(url, {"tax_service": ""}, headers={"If-Match": read.headers["ETag"]}).json()
    assert changed["tax_service"] == ""
    made = staff.post(
        "/api/v1/markets",
        {
            "code": "ca",
            "name": "Canada",
            "currency": "CAD",
            "countries": ["CA"],
            "languages": ["en"],
            "prices_include_tax": False,
            "tax_service": "nobody",
        },
    )
    assert (made.status_code, made.json()["errors"][0]["pointer"]) == (400, "/tax_service")


QUESTION = TaxQuestion(
    Place("US"), clock.day_of(clock.now()), "USD", prices_include_tax=False, lines=(TaxedLine("a", "A", "", 1, 100),)
)
LINE = {"id": "a", "taxes": [STATE]}


@pytest.fixture(scope="module")
def quick() -> Iterator[Service]:
    with serving(lambda _: {}) as service:
        yield service


def ask(service: Service, answer: Any) -> Any:
    service.answer = lambda _: answer
    return answer_checked(HttpTaxService(url=service.url).taxes(QUESTION, seconds=30), QUESTION)


def test_an_answer_may_leave_out_what_it_does_not_need(quick: Service) -> None:
    kept = {"lines": {"a": [STATE | {"is_compound": False}]}, "shipping": [], "reference": ""}
    assert ask(quick, {"lines": [LINE]}) == kept
    assert ask(quick, {"lines": [LINE], "shipping": None, "reference": None}) == kept
    assert ask(quick, {"lines": [{"id": "a", "taxes": []}]})["lines"] == {"a": []}


@pytest.mark.parametrize(
    "answer",
    [
        {"lines": []},
        {"lines": [LINE, LINE]},
        {"lines": [LINE, {"id": "b", "taxes": []}]},
        {"lines": [{"id": "a"}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"rate_ppm": 40_000.0}]}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"rate_ppm": -1}]}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"rate_ppm": 1_000_001}]}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"name": ""}]}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"name": "Nul\0"}]}]},
        {"lines": [{"id": "a", "taxes": [STATE | {"is_compound": "no"}]}]},
        {"lines": [{"id": "a", "taxes": [STATE] * 11}]},
        {"lines": [LINE], "shipping": {"taxes": []}},
        {"lines": [LINE], "reference": 7},
        {"lines": [LINE], "reference": "R" * 101},
        {"lines": {"a": []}},
        {},
        [],
    ],
)
def test_an_answer_that_can_not_be_charged_is_malformed(answer: Any, quick: Service) -> None:
    with pytest.raises(ServiceFailed) as failed:
        ask(quick, answer)
    assert failed.value.failure == Failure.MALFORMED
