"""Shopify's CSV cut off, with the wrong shape, or full of anything: what is whole is read, the rest is reported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.importing import records, shopify
from products.importing.opening import FileUnreadable
from products.importing.rows import Severity
from tests.products.imports.conftest import Reading, read_with

Read = Callable[..., Reading]

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
