"""Shopify's CSV: old and new columns, groups of records, and every way in which such files are broken."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.importing import records, shopify
from products.importing.opening import FileUnreadable
from products.importing.rows import KEEP, ImportedImage, Severity, Target
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


# --- Cells ------------------------------------------------------------------------------------------------------------


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


def test_gift_cards_are_left_out_and_said_so(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title,Price,Gift Card\nvale,Vale,oops,TRUE\n").products[0]

    assert product.verdict is Severity.SKIPPED
    assert [p.code for p in product.problems] == ["gift_card"]


def test_a_price_left_blank_clears_it_with_a_warning(shopify_file: Read) -> None:
    product = shopify_file("Handle,Title,Option1 Name,Option1 Value,Price\nmesa,Mesa,Size,S,\n").products[0]

    assert product.variants[0].price_amount is None
    assert [(p.code, p.severity) for p in product.problems] == [("price_missing", Severity.WARNING)]


# --- Damage -----------------------------------------------------------------------------------------------------------

HEADER = "Handle,Title,Body (HTML),Price\n"


def test_a_file_cut_inside_a_quoted_cell_keeps_what_came_before(shopify_file: Read) -> None:
    reading = shopify_file(HEADER + 'a,A,"<p>\nx</p>",1\nb,B,"<p>unfinis')

    assert [(p.handle, p.verdict) for p in reading.products] == [("a", None), ("b", Severity.ERROR)]
    assert reading.codes == [("file_cut", 4, "")]


def test_the_product_that_the_cut_goes_through_is_not_imported_in_part(shopify_file: Read) -> None:
    reading = shopify_file("Handle,Title,Option1 Name,Option1 Value,Price\na,A,,,1\nb,B,Size,S,2\nb,,,M")

    good, cut = reading.products
    assert (good.handle, good.verdict) == ("a", None)
    assert (cut.handle, cut.verdict) == ("b", Severity.ERROR)
    assert [(p.code, p.line, p.handle) for p in cut.problems] == [("file_cut", 4, "b")]


def test_a_file_cut_inside_a_character_says_so(shopify_file: Read) -> None:
    reading = shopify_file((HEADER + "a,A,x,1\nb,B,é").encode()[:-1])

    assert [(p.handle, p.verdict) for p in reading.products] == [("a", None), ("b", Severity.ERROR)]
    assert reading.codes == [("file_cut", 3, "")]


def test_an_unclosed_quote_stops_at_the_limit_with_its_line(
    shopify_file: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_CELL_CHARACTERS", 1000)
    before = csv.field_size_limit(1000)
    try:
        reading = shopify_file(HEADER + 'a,A,x,1\nb,B,"open,2\n' + "c,C,x,3\n" * 500)
    finally:
        csv.field_size_limit(before)

    assert [(p.handle, p.verdict) for p in reading.products] == [("a", None), ("b", Severity.ERROR)]
    assert reading.codes == [("file_cut", 3, "")]


def test_records_of_a_wrong_shape_are_reported_and_the_rest_read(shopify_file: Read) -> None:
    reading = shopify_file(HEADER + 'a,A,x,1\nb,B,one,too,many,2\nc,C\nd,D,"5" wide",4\ne,E,x,5,,\n')

    assert [(p.handle, p.verdict) for p in reading.products] == [
        ("a", None),
        ("b", Severity.ERROR),
        ("c", Severity.ERROR),
        ("d", Severity.ERROR),
        ("e", None),
    ]
    assert reading.codes == [("cell_count", 3, ""), ("cell_count", 4, ""), ("quote", 5, "")]
    assert reading.loose == []


def test_a_broken_record_whose_handle_is_lost_belongs_to_the_product_that_goes_on_after_it(shopify_file: Read) -> None:
    header = "Title,URL handle,Option1 name,Option1 value,Price\n"

    reading = shopify_file(header + "A,a,Size,S,1\nbad\n,a,,L,3\nB,b,,,4\nbad\nD,d,,,5\n")

    assert [(p.handle, p.verdict) for p in reading.products] == [("a", Severity.ERROR), ("b", None), ("d", None)]
    assert reading.codes == [("cell_count", 3, "")]
    assert [(p.code, p.line) for p in reading.loose] == [("cell_count", 6)]


def test_a_broken_record_between_the_records_of_a_product_fails_that_product(shopify_file: Read) -> None:
    reading = shopify_file(
        'Handle,Title,Option1 Name,Option1 Value,Price\na,A,Size,S,1\na,,"M" x,,2\na,,,L,3\nb,B,,,4\n'
    )

    assert [(p.handle, p.verdict) for p in reading.products] == [("a", Severity.ERROR), ("b", None)]
    assert (reading.codes, reading.loose) == ([("quote", 3, "")], [])


def test_nul_bytes_fail_their_product_only(shopify_file: Read) -> None:
    reading = shopify_file(HEADER + "a,A,x,1\nb,B,ev\0il,2\nc,C,x,3\n")

    assert [(p.handle, p.verdict) for p in reading.products] == [
        ("a", None),
        ("b", Severity.ERROR),
        ("c", None),
    ]
    assert reading.codes == [("nul", 3, "Body (HTML)")]


def test_blank_lines_and_lines_of_separators_are_nothing(shopify_file: Read) -> None:
    reading = shopify_file("\n" + HEADER + "\n,,,\na,A,x,1\n   \n,,,\n")

    assert [p.handle for p in reading.products] == ["a"]
    assert [(p.code, p.line) for p in reading.loose] == [("cell_count", 6)]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
            min_size=5,
            max_size=5,
        ),
        max_size=8,
    )
)
def test_whatever_the_cells_hold_every_record_is_in_a_product_or_in_the_report(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["Handle", "Title", "Variant SKU", "Variant Inventory Qty", "Price"])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("any") / "products.csv"
    path.write_bytes(buffer.getvalue().encode())

    reading = read_with(shopify, path)

    wanted = {row[0].strip().removeprefix("'") for row in rows if any(row)} - {""}
    assert {product.handle for product in reading.products} == wanted
    for product in reading.products:
        for variant in product.variants:
            assert product.verdict is Severity.ERROR or (variant.price_amount or 0) >= 0


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_reason(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "products.csv"
    path.write_bytes(b"Handle,Title,Price\na,A,1\n" + tail)

    try:
        reading = read_with(shopify, path)
    except FileUnreadable as refusal:
        assert refusal.problem.reason
    else:
        assert reading.products[0].handle == "a"
