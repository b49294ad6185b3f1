"""GTINs by their check digit, and what spreadsheets leave of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from products.importing.barcodes import barcode_problem, gtin14


@pytest.mark.parametrize(
    "text",
    ["036000291452", "0036000291452", "00036000291452", "0 36000 29145 2", "036000-291452"],
)
def test_padded_forms_of_one_gtin_are_equal(text: str) -> None:
    assert gtin14(text) == "00036000291452"


@pytest.mark.parametrize("text", ["", "0", "00000000", "36000291452", "036000291453", "750103AAAA309", "٠٣٦٠٠٠٢٩١٤٥٢"])
def test_what_is_no_gtin_has_no_normal_form(text: str) -> None:
    assert gtin14(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3.65275E+11", "barcode_destroyed"),
        ("3,65275E+11", "barcode_destroyed"),
        ("4E11", "barcode_destroyed"),
        ("1234567890123", "barcode_check_digit"),
        ("978-1-98765-432-1", "barcode_check_digit"),
        ("5784397765", "barcode_not_gtin"),
        ("ABC-1", "barcode_not_gtin"),
    ],
)
def test_a_doubtful_barcode_is_reported_with_its_text(text: str, code: str) -> None:
    problem = barcode_problem(text, line=7, column="Barcode")

    assert problem is not None
    assert (problem.code, problem.line, problem.column, problem.value) == (code, 7, "Barcode", text)


def test_the_right_check_digit_is_named() -> None:
    problem = barcode_problem("1234567890123", line=1, column="")

    assert problem is not None
    assert "it would be 8" in problem.reason


@given(st.integers(1, 10**13 - 1))
def test_a_number_with_its_check_digit_is_a_gtin(number: int) -> None:
    digits = f"{number:013}"
    text = digits + ean.calc_check_digit(digits)

    assert gtin14(text) == text
    assert barcode_problem(text, line=1, column="") is None


def test_agrees_with_the_published_cases(shared_data: Path) -> None:
    text = (shared_data / "gtin-stdnum" / "test_ean.doctest").read_text()
    cases = re.findall(r"ean\.validate\('(.+?)'\)\n(.+)", text)

    assert len(cases) == 4
    for number, outcome in cases:
        assert (gtin14(number) is not None) == (not outcome.startswith("Traceback")), number
