"""The schema is the last line of defence: each of its named rules, broken by hand."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.catalogue import market_make, tax_category_make, tax_rate_make
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

MARKET = "UPDATE markets_market SET {}"
RATE = "UPDATE markets_taxrate SET {}"
CURRENCY_RATE = (
    "INSERT INTO markets_currencyrate (id, base, quote, rate, valid_on, source, created_at)"
    " VALUES (gen_random_uuid(), {}, '2026-11-23', 'ECB', now())"
)
BROKEN = {
    "markets_currencyrate_once": "; ".join([CURRENCY_RATE.format("'EUR', 'USD', 1")] * 2),
    "markets_currencyrate_rate": CURRENCY_RATE.format("'EUR', 'USD', 0"),
    "markets_currencyrate_currencies": CURRENCY_RATE.format("'EUR', 'EUR', 1"),
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
    "markets_taxrate_postal_codes": RATE.format("postal_code_from = '36', postal_code_until = '35'"),
    "markets_taxrate_overlap": RATE.format("country = 'DE'"),
}
ALSO_BROKEN = (
    ("markets_taxrate_postal_codes", "postal_code_from = '35'"),
    ("markets_taxrate_postal_codes", "postal_code_until = '35'"),
    ("markets_taxrate_postal_codes", "postal_code_from = 'd0', postal_code_until = 'd0'"),
    ("markets_taxrate_postal_codes", "postal_code_from = 'D02 X2', postal_code_until = 'D02 X2'"),
    (
        "markets_taxrate_overlap",
        "country = 'DE', postal_code_from = '35', postal_code_until = CASE country WHEN 'DE' THEN '37' ELSE '35' END",
    ),
)


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


@pytest.mark.parametrize(("rule", "change"), ALSO_BROKEN)
def test_postal_codes_are_ranges_that_never_overlap(rule: str, change: str) -> None:
    tax_rate_make(country="DE")
    tax_rate_make(country="ES")
    with pytest.raises(IntegrityError, match=f'"{rule}"'), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RATE.format(change))
