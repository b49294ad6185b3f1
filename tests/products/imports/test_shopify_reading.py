"""Shopify's CSV: the real files, old and new columns, and groups of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from products.importing import shopify
from products.importing.opening import FileUnreadable
from products.importing.rows import KEEP, ImportedImage, Severity
from tests.products.imports.conftest import Reading, read_with

Read = Callable[..., Reading]


# --- The real files ---------------------------------------------------------------------------------------------------
def test_partner_catalogues_are_forty_products_and_the_export_twenty_others(shared_data: Path) -> None:
    readings = [
        read_with(shopify, shared_data / name)
        for name in (
            "shopify-partner-csvs/apparel.csv",
            "shopify-partner-csvs/home-and-garden.csv",
            "shopify-packt/products_export_1.csv",
        )
    ]
    handles = [{product.handle for product in reading.products} for reading in readings]

    assert [len(reading.products) for reading in readings] == [20, 20, 20]
    assert len(handles[0] | handles[1]) == 40
    assert len(handles[0] | handles[1] | handles[2]) == 60
    assert [sum(len(p.variants) for p in r.products) for r in readings] == [22, 21, 21]
    assert all(not reading.codes and not reading.loose for reading in readings)


def test_a_quantity_without_a_tracker_is_not_stock(shared_data: Path) -> None:
    reading = read_with(shopify, shared_data / "shopify-partner-csvs/home-and-garden.csv")
    variants = [variant for product in reading.products for variant in product.variants]

    tracked = [variant for variant in variants if variant.is_stock_tracked]
    untracked = [variant for variant in variants if not variant.is_stock_tracked]
    assert (len(tracked), len(untracked)) == (1, 20)
    assert {variant.on_hand for variant in untracked} == {KEEP}
    assert all(isinstance(variant.on_hand, int) for variant in tracked)
    assert {variant.sku for variant in variants} == {""}


def test_template_of_2023_keeps_destroyed_barcodes_as_text_and_reports_them(shared_data: Path) -> None:
    reading = read_with(shopify, shared_data / "shopify-template-2023/product_template.csv")

    shirt, pants, hat = reading.products
    assert [len(product.variants) for product in reading.products] == [12, 3, 1]
    assert shirt.variants[0].barcode == "3.65275E+11"
    assert shirt.option_names == ("Color", "Size")
    assert [str(variant.weight_grams) for variant in pants.variants] == ["226.796185", "283.495231", "396.893324"]
    assert [variant.compare_at_amount for variant in pants.variants] == [6495, 6495, 6495]
    assert len(pants.images) == 4
    assert (shirt.status, pants.status, hat.status) == ("active", "draft", "archived")
    assert hat.option_names == ()
    assert hat.variants[0].compare_at_amount == 2299
    codes = [code for code, _, _ in reading.codes]
    assert (codes.count("barcode_destroyed"), codes.count("compare_at_not_above")) == (16, 3)
    assert "Price / United States" in reading.ignored
    assert {problem.severity for product in reading.products for problem in product.problems} == {Severity.WARNING}


def test_template_of_2025_reads_the_new_columns(shared_data: Path) -> None:
    reading = read_with(shopify, shared_data / "shopify-template-2025/product_template.csv")

    shirt, book = reading.products
    assert shirt.handle == "physical-product-the-band-t-shirt"
    assert shirt.title == "Physical Product “The Band” T-Shirt"
    assert shirt.category_paths == (("Apparel & Accessories", "Clothing", "Clothing Tops", "T-Shirts"),)
    assert shirt.tags == ("Unisex", "Clothing", "Men", "Women", "Casual", "Vintage")
    assert shirt.option_names == ("Size", "Color")
    assert len(shirt.variants) == 12
    first = shirt.variants[0]
    assert first.option_values == ("Small", "green")
    assert (first.price_amount, first.compare_at_amount, first.cost_amount) == (1999, 2499, 1100)
    assert (first.is_stock_tracked, first.on_hand, first.is_backorderable) == (True, 47, False)
    assert len(shirt.images) == 1
    assert [variant.option_values for variant in book.variants] == [("PDF",), ("Audio",), ("Kindle",)]
    assert {variant.barcode for variant in book.variants} == {"978-1-98765-432-1"}
    digital = book.variants[0]
    assert (digital.requires_shipping, digital.is_taxable, digital.weight_grams) == (False, False, None)
    assert (digital.is_stock_tracked, digital.is_backorderable) == (False, True)
    assert [code for code, _, _ in reading.codes].count("barcode_shared") == 2


# --- Columns ----------------------------------------------------------------------------------------------------------
def test_headers_match_in_any_case_and_unknown_ones_are_listed(shopify_file: Read) -> None:
    reading = shopify_file("\ufeffHANDLE , title,Shoe Size,VARIANT PRICE\nmesa,Mesa,44,10\n")

    assert reading.products[0].title == "Mesa"
    assert reading.products[0].variants[0].price_amount == 1000
    assert reading.ignored == ["Shoe Size"]


def test_a_missing_column_keeps_and_a_blank_cell_clears(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title,Vendor,Variant Price,Cost per item\nmesa,Mesa,,10,\n").products[0]

    assert (product.brand, product.html, product.tags) == ("", KEEP, KEEP)
    variant = product.variants[0]
    assert (variant.cost_amount, variant.weight_grams, variant.sku) == (None, KEEP, KEEP)
    assert (variant.compare_at_amount, variant.is_stock_tracked, variant.on_hand) == (KEEP, KEEP, KEEP)


def test_a_file_that_only_changes_titles_touches_no_variant(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title\nmesa,Mesa\n").products[0]

    assert product.variants == ()
    assert product.option_names is KEEP


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("Title,Price\nMesa,10\n", "column_missing", "Handle"),
        ("Handle,Title,title\nmesa,Mesa,Mesa\n", "column_twice", "title"),
        ("Handle,Price,Variant Price\nmesa,1,2\n", "column_twice", "Variant Price"),
        (",,\nmesa,1,2\n", "column_missing", "Handle"),
        ("\n\n", "header_missing", ""),
    ],
)
def test_a_header_that_cannot_be_read_stops_the_import(shopify_file: Read, text: str, code: str, column: str) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        shopify_file(text)

    assert (refusal.value.problem.code, refusal.value.problem.column) == (code, column)


@pytest.mark.parametrize(
    "text", ["Handle;Title;Price\nmesa;Mesa, de té;10\n", 'sep=;\nHandle;Title;Price\nmesa;"Mesa, de té";10\n']
)
def test_semicolons_separate_too(shopify_file: Read, text: str) -> None:
    product = shopify_file(text).products[0]

    assert (product.title, product.variants[0].price_amount) == ("Mesa, de té", 1000)


# --- Groups -----------------------------------------------------------------------------------------------------------
def test_records_with_only_an_image_add_images_in_their_order(shopify_file: Read) -> None:
    product = shopify_file(
        "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Image Position,Image Alt Text\n"
        "mesa,Mesa,Size,S,10,https://img.test/b.jpg,2,B\n"
        "mesa,,,,,https://img.test/a.jpg,1,A\n"
        "mesa,,,M,12,https://img.test/b.jpg,3,again\n"
        "mesa,,,,,/relative.jpg,4,\n"
    ).products[0]

    assert [variant.option_values for variant in product.variants] == [("S",), ("M",)]
    assert product.images == (
        ImportedImage(url="https://img.test/a.jpg", alt="A"),
        ImportedImage(url="https://img.test/b.jpg", alt="B"),
    )
    assert [(p.code, p.line, p.severity) for p in product.problems] == [("image_url", 5, Severity.WARNING)]


def test_records_that_come_back_without_a_title_go_on_with_their_product(shopify_file: Read) -> None:
    reading = shopify_file(
        "Handle,Title,Vendor,Option1 Name,Option1 Value,Price\n"
        "mesa,Mesa,Acme,Size,S,10\nsilla,Silla,Acme,,,5\nmesa,,,,M,12\n"
    )

    assert [(p.handle, p.is_continuation) for p in reading.products] == [
        ("mesa", False),
        ("silla", False),
        ("mesa", True),
    ]
    later = reading.products[2]
    assert (later.title, later.brand, later.option_names) == (KEEP, KEEP, KEEP)
    assert later.variants[0].option_values == ("M",)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("mesa,Mesa,Size,S,Color,,10\n", ("option_value_missing", 2, "Option2 Value")),
        ("mesa,Mesa,Size,S,,Red,10\n", ("option_name_missing", 2, "Option2 Value")),
        ("mesa,Mesa,,S,Color,Red,10\n", ("option_gap", 2, "Option1 Name")),
        ("mesa,Mesa,Size,S,size,L,10\n", ("option_twice", 2, "Option1 Name")),
        ("mesa,Mesa,Size,S,,,10\nmesa,,,s,,,11\n", ("variant_twice", 3, "Option1 Value")),
        ("mesa,Mesa,Title,Default Title,,,10\nmesa,,,Default Title,,,11\n", ("variant_twice", 3, "Option1 Value")),
    ],
)
def test_options_that_do_not_add_up_are_errors(shopify_file: Read, rows: str, problem: tuple[str, int, str]) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Price\n"

    reading = shopify_file(header + rows)

    assert problem in reading.codes
    assert reading.products[0].verdict is Severity.ERROR


def test_a_title_option_with_real_values_stays_an_option(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title,Option1 Name,Option1 Value,Price\nlibro,Libro,Title,Tomo 1,10\n").products[0]

    assert (product.option_names, product.variants[0].option_values) == (("Title",), ("Tomo 1",))


def test_too_many_records_are_one_error_and_no_more_memory(shopify_file: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopify, "MAX_RECORDS", 3)
    rows = "".join(f"mesa,{'Mesa' if n == 0 else ''},{'Size' if n == 0 else ''},{n},1\n" for n in range(9))

    product = shopify_file("Handle,Title,Option1 Name,Option1 Value,Price\n" + rows).products[0]

    assert len(product.variants) == 3
    assert [(p.code, p.line) for p in product.problems] == [("too_many_records", 5)]


def test_skipping_products_resumes_where_another_run_stopped(shopify_file: Read) -> None:
    text = "Handle,Title,Unknown,Price\na,A,,1\na,,,\n,X,,\nb,B,,2\nc,C,,3\n"

    whole, rest = shopify_file(text), shopify_file(text, skip=2)

    assert [p.handle for p in whole.products] == ["a", "b", "c"]
    assert rest.products == whole.products[2:]
    assert (rest.loose, rest.ignored) == ([], [])
    assert [p.code for p in whole.loose] == ["handle_missing"]
