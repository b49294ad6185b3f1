"""Markets and taxes over REST: markets for everybody, changes for staff who have seen what they change."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from markets.models import Market, TaxCategory, TaxRate
from tests.factories.catalogue import market_make, product_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db

MARKET = {
    "code": "br",
    "name": "Brasil",
    "currency": "BRL",
    "countries": ["BR"],
    "languages": ["pt-BR", "en"],
    "prices_include_tax": True,
}


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def _rate(**values: Any) -> dict[str, Any]:
    return {"category": "standard", "country": "ES", "name": "IVA", "rate_ppm": 210_000, **values}


def test_everybody_sees_the_active_markets_and_staff_all(api: APIClient, staff: APIClient) -> None:
    market_make(code="eu")
    hidden = market_make(code="old", is_active=False)
    assert [row["code"] for row in api.get("/api/v1/markets").json()["results"]] == ["eu"]
    assert api.get(f"/api/v1/markets/{hidden.pk}").status_code == 404
    assert {row["code"] for row in staff.get("/api/v1/markets").json()["results"]} == {"eu", "old"}


def test_a_market_is_made_changed_and_deleted(staff: APIClient) -> None:
    made = staff.post("/api/v1/markets", MARKET)
    assert made.status_code == 201, made.content
    path = f"/api/v1/markets/{made.json()['id']}"
    assert staff.get(path, headers={"If-None-Match": made.headers["ETag"]}).status_code == 304
    assert staff.patch(path, {"name": "Brazil"}).status_code == 428
    assert staff.patch(path, {"name": "Brazil"}, headers={"If-Match": '"old"'}).status_code == 412
    assert (made.json()["rounding"], made.json()["rounding_place"]) == ("half_up", "line")
    changes = {"currency": "USD", "rounding": "half_even", "rounding_place": "total", "cash_step": 5}
    changed = staff.patch(path, changes, headers={"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200, changed.content
    assert changes.items() <= changed.json().items()
    assert staff.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert not Market.objects.exists()


def test_there_is_one_default(staff: APIClient) -> None:
    market_make(code="eu", is_default=True)
    assert staff.post("/api/v1/markets", {**MARKET, "is_default": True}).status_code == 201
    assert list(Market.objects.filter(is_default=True).values_list("code", flat=True)) == ["br"]


def test_a_market_with_prices_keeps_its_currency_and_stays(staff: APIClient) -> None:
    market = market_make(code="eu")
    product_make(market=market)
    path = f"/api/v1/markets/{market.pk}"
    tag = {"If-Match": staff.get(path).headers["ETag"]}
    refused = staff.patch(path, {"currency": "USD"}, headers=tag)
    assert (refused.status_code, refused.json()["code"]) == (409, "market_has_prices")
    refused = staff.delete(path, headers=tag)
    assert (refused.status_code, refused.json()["code"]) == (409, "market_in_use")
    assert Market.objects.get().currency == "EUR"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"currency": "XXX"}, "/currency"),
        ({"countries": []}, "/countries"),
        ({"countries": ["ES", "ES"]}, "/countries"),
        ({"countries": ["ZZ"]}, "/countries/0"),
        ({"languages": ["zzzz"]}, "/languages/0"),
        ({"languages": ["en-"]}, "/languages/0"),
        ({"languages": ["en", "EN"]}, "/languages"),
        ({"code": "no spaces"}, "/code"),
        ({"prices_include_tax": "yes"}, "/prices_include_tax"),
        ({"rounding": "down"}, "/rounding"),
        ({"rounding_place": None}, "/rounding_place"),
        ({"cash_step": 0}, "/cash_step"),
        ({"cash_step": 1_000_001}, "/cash_step"),
        ({"version": 3}, "/version"),
    ],
)
def test_a_wrong_field_is_named(staff: APIClient, wrong: dict[str, Any], pointer: str) -> None:
    refused = staff.post("/api/v1/markets", {**MARKET, **wrong})
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert not Market.objects.exists()


def test_a_code_is_taken_once(staff: APIClient) -> None:
    market_make(code="br")
    refused = staff.post("/api/v1/markets", MARKET)
    assert (refused.status_code, refused.json()["code"]) == (409, "market_code_taken")


def test_guests_and_staff_without_the_right_change_nothing(
    api: APIClient, client_of: Callable[[User | str], APIClient]
) -> None:
    assert api.post("/api/v1/markets", MARKET).status_code == 401
    assert client_of(staff_make(rights=["settings:read"])).post("/api/v1/markets", MARKET).status_code == 403
    assert api.get("/api/v1/tax-rates").status_code == 401
    assert not Market.objects.exists()


def test_tax_categories_and_rates_are_kept(staff: APIClient) -> None:
    category = staff.post("/api/v1/tax-categories", {"code": "standard", "name": "Standard", "is_default": True})
    assert category.status_code == 201, category.content
    rate = staff.post("/api/v1/tax-rates", _rate(valid_until="2027-01-01T00:00:00Z"))
    assert rate.status_code == 201, rate.content
    later = staff.post("/api/v1/tax-rates", _rate(rate_ppm=220_000, valid_from="2027-01-01T00:00:00Z"))
    assert later.status_code == 201, later.content
    listed = staff.get("/api/v1/tax-rates?country=ES&category=standard").json()["results"]
    assert [row["rate_ppm"] for row in listed] == [210_000, 220_000]

    overlapping = staff.post("/api/v1/tax-rates", _rate(valid_from="2026-12-31T00:00:00Z"))
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "tax_rate_overlap")
    backwards = _rate(country="PT", valid_from="2027-01-01T00:00:00Z", valid_until="2026-01-01T00:00:00Z")
    assert staff.post("/api/v1/tax-rates", backwards).json()["errors"][0]["pointer"] == "/valid_until"
    assert staff.post("/api/v1/tax-rates", _rate(category="nothing")).json()["errors"][0]["pointer"] == "/category"
    assert staff.post("/api/v1/tax-rates", _rate(rate_ppm=1_000_001)).status_code == 400

    canaries = staff.post("/api/v1/tax-rates", _rate(rate_ppm=0, postal_code_from="35", position=2))
    assert canaries.status_code == 201, canaries.content
    assert canaries.json()["postal_code_until"] == "35"
    dublin = _rate(country="IE", postal_code_from="d02 x285", postal_code_until="D02 X299", is_compound=True)
    dublin_made = staff.post("/api/v1/tax-rates", dublin)
    assert [dublin_made.json()[name] for name in ("postal_code_from", "postal_code_until", "is_compound")] == [
        "D02X285",
        "D02X299",
        True,
    ]
    found = staff.get("/api/v1/tax-rates?country=ES&postal_code=35-001").json()["results"]
    assert [row["id"] for row in found] == [canaries.json()["id"]]
    path = f"/api/v1/tax-rates/{canaries.json()['id']}"
    for changes, pointer in (
        ({"postal_code_from": "36", "postal_code_until": "35"}, "/postal_code_until"),
        ({"postal_code_from": "1234567890123"}, "/postal_code_from"),
    ):
        refused = staff.patch(path, changes, headers={"If-Match": canaries.headers["ETag"]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    inside = staff.post("/api/v1/tax-rates", _rate(postal_code_from="35600"))
    assert (inside.status_code, inside.json()["code"]) == (409, "tax_rate_overlap")

    path = f"/api/v1/tax-categories/{category.json()['id']}"
    refused = staff.delete(path, headers={"If-Match": category.headers["ETag"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "tax_category_in_use")
    for made in (rate, later, canaries, dublin_made):
        gone = staff.delete(f"/api/v1/tax-rates/{made.json()['id']}", headers={"If-Match": made.headers["ETag"]})
        assert gone.status_code == 204
    assert staff.delete(path, headers={"If-Match": category.headers["ETag"]}).status_code == 204
    assert (TaxCategory.objects.count(), TaxRate.objects.count()) == (0, 0)
