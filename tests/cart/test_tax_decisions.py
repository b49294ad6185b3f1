"""Who pays no tax, and why: businesses with a VAT id, customers with a certificate; the order keeps the decision."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from markets.models import Market
from orders.models import Order
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, variant_of
from tests.factories.money import eur
from tests.factories.users import staff_make, user_make
from tests.orders.steps import place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]

# Numbers with right check digits, as the documentation of python-stdnum gives them: no real buyer's.
GERMAN, FRENCH, GREEK = "DE136695976", "FR40303265045", "EL094259216"


@pytest.fixture
def cart() -> Cart:
    """Return a cart of a Spanish seller to Germany: two mugs of 11.90 and shipping of 5.95, 19 % in both."""
    market = market_make(tax_country="ES")
    tax_rate_make()
    cart = ready_cart_make({variant_of(product_make(market=market, price=1190)): 2}, seen=1190)
    cart.shipping_method.amount = 595  # type: ignore[union-attr]  # It has one.
    cart.shipping_method.save()  # type: ignore[union-attr]  # As above.
    return cart


def test_business_in_another_eu_country_pays_by_reverse_charge_and_the_order_keeps_it(
    api: APIClient, cart: Cart
) -> None:
    url = f"/api/v1/carts/{cart.id}"
    before = api.get(url).json()
    assert (before["totals"]["total"], before["tax_decision"]["rule"]) == (eur(2975), "charged")

    body = api.patch(url, {"vat_id": "de 136 695 976"}).json()

    assert (body["vat_id"], body["prices_include_tax"]) == (GERMAN, False)
    assert (body["lines"][0]["unit_price"], body["totals"]["shipping"]) == (eur(1000), eur(500))
    assert (body["totals"]["tax"], body["totals"]["total"], body["is_ready_to_order"]) == (eur(0), eur(2500), True)
    decision = {
        "rule": "reverse_charge",
        "country": "DE",
        "region": "",
        "postal_code": "10117",
        "source": f"vat-id:{GERMAN}",
        "detail": f"Reverse charge: the buyer, {GERMAN}, owes the VAT in DE.",
    }
    assert body["tax_decision"] == decision
    assert (body["explanation"][-1]["label"], body["explanation"][-1]["amount"]) == (
        f"Reverse charge, VAT id {GERMAN}",
        eur(0),
    )

    order = place(api, cart).json()
    Market.objects.update(tax_country="")
    Cart.objects.update(vat_id="")
    read = api.get(f"/api/v1/orders/{order['id']}?expand=explanation", HTTP_X_ORDER_TOKEN=order["token"]).json()
    assert (read["vat_id"], read["tax_decision"], read["totals"]["total"]) == (GERMAN, decision, eur(2500))
    assert read["explained"]["steps"][-1]["text"] == f"Reverse charge, VAT id {GERMAN}"


@pytest.mark.parametrize(
    ("seller", "buyer", "numbered"),
    [
        ("DE", ("DE", "10117"), (GERMAN, "it is of DE, as the seller is")),
        ("DE", ("DE", "10117"), (FRENCH, "the goods stay in DE")),
        ("", ("DE", "10117"), (GERMAN, "not registered for VAT in the EU")),
        ("ES", ("CH", "8001"), (GERMAN, "CH is not in the EU")),
        ("ES", ("GB", "SW1A 1AA"), (GERMAN, "GB is not in the EU")),
    ],
)
def test_vat_id_that_changes_nothing_is_charged_and_told_why(
    api: APIClient, cart: Cart, seller: str, buyer: tuple[str, str], numbered: tuple[str, str]
) -> None:
    Cart.objects.update(shipping_address=ADDRESS | dict(zip(("country", "postal_code"), buyer, strict=True)))
    Market.objects.update(tax_country=seller)
    before = api.get(f"/api/v1/carts/{cart.id}").json()["totals"]
    vat_id, why = numbered
    body = api.patch(f"/api/v1/carts/{cart.id}", {"vat_id": vat_id}).json()
    assert (body["tax_decision"]["rule"], body["totals"]) == ("charged", before)
    assert why in body["tax_decision"]["detail"]


@pytest.mark.parametrize(
    ("seller", "buyer", "vat_id"),
    [("DE", ("GR", "10431"), "GR094259216"), ("DE", ("GB", "BT1 5GS"), "XI110305878"), ("ES", ("DE", "10117"), FRENCH)],
)
def test_greece_northern_ireland_and_the_id_of_a_third_country(
    api: APIClient, cart: Cart, seller: str, buyer: tuple[str, str], vat_id: str
) -> None:
    Cart.objects.update(shipping_address=ADDRESS | dict(zip(("country", "postal_code"), buyer, strict=True)))
    Market.objects.update(tax_country=seller)
    body = api.patch(f"/api/v1/carts/{cart.id}", {"vat_id": vat_id}).json()
    assert body["tax_decision"]["rule"] == "reverse_charge"
    assert body["vat_id"] in {GREEK, "XI110305878", FRENCH}


@pytest.mark.parametrize(
    ("vat_id", "told"),
    [
        ("DE136695977", "DE gives no such number"),
        ("136695976", "Begin with the letters"),
        ("GB980780684", "Begin with the letters"),
        ("DE", "DE gives no such number"),
        ("\u0391\u0392136695976", "Begin with the letters"),
    ],
)
def test_vat_id_that_breaks_its_country_s_rules_is_refused(api: APIClient, cart: Cart, vat_id: str, told: str) -> None:
    Cart.objects.update(vat_id=GERMAN)
    answer = api.patch(f"/api/v1/carts/{cart.id}", {"vat_id": vat_id, "note": "Hello"})
    assert (answer.status_code, answer.json()["code"]) == (400, "vat_id_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/vat_id"
    assert told in answer.json()["errors"][0]["detail"]
    cart.refresh_from_db()
    assert (cart.vat_id, cart.note, cart.version) == (GERMAN, "", 1)
    assert api.patch(f"/api/v1/carts/{cart.id}", {"vat_id": None}).json()["vat_id"] == ""


def exempted(client_of: ClientOf, customer: User, **changes: Any) -> Any:
    staff = client_of(staff_make(rights=["customers:read", "customers:write"]))
    return staff.patch(f"/api/v1/customers/{customer.pk}", changes, HTTP_IF_MATCH="*")


def test_customer_with_a_certificate_pays_no_tax_while_and_where_it_holds(client_of: ClientOf) -> None:
    tax_rate_make()
    customer = user_make()
    cart = cart_make({variant_of(product_make(price=1190)): 1}, customer=customer, shipping_address=ADDRESS)
    client, today = client_of(customer), clock.day_of(clock.now())

    def tax() -> tuple[str, Any]:
        body = client.get(f"/api/v1/carts/{cart.id}").json()
        return body["tax_decision"]["rule"], body["totals"]["total"]["amount"]

    assert tax() == ("charged", 1190)
    body = exempted(client_of, customer, tax_exemption_reason="Embassy", tax_exemption_number="E-7").json()
    assert (body["tax_exemption_reason"], body["tax_exemption_until"]) == ("Embassy", None)
    assert tax() == ("exempt", 1000)
    row = client.get(f"/api/v1/carts/{cart.id}").json()["explanation"][-1]
    assert (row["label"], row["source"]) == ("Tax-exempt: Embassy E-7", f"tax-exemption:{customer.pk}")
    for changes, rule in (
        ({"tax_exemption_country": "FR"}, "charged"),
        ({"tax_exemption_country": "DE"}, "exempt"),
        ({"tax_exemption_from": str(today + timedelta(days=1))}, "charged"),
        ({"tax_exemption_from": str(today), "tax_exemption_until": str(today)}, "exempt"),
        ({"tax_exemption_from": None, "tax_exemption_until": str(today - timedelta(days=1))}, "charged"),
        ({"tax_exemption_until": None, "tax_exemption_reason": ""}, "charged"),
    ):
        assert exempted(client_of, customer, **changes).status_code == 200
        assert tax()[0] == rule, changes

    backwards = {"tax_exemption_from": "2026-02-01", "tax_exemption_until": "2026-01-01"}
    refused = exempted(client_of, customer, **backwards)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/tax_exemption_until")
    assert exempted(client_of, customer, tax_exemption_country="Spain").status_code == 400
    customer.refresh_from_db()
    assert (customer.tax_exemption_from, customer.tax_exemption_country) == (None, "DE")


def test_old_order_without_a_decision_says_none(api: APIClient, cart: Cart) -> None:
    order = place(api, cart).json()
    Order.objects.update(tax_decision={})
    read = api.get(f"/api/v1/orders/{order['id']}", HTTP_X_ORDER_TOKEN=order["token"]).json()
    assert read["tax_decision"] is None
