"""The schema is the last line of defence: each of its named rules, broken by hand."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.catalogue import market_make, tax_category_make, tax_rate_make
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

MARKET = "UPDATE markets_market SET {}"
RATE = "UPDATE markets_taxrate SET {}"
BROKEN = {
    "markets_market_default": MARKET.format("is_default = true"),
    "markets_market_currency": MARKET.format("currency = 'eur'"),
    "markets_market_countries": MARKET.format("countries = '{}'"),
    "markets_market_languages": MARKET.format("languages = '{}'"),
    "markets_market_rounding": MARKET.format("rounding = 'down'"),
    "markets_market_rounding_place": MARKET.format("rounding_place = 'unit'"),
    "markets_market_cash_step": MARKET.format("cash_step = 0"),
    "markets_taxcategory_default": "UPDATE markets_taxcategory SET is_default = true",
    "markets_taxrate_bound": RATE.format("rate_ppm = 1000001"),
    "markets_taxrate_validity": RATE.format("valid_from = '2027-01-01', valid_until = '2026-01-01'"),
    "markets_taxrate_overlap": RATE.format("country = 'DE'"),
}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("markets")


@pytest.mark.parametrize("rule", BROKEN)
def test_rule_holds_in_the_database(rule: str) -> None:
    market_make("eu")
    market_make("us")
    tax_category_make("reduced", is_default=False)
    tax_rate_make(country="DE")
    tax_rate_make(country="ES")
    with pytest.raises(IntegrityError, match=f'"{rule}"'), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[rule])
