"""What an import refuses or leaves alone, and says so; and what it does not write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from inventory.models import StockLevel
from products.importing.models import Import, ImportProblem
from products.models import Price, Product, Variant
from tests.products.imports.outcome import counts, last

pytestmark = pytest.mark.django_db

Run = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("silla,Silla,,,M-1,5\n", "sku_taken"),
        ("silla,Silla,,,S-1,5\ncama,Cama,,,S-1,5\n", "sku_taken"),
        ("libro,Libro,Color,Red,L-9,5\n", "options_differ"),
        ("mesa,Mesa,Size,S,,5\nmesa,,,M,M-1,6\n", "variant_twice"),
        (f"{'x' * 256},Mesa,,,,5\n", "too_long"),
        (f"silla,{'x' * 256},,,,5\n", "too_long"),
        ("!!!,Mesa,,,,5\n", "handle"),
        ("bulk,Mesa,,,,5\n", "handle"),
        ("0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10,Mesa,,,,5\n", "handle"),
        (f"silla,Silla,Size,{'é' * 200}{'x' * 56},,5\n", "too_long"),
        (f"silla,Silla,,,{'x' * 101},5\n", "too_long"),
    ],
)
def test_a_product_that_does_not_fit_is_refused_whole(run: Run, text: str, code: str) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Price\n"
    run(header + "mesa,Mesa,Size,S,M-1,10\nmesa,,Size,M,M-2,10\nlibro,Libro,Title,Default Title,L-1,1\n")
    before = counts()

    run(header + text)

    refused = ImportProblem.objects.filter(owner=Import.objects.latest("created_at"), severity="error")
    assert [problem.code for problem in refused] == [code]
    created = last()[0]
    assert last()[4] == 1
    assert counts()["Product"] == before["Product"] + created
    assert Variant.objects.filter(sku="M-1").get().option_values == ["S"]


def test_bad_products_go_to_the_report_and_good_ones_in(run: Run, tmp_path: Path) -> None:
    out = run(
        "Handle,Title,Price\na,A,1\nb,B,=1+1\nc,C,3\nd,D,4,5\n",
        "--report",
        str(tmp_path / "bad.csv"),
    )

    assert sorted(Product.objects.values_list("slug", flat=True)) == ["a", "c"]
    assert (tmp_path / "bad.csv").read_text().splitlines()[1:] == [
        "3,Price,b,error,money,'=1+1' is not a plain decimal amount such as 19.99.,'=1+1",
        (
            '5,,d,error,cell_count,"The record has 4 cells where the header has 3: a quote or a separator is missing, '
            'or there is one too many.",'
        ),
    ]
    assert "2 errors: " in out
    assert "4 products in file.csv: 2 created, 0 changed, 0 unchanged, 0 skipped, 2 failed" in out


def test_stock_that_orders_were_promised_is_left_and_reported(run: Run) -> None:
    header = "Handle,Title,SKU,Price,Variant Inventory Tracker,Variant Inventory Qty\n"
    run(header + "mesa,Mesa,M-1,10,shopify,5\n")
    StockLevel.objects.update(reserved=3)

    run(header + "mesa,Mesa,M-1,12,shopify,2\n")

    assert StockLevel.objects.get().on_hand == 5
    assert Price.objects.get().amount == 1200
    warning = ImportProblem.objects.get(severity="warning")
    assert (warning.code, warning.line, warning.handle) == ("stock_promised", 2, "mesa")


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Price,Gift Card\n"
    run(header + "mesa,Mesa,,,M-1,10,\nigual,Igual,,,I-1,1,\n")
    before = counts(), Import.objects.count(), ImportProblem.objects.count()

    out = run(
        header + "mesa,Mesa grande,,,M-1,12,\nigual,Igual,,,I-1,1,\nnueva,Nueva,Size,S,N-1,5,\nvale,Vale,,,V-1,5,TRUE\n"
        "mala,Mala,,,,x,\nnueva,,,M,N-2,6,\n",
        "--dry-run",
    )

    assert [line for line in out.splitlines() if line.startswith(("create", "change", "skip", "refuse"))] == [
        "change  mesa  title, price of M-1",
        "create  nueva  Nueva",
        "create  vale  Vale",
        "refuse  mala  line 6: 'x' is not a plain decimal amount such as 19.99.",
        "change  nueva  variants",
    ]
    assert "6 products in file.csv: 2 would be created, 2 would be changed, 1 unchanged, 0 skipped, 1 failed" in out
    assert (counts(), Import.objects.count(), ImportProblem.objects.count()) == before
    assert Product.objects.get(slug="mesa").title == "Mesa"
    assert "mala" in (tmp_path / "file.csv.report.csv").read_text()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_file_in_the_wrong_encoding_is_refused_and_nothing_of_it_imported(
    run: Run, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("Handle,Title,Price\na,A,1\nb,Té,2\n".encode(encoding))

    with pytest.raises(CommandError, match="not UTF-8; the file looks like Latin-1"):
        run(path)

    assert Product.objects.count() == 0
    row = Import.objects.get()
    assert (row.status, row.error_count) == ("failed", 1)
    assert "3,,,error,encoding" in (tmp_path / "latin.csv.report.csv").read_text()


def test_a_file_cut_in_the_middle_keeps_what_came_before(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The file ends in the middle of this record"):
        run('Handle,Title,Body (HTML),Price\na,A,x,1\nb,B,"<p>unfin')

    assert Product.objects.get().slug == "a"
    assert Import.objects.get().status == "failed"
    assert "3,,b,error,file_cut" in (tmp_path / "file.csv.report.csv").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--market", "xx"), "There is no active market 'xx'"),
        (("--location", "nowhere"), "no location 'nowhere'; it has main"),
        (("--batch-size", "0"), "--batch-size goes from 1 to 5000"),
        (("--resume",), "no unfinished import of this very file"),
    ],
)
def test_what_the_command_cannot_do_it_says(run: Run, options: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run("Handle,Title,Price\na,A,1\n", *options)

    assert Product.objects.count() == 0


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.csv: No such file or directory"):
        run(tmp_path / "nothing.csv")

    assert Import.objects.count() == 0


ODD: dict[str, dict[str, Any]] = {
    "a name with NUL": {"colour\0": 1},
    "a category with NUL": {"categories": [["Home\0"]]},
    "an attribute with NUL": {"attributes": [{"code": "colour", "value": "re\0d"}]},
    "metadata with NUL": {"metadata": {"a": "b\0"}},
    "a long language": {"translations": [{"language": "x" * 30, "title": "T"}]},
    "a huge price": {"variants": [{"prices": [{"market": "eu", "currency": "EUR", "amount": 10**30}]}]},
    "a negative price": {"variants": [{"prices": [{"market": "eu", "currency": "EUR", "amount": -1}]}]},
    "a time before all times": {"published_from": "0001-01-01T00:00:00+14:00"},
    "a time behind all times": {"published_until": "9999-12-31T23:59:59-12:00"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_no_value_stops_an_import(run: Run, odd: dict[str, Any]) -> None:
    rows = [{"slug": "odd", "title": "Odd", "status": "active", **odd}, {"slug": "mesa", "title": "Mesa"}]
    run("\n".join(map(json.dumps, rows)) + "\n", format="tienda")
    row = Import.objects.get()
    assert (row.status, row.created_count, row.failed_count) == ("done", 1, 1)
    assert [product.slug for product in Product.objects.all()] == ["mesa"]
    assert ImportProblem.objects.filter(severity="error").count() == 1
