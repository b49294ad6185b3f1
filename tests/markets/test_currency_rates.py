"""Currency rates: entered by staff, exact, and only ever those of the day that is named."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from rest_framework.test import APIClient

from markets.exceptions import CurrencyRateUnknown
from markets.models import CurrencyRate
from markets.selectors import rate_on
from tests.factories.users import staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db
PATH = "/api/v1/currency-rates"
RATE = {"base": "EUR", "quote": "USD", "rate": "1.0876", "valid_on": "2026-11-23", "source": "ECB"}


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def test_a_rate_is_entered_corrected_and_deleted(staff: APIClient) -> None:
    made = staff.post(PATH, RATE)
    assert (made.status_code, made.json()) == (201, {**RATE, "id": made.json()["id"]})
    assert CurrencyRate.objects.get().rate == Decimal("1.0876")
    taken = staff.post(PATH, {**RATE, "rate": "2"})
    assert (taken.status_code, taken.json()["code"], taken.json()["errors"][0]["pointer"]) == (
        409,
        "currency_rate_taken",
        "/valid_on",
    )
    path = f"{PATH}/{made.json()['id']}"
    assert staff.patch(path, {"rate": "1.09"}).status_code == 428
    changed = staff.patch(path, {"rate": "1.090000000001"}, headers={"If-Match": made.headers["ETag"]})
    assert changed.json()["rate"] == "1.090000000001"
    assert [row["base"] for row in staff.get(PATH, {"quote": "USD"}).json()["results"]] == ["EUR"]
    assert staff.get(PATH, {"quote": "JPY"}).json()["results"] == []
    assert staff.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert not CurrencyRate.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"rate": 1.5}, "/rate"),
        ({"rate": 2}, "/rate"),
        ({"rate": "0"}, "/rate"),
        ({"rate": "-1"}, "/rate"),
        ({"rate": "NaN"}, "/rate"),
        ({"rate": "1e400"}, "/rate"),
        ({"rate": "1.0000000000001"}, "/rate"),
        ({"quote": "EUR"}, "/quote"),
        ({"quote": "XXX"}, "/quote"),
        ({"valid_on": "yesterday"}, "/valid_on"),
        ({"valid_from": None}, "/valid_from"),
    ],
)
def test_a_wrong_field_is_named(staff: APIClient, wrong: dict[str, Any], pointer: str) -> None:
    refused = staff.post(PATH, {**RATE, **wrong})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not CurrencyRate.objects.exists()


def test_only_the_named_day_counts() -> None:
    CurrencyRate.objects.create(base="EUR", quote="USD", rate="1.25", valid_on=date(2026, 11, 23), source="ECB")
    day = date(2026, 11, 23)
    assert rate_on(day, base="EUR", quote="USD") == Fraction(5, 4)
    assert rate_on(day, base="USD", quote="EUR") == Fraction(4, 5)
    assert rate_on(date(1999, 1, 1), base="JPY", quote="JPY") == 1
    for other, base in ((date(2026, 11, 22), "EUR"), (date(2026, 11, 24), "EUR"), (day, "CHF")):
        with pytest.raises(CurrencyRateUnknown):
            rate_on(other, base=base, quote="USD")


def test_rates_are_for_staff(api: APIClient, client_of: Callable[[User | str], APIClient]) -> None:
    assert [client.get(PATH).status_code for client in (api, client_of(user_make()))] == [401, 403]
    assert client_of(staff_make(rights=["settings:read"])).post(PATH, RATE).status_code == 403
