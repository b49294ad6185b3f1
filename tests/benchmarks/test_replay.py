"""The replay of a shop's invoices, on a handful of made-up ones with the traps of the real file."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from benchmarks.management.commands.replay_orders import Command
from benchmarks.replay.invoices import lines_of
from benchmarks.replay.planning import Return, Sale, WriteOff, plan
from inventory.models import StockLevel, StockMovement
from orders.models import Order
from tests.factories.catalogue import product_make

ROWS = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
100,A1,RED CUP,6,2010-12-01 08:26:00,2.55,17.0,United Kingdom
100,a1,RED CUP,2,2010-12-01 08:26:00,2.55,17.0,United Kingdom
100,A1,RED CUP,1,2010-12-01 08:26:00,1.95,17.0,United Kingdom
100,POST,POSTAGE,1,2010-12-01 08:26:00,18,17.0,France
C101,A1,RED CUP,-3,2010-12-20 10:00:00,2.55,17.0,United Kingdom
C102,B2,BLUE CUP,-2,2010-12-21 10:00:00,1.25,,United Kingdom
103,B2,broken,-5,2011-01-03 09:00:00,0.0,,United Kingdom
104,B2,BLUE CUP,10001,2011-01-04 09:00:00,1.25,,EIRE
105,PADS,PADS TO MATCH,1,2011-01-05 09:00:00,0.001,,EIRE
C106,D,Discount,-1,2011-02-01 09:00:00,27.50,17.0,United Kingdom
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "invoices.csv"
    path.write_text(ROWS)
    return path


def test_an_invoice_becomes_orders_a_return_goes_to_its_sale(file: Path) -> None:
    planned = plan(lines_of(file))
    sales = [(step.invoice, step.wanted) for step in planned.steps if isinstance(step, Sale)]
    assert sales == [
        ("before C102", {"B2": (2, 125)}),
        ("before C106", {"D": (1, 2750)}),
        ("100", {"A1": (8, 255), "POST": (1, 1800)}),
        ("100", {"A1": (1, 195)}),
        ("104", {"B2": (10_000, 125)}),
        ("104", {"B2": (1, 125)}),
        ("105", {"PADS": (1, 0)}),
    ]
    returns = [
        (step.invoice, [(part.sale.invoice, part.code, part.quantity) for part in step.parts])
        for step in planned.steps
        if isinstance(step, Return)
    ]
    assert returns == [
        ("C101", [("100", "A1", 3)]),
        ("C102", [("before C102", "B2", 2)]),
        ("C106", [("before C106", "D", 1)]),
    ]
    assert [(step.code, step.quantity) for step in planned.steps if isinstance(step, WriteOff)] == [("B2", 5)]
    assert (planned.titles["A1"], planned.opening_count) == ("RED CUP", 2)


@pytest.mark.django_db(transaction=True)
def test_the_books_end_as_the_file_says(file: Path) -> None:
    told = StringIO()
    call_command(Command(stdout=told), file)
    text = told.getvalue()
    assert "DIFFERS" not in text
    assert "2010-12           30.20           30.20" in text
    assert "2011-01       12,501.25       12,501.25" in text
    assert "2011-02          -27.50          -27.50" in text
    assert Order.objects.count() == 7
    assert StockMovement.objects.filter(kind="returned").count() == 2
    assert StockLevel.objects.get(variant__sku="A1").on_hand == 3


@pytest.mark.django_db
def test_a_shop_that_sells_already_is_left_alone(file: Path) -> None:
    product_make()
    with pytest.raises(CommandError, match="empty one"):
        call_command(Command(), file)
    assert not Order.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "reason"),
    [("a,b\n", "columns"), (ROWS.replace("2.55", "two"), "Row 2"), (ROWS.splitlines()[0], "no invoice")],
)
def test_a_file_that_can_t_be_read_is_named(tmp_path: Path, rows: str, reason: str) -> None:
    path = tmp_path / "invoices.csv"
    path.write_text(rows)
    with pytest.raises(CommandError, match=reason):
        call_command(Command(), path)
    assert not Order.objects.exists()
