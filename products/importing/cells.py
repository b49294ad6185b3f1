"""Typed values out of a record's cells, with a problem for each cell that doesn't hold what its column promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from core.money import MoneyError, parse_decimal
from products.importing.records import Record
from products.importing.rows import KEEP, Keep, Problem, Severity
from products.importing.stock import MAX_PIECES
from products.spreadsheets import without_sign

# Spreadsheets write the truth in their user's language.
_TRUE = frozenset("true yes 1 y verdadero sí si wahr ja vrai oui".split())
_FALSE = frozenset("false no 0 n falso falsch nein faux non".split())
_NUMBER = re.compile(r"^[+-]?(\d{1,15}(\.\d*)?|\.\d+)$", re.ASCII)
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d{1,4}$")

SHOWN_CHARACTERS = 200
MAX_MEASURE = 10**8 - 1
GRAM_PLACES = 6


class Cells:
    """Reads one record at a time and gathers the problems of a whole product."""

    def __init__(self, columns: Mapping[str, int], header: tuple[str, ...], currency: str) -> None:
        """Take where each field stands, the names for reports, and the currency of the amounts."""
        self.columns = columns
        self.header = header
        self.currency = currency
        self.problems: list[Problem] = []
        self._cells: list[str] = []
        self.line = 0

    def load(self, record: Record) -> None:
        """Read from this record from now on."""
        self._cells, self.line = record.cells, record.line

    def start_product(self) -> None:
        """Begin a new list of problems."""
        self.problems = []

    def has(self, field: str) -> bool:
        """Tell whether the file has the column."""
        return field in self.columns

    def filled(self, field: str) -> bool:
        """Tell whether the file has the column and this record fills it."""
        index = self.columns.get(field)
        return index is not None and bool(self._cells[index].strip())

    def text(self, field: str) -> str | Keep:
        """Return the text, trimmed, blank included."""
        index = self.columns.get(field)
        return KEEP if index is None else without_sign(self._cells[index].strip())

    def code(self, field: str) -> str | Keep:
        """Return a SKU or a barcode: any apostrophe before it is the spreadsheet's."""
        index = self.columns.get(field)
        return KEEP if index is None else self._cells[index].strip().removeprefix("'").strip()

    def boolean(self, field: str, *, blank: bool = False) -> bool | Keep:
        """Return yes or no; `blank` is what an empty cell says."""
        text = self.code(field)
        if text is KEEP:
            return KEEP
        word = text.casefold()
        if not word:
            return blank
        if word in _TRUE:
            return True
        if word not in _FALSE:
            self.refuse(field, "boolean", "This is neither yes nor no; write TRUE or FALSE.")
        return False

    def money(self, field: str) -> int | Keep | None:
        """Return minor units, None for an empty cell."""
        text = self.code(field)
        if text is KEEP or not text:
            return KEEP if text is KEEP else None
        try:
            amount = parse_decimal(text, self.currency)
        except MoneyError as error:
            self.refuse(field, "money", f"{error}.{self._comma_hint(text)}")
            return None
        if amount < 0:
            self.refuse(field, "money_negative", "An amount can't be less than 0.")
        return amount

    def decimal(self, field: str) -> Decimal | Keep | None:
        """Return a plain decimal number that isn't negative, None for an empty cell."""
        text = self.code(field)
        if text is KEEP or not text:
            return KEEP if text is KEEP else None
        if not _NUMBER.match(text):
            self.refuse(field, "number", f"This is not a plain number such as 12.5.{self._comma_hint(text)}")
            return None
        number = Decimal(text)
        if number < 0:
            self.refuse(field, "number_negative", "This can't be less than 0.")
        return number

    def measure(self, field: str, factor: Decimal, *, places: int = 0) -> Decimal | Keep | None:
        """Return a number times a factor, rounded half up to some decimal places: grams, millimetres."""
        number = self.decimal(field)
        if number is KEEP or number is None:
            return number
        number = (number * factor).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if number > MAX_MEASURE:
            self.refuse(field, "number_large", f"This is more than {MAX_MEASURE:,}.")
            return None
        return number

    def stock(self, field: str) -> int | Keep:
        """Return a count of pieces; an empty cell keeps what there is, and less than none is none."""
        text = self.code(field)
        if text is KEEP or not text:
            return KEEP
        number = Decimal(text) if _NUMBER.match(text) else None
        if number is None or number != number.to_integral_value() or number > MAX_PIECES:
            self.refuse(field, "quantity", f"This is not a whole number of pieces, {MAX_PIECES:,} at the most.")
            return 0
        if number < 0:
            self.warn(field, "quantity_negative", "Less than nothing can't be in stock; it was taken as 0.")
            return 0
        return int(number)

    def refuse(self, field: str, code: str, reason: str) -> None:
        """Report an error: the product won't be imported."""
        self._report(field, code, reason, Severity.ERROR)

    def warn(self, field: str, code: str, reason: str) -> None:
        """Report something to look at."""
        self._report(field, code, reason, Severity.WARNING)

    def skip(self, field: str, code: str, reason: str) -> None:
        """Report that the product is left out."""
        self._report(field, code, reason, Severity.SKIPPED)

    def column_name(self, field: str) -> str:
        """Return the column's name as the file has it."""
        index = self.columns.get(field)
        return "" if index is None else self.header[index]

    def _report(self, field: str, code: str, reason: str, severity: Severity) -> None:
        index = self.columns.get(field)
        value = "" if index is None else self._cells[index].strip()[:SHOWN_CHARACTERS]
        column = self.column_name(field)
        self.problems.append(
            Problem(code=code, reason=reason, severity=severity, line=self.line, column=column, value=value)
        )

    @staticmethod
    def _comma_hint(text: str) -> str:
        return f" Write {text.replace(',', '.')} with a point." if _DECIMAL_COMMA.match(text) else ""
