"""Cells of Shopify's CSV: what is read out of them, and what is wrong with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from products.importing.rows import KEEP, Severity, Target
from tests.products.imports.conftest import Reading

Read = Callable[..., Reading]


def test_the_apostrophe_of_spreadsheets_is_no_part_of_the_value(shopify_file: Read) -> None:
    product = shopify_file(
        "Handle,Title,Vendor,Variant SKU,Variant Barcode,Price\nmesa,'Tis a table,'=cmd,'00123,'036000291452,'10\n"
    ).products[0]

    assert product.title == "'Tis a table"
    assert product.brand == "=cmd"
    variant = product.variants[0]
    assert (variant.sku, variant.barcode, variant.price_amount) == ("00123", "036000291452", 1000)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Price", "1.999,00", "money"),
        ("Price", "19,99", "money"),
        ("Price", "19.999", "money"),
        ("Price", "€ 5", "money"),
        ("Price", "-5", "money_negative"),
        ("Price", "1E3", "money"),
        ("Price", "9" * 30, "money"),
        ("Variant Grams", "1E+02", "number"),
        ("Variant Grams", "-1", "number_negative"),
        ("Variant Grams", "3000000000", "number_large"),
        ("Variant Inventory Qty", "1.5", "quantity"),
        ("Variant Inventory Qty", "many", "quantity"),
        ("Variant Inventory Qty", "1000000001", "quantity"),
        ("Variant Taxable", "perhaps", "boolean"),
        ("Variant Inventory Policy", "perhaps", "policy"),
        ("Status", "sleeping", "status"),
        ("Cost per item", "ten", "money"),
    ],
)
def test_a_cell_that_breaks_its_column_is_an_error_with_line_and_column(
    shopify_file: Read, column: str, value: str, code: str
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["Handle", "Title", "Variant SKU", column], ["mesa", "Mesa", "M-1", value]])

    product = shopify_file(buffer.getvalue()).products[0]

    assert [(p.code, p.line, p.column, p.value) for p in product.problems] == [(code, 2, column, value[:200])]
    assert product.verdict is Severity.ERROR


def test_a_decimal_comma_is_answered_with_the_point(shopify_file: Read) -> None:
    product = shopify_file('Handle,Title,Price\nmesa,Mesa,"19,99"\n').products[0]

    assert product.problems[0].reason.endswith("Write 19.99 with a point.")


@pytest.mark.parametrize("currency", ["CLP", "JPY"])
def test_currencies_without_cents_take_whole_amounts_only(shopify_file: Read, currency: str) -> None:
    target = Target(market="cl", currency=currency)

    reading = shopify_file("Handle,Title,Price\na,A,19990\nb,B,19990.00\nc,C,199.90\n", target)

    assert [p.variants[0].price_amount for p in reading.products] == [19990, 19990, None]
    assert reading.codes == [("money", 4, "Price")]


def test_stock_below_zero_is_none_and_reported(shopify_file: Read) -> None:
    product = shopify_file(
        "Handle,Title,Price,Variant Inventory Tracker,Variant Inventory Qty\nmesa,Mesa,1,shopify,-3\n"
    ).products[0]

    assert product.variants[0].on_hand == 0
    assert [(p.code, p.severity) for p in product.problems] == [("quantity_negative", Severity.WARNING)]


@pytest.mark.parametrize(
    ("published", "status", "result"),
    [
        ("TRUE", "active", "active"),
        ("FALSE", "active", "draft"),
        ("TRUE", "draft", "draft"),
        ("FALSE", "archived", "archived"),
        ("TRUE", "", "active"),
        ("VERDADERO", "", "active"),
        ("false", "", "draft"),
        ("", "", KEEP),
    ],
)
def test_published_and_status_say_together_who_sees_it(
    shopify_file: Read, published: str, status: str, result: object
) -> None:
    product = shopify_file(f"Handle,Title,Published,Status\nmesa,Mesa,{published},{status}\n").products[0]

    assert product.status == result


@pytest.mark.parametrize(("cell", "result"), [("TRUE", True), ("FALSE", False), ("", KEEP)])
def test_a_file_says_which_products_are_gift_cards(shopify_file: Read, cell: str, result: object) -> None:
    product = shopify_file(f"Handle,Title,Price,Gift Card\nvale,Vale,50,{cell}\n").products[0]

    assert product.is_gift_card is result


def test_a_price_left_blank_clears_it_with_a_warning(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title,Option1 Name,Option1 Value,Price\nmesa,Mesa,Size,S,\n").products[0]

    assert product.variants[0].price_amount is None
    assert [(p.code, p.severity) for p in product.problems] == [("price_missing", Severity.WARNING)]
