"""Cells of CSV files that a spreadsheet would run as formulas, and the sign on which files in and out agree."""

FORMULA_STARTS = frozenset("=+-@\t\r")


def disarmed(text: str) -> str:
    """Return a cell for people to read that no spreadsheet runs."""
    return f"'{text}" if text and text[0] in FORMULA_STARTS else text


def signed(text: str) -> str:
    """Return a cell that no spreadsheet runs and that `without_sign` turns back into exactly what it was.

    So an apostrophe also goes before an apostrophe.
    """
    return f"'{text}" if text and (text[0] in FORMULA_STARTS or text[0] == "'") else text


def without_sign(text: str) -> str:
    """Return the cell without the apostrophe that keeps it from being a formula.

    A text that merely begins with an apostrophe ('Tis the season) keeps it.
    """
    is_signed = len(text) > 1 and text[0] == "'" and (text[1] in FORMULA_STARTS or text[1] == "'")
    return text[1:] if is_signed else text
