"""Barcodes as files have them: real GTINs, wrong ones, and ones that a spreadsheet destroyed."""

from __future__ import annotations

import re

from stdnum import ean

from products.importing.rows import Problem, Severity

_SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")
GTIN_LENGTHS = (8, 12, 13, 14)


def gtin14(text: str) -> str | None:
    """Return the 14 digits that all padded forms of one GTIN share, or None when it isn't a valid GTIN."""
    compact = text if text.isdecimal() else ean.compact(text)
    if len(compact) not in GTIN_LENGTHS or not (compact.isascii() and compact.isdigit()) or not compact.strip("0"):
        return None
    return compact.zfill(14) if ean.calc_check_digit(compact[:-1]) == compact[-1] else None


def barcode_problem(text: str, *, line: int, column: str) -> Problem | None:
    """Return a warning for a barcode that a person should look at. Its text is kept as it is, never repaired."""
    if not text or gtin14(text) is not None:
        return None
    compact = ean.compact(text)
    if _SCIENTIFIC.match(compact):
        code = "barcode_destroyed"
        reason = (
            "A spreadsheet turned the barcode into a rounded number; its digits are lost. It is kept as this text. "
            "Format the column as text and enter the barcode again."
        )
    elif compact.isdigit() and len(compact) in GTIN_LENGTHS:
        code = "barcode_check_digit"
        reason = (
            f"The check digit is wrong: it would be {ean.calc_check_digit(compact[:-1])}. Compare it with the label."
        )
    else:
        code = "barcode_not_gtin"
        reason = "This is no GTIN (8, 12, 13 or 14 digits); it is kept as text."
    return Problem(code=code, reason=reason, severity=Severity.WARNING, line=line, column=column, value=text)
