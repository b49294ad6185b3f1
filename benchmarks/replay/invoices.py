"""Reading the invoices of the Online Retail data (UCI Machine Learning Repository, doi 10.24432/C5BW33).

One row is one line of an invoice. Invoices beginning with C are returns; negative quantities elsewhere are goods that
the shop wrote off. Times are the shop's own; they are taken as UTC, so that months are the file's months.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import IO

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `code` is in capitals, since the file writes one article now so, now so; `price` is in pence."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: int
    customer: str

    @property
    def is_return(self) -> bool:
        """Tell whether the line gives goods or money back."""
        return self.invoice.startswith("C")


def opened(path: Path) -> IO[str]:
    """Open the file, packed or not.

    Raises:
        OSError: it can't be read.
    """
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the file's lines in their order.

    Raises:
        ValueError: it has other columns, or a cell that is no number or time; the message names the row.
    """
    with opened(path) as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            message = f"The columns of {path.name} are not {', '.join(COLUMNS)}."
            raise ValueError(message)
        for number, row in enumerate(rows, start=2):
            try:
                yield _line(row)
            except (ArithmeticError, ValueError) as error:
                message = f"Row {number} of {path.name} can't be read: {error}"
                raise ValueError(message) from error


def _line(row: dict[str, str]) -> Line:
    return Line(
        invoice=row["InvoiceNo"].strip().upper(),
        code=row["StockCode"].strip().upper(),
        description=row["Description"].strip(),
        quantity=int(row["Quantity"]),
        at=datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC),
        price=int((Decimal(row["UnitPrice"]) * 100).quantize(Decimal(1), ROUND_HALF_UP)),
        customer=row["CustomerID"].partition(".")[0],
    )
