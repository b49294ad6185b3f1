"""Files into the catalogue: counts, idempotency, what changes and what stays, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.postgres.search import SearchQuery
from django.core.management import CommandError, call_command
from django.db import connection

from inventory.models import Location, StockLevel, StockMovement
from markets.models import Market
from products.importing.models import Import, ImportProblem
from products.models import Attribute, Brand, Category, Media, Price, Product, ProductOption, Variant

pytestmark = pytest.mark.django_db

Run = Callable[..., str]


@pytest.fixture
def market() -> Market:
    return Market.objects.create(
        code="eu", name="Europe", currency="EUR", countries=["DE"], languages=["en"], prices_include_tax=True
    )


@pytest.fixture
def location() -> Location:
    return Location.objects.create(code="main", name="Main")


@pytest.fixture
def run(market: Market, location: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Import a file, or a text as one, and return what the command printed."""
    monkeypatch.chdir(tmp_path)

    def import_products(source: Path | str, *options: str, format: str = "shopify", market: str = "eu") -> str:
        path = source
        if isinstance(source, str):
            path = tmp_path / "file.csv"
            path.write_text(source, encoding="utf-8")
        out = StringIO()
        call_command("import_products", path, "--format", format, "--market", market, *options, stdout=out, stderr=out)
        return out.getvalue()

    return import_products


def counts() -> dict[str, int]:
    """Every row that an import may make."""
    models = (Product, Variant, Price, ProductOption, Media, Brand, Category, StockLevel, StockMovement, Attribute)
    return {model.__name__: model.objects.count() for model in models}


def last() -> tuple[int, int, int, int, int]:
    row = Import.objects.latest("created_at")
    return row.created_count, row.changed_count, row.unchanged_count, row.skipped_count, row.failed_count


def test_partner_catalogues_make_forty_products_and_the_export_twenty_more(run: Run, shared_data: Path) -> None:
    run(shared_data / "shopify-partner-csvs/apparel.csv")
    run(shared_data / "shopify-partner-csvs/home-and-garden.csv")
    assert Product.objects.count() == 40

    run(shared_data / "shopify-packt/products_export_1.csv")

    assert Product.objects.count() == 60
    assert Variant.objects.count() == 64
    assert Price.objects.count() == 64
    assert set(Product.objects.values_list("status", flat=True)) == {"active"}
    assert Variant.objects.filter(is_stock_tracked=True).count() == 2
    assert ImportProblem.objects.exclude(severity="note").count() == 0


@pytest.mark.parametrize(
    ("name", "format", "created", "skipped"),
    [
        ("shopify-partner-csvs/apparel.csv", "shopify", 20, 0),
        ("shopify-partner-csvs/home-and-garden.csv", "shopify", 20, 0),
        ("shopify-packt/products_export_1.csv", "shopify", 20, 0),
        ("shopify-template-2023/product_template.csv", "shopify", 3, 0),
        ("shopify-template-2025/product_template.csv", "shopify", 2, 0),
        ("woo-sample/sample_products.csv", "woocommerce", 13, 2),
    ],
)
def test_every_real_file_imports_whole_and_a_second_time_changes_nothing(
    *, run: Run, shared_data: Path, name: str, format: str, created: int, skipped: int
) -> None:
    first = run(shared_data / name, format=format)
    before, versions = counts(), list(Product.objects.order_by("id").values_list("id", "version", "updated_at"))
    assert last() == (created, 0, 0, skipped, 0)

    run(shared_data / name, format=format)

    assert last() == (0, 0, created, skipped, 0)
    assert counts() == before
    assert list(Product.objects.order_by("id").values_list("id", "version", "updated_at")) == versions
    assert f"{created} created" in first


def test_untracked_stock_stays_untracked(run: Run, shared_data: Path) -> None:
    run(shared_data / "shopify-partner-csvs/home-and-garden.csv")

    tracked = Variant.objects.get(is_stock_tracked=True)
    level = StockLevel.objects.get()
    assert level.variant == tracked
    assert level.on_hand == StockMovement.objects.get().on_hand_delta
    assert StockMovement.objects.get().reason == "Import of home-and-garden.csv"
    assert Variant.objects.filter(is_stock_tracked=False).count() == 20


def test_destroyed_barcodes_are_kept_as_text_and_reported(run: Run, shared_data: Path, tmp_path: Path) -> None:
    out = run(shared_data / "shopify-template-2023/product_template.csv")

    variant = Variant.objects.get(sku="SRT_COT_111")
    assert variant.barcode == "3.65275E+11"
    assert ImportProblem.objects.filter(code="barcode_destroyed").count() == 16
    report = (tmp_path / "product_template.csv.report.csv").read_text().splitlines()
    assert report[0] == "line,column,handle,severity,code,reason,value"
    assert sum("barcode_destroyed" in line for line in report) == 16
    assert "19 warnings: product_template.csv.report.csv has the lines." in out


def test_everything_of_a_product_arrives(run: Run) -> None:
    run(
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Status,SEO Title,Option1 Name,Option1 Value,"
        "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
        "Variant Price,Variant Compare At Price,Variant Barcode,Cost per item,Variant Taxable,"
        "Variant Requires Shipping,Image Src,Image Alt Text,Variant Image\n"
        'mesa,Mesa de té,<p onclick=x>Pino</p>,Acme,Hogar > Mesas,Mueble,"pino, sala",active,Mesa buena,Talla,S,'
        "'M-1,1500.5,shopify,7,continue,19.99,29.99,036000291452,8,TRUE,TRUE,https://img.test/a.jpg,De frente,\n"
        "mesa,,,,,,,,,,L,M-2,,shopify,0,deny,24.99,,,,TRUE,TRUE,https://img.test/b.jpg,,https://img.test/b.jpg\n"
    )

    product = Product.objects.get()
    assert (product.slug, product.title, product.description) == ("mesa", "Mesa de té", "<p>Pino</p>")
    assert (str(product.brand), product.product_type, product.tags) == ("Acme", "Mueble", ["pino", "sala"])
    assert [str(category) for category in product.categories.all()] == ["Mesas"]
    assert Category.objects.get_parent(Category.objects.get(name="Mesas")).name == "Hogar"
    assert [(o.name, o.values) for o in product.options.all()] == [("Talla", ["S", "L"])]
    small, large = product.variants.all()
    assert (small.sku, small.option_values, str(small.weight_grams)) == ("M-1", ["S"], "1500.500000")
    assert (small.barcode, small.cost_amount, small.cost_currency) == ("036000291452", 800, "EUR")
    assert [(p.amount, p.compare_at_amount) for p in small.prices.all()] == [(1999, 2999)]
    assert [(p.amount, p.compare_at_amount) for p in large.prices.all()] == [(2499, None)]
    levels = {level.variant.sku: (level.on_hand, level.backorder_limit) for level in StockLevel.objects.all()}
    assert levels == {"M-1": (7, None), "M-2": (0, 0)}
    assert [(m.url, m.alt, m.position) for m in product.media.all()] == [
        ("https://img.test/a.jpg", "De frente", 0),
        ("https://img.test/b.jpg", "", 1),
    ]
    assert [m.url for m in large.media.all()] == ["https://img.test/b.jpg"]
    assert list(small.media.all()) == []


def test_a_missing_column_keeps_and_a_blank_cell_clears(run: Run) -> None:
    run("Handle,Title,Vendor,Tags,Price,Compare-at price,SKU,Cost per item\nmesa,Mesa,Acme,pino,10,12,M-1,5\n")

    run("Handle,Title,Tags,Price,Compare-at price,Cost per item\nmesa,Mesa,,11,,\n")

    product = Product.objects.get()
    variant = product.variants.get()
    assert (str(product.brand), product.tags) == ("Acme", [])
    assert (variant.sku, variant.cost_amount, variant.cost_currency) == ("M-1", None, "")
    assert [(p.amount, p.compare_at_amount) for p in variant.prices.all()] == [(1100, None)]
    assert last() == (0, 1, 0, 0, 0)


def test_a_file_without_titles_updates_and_cannot_create(run: Run) -> None:
    run("Handle,Title,SKU,Price\nmesa,Mesa,M-1,10\n")

    run("Handle,SKU,Price\nmesa,M-1,12\nsilla,S-1,5\n")

    assert Price.objects.get().amount == 1200
    assert last() == (0, 1, 0, 0, 1)
    assert list(ImportProblem.objects.filter(severity="error").values_list("code", "line", "handle")) == [
        ("title_missing", 3, "silla")
    ]


def test_variants_are_known_by_sku_then_by_options_and_others_stay(run: Run) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Price\n"
    run(header + "mesa,Mesa,Size,S,M-1,10\nmesa,,,M,,11\nmesa,,,L,M-3,12\n")
    ids = {tuple(v.option_values): v.id for v in Variant.objects.all()}

    run(header + "mesa,Mesa,Size,Small,M-1,10\nmesa,,,m,M-2,11\nmesa,,,XL,M-4,13\n")

    product = Product.objects.get()
    found = [(v.option_values, v.sku) for v in product.variants.all()]
    assert found == [(["Small"], "M-1"), (["m"], "M-2"), (["L"], "M-3"), (["XL"], "M-4")]
    assert product.variants.get(sku="M-1").id == ids["S",]
    assert product.variants.get(sku="M-2").id == ids["M",]
    assert product.options.get().values == ["m", "L", "Small", "XL"]


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


def test_records_that_come_back_later_go_on_with_their_product(run: Run) -> None:
    text = (
        "Handle,Title,Vendor,Option1 Name,Option1 Value,Price,Image Src\n"
        "mesa,Mesa,Acme,Size,S,10,https://img.test/a.jpg\n"
        "silla,Silla,Acme,,,5,\n"
        "mesa,,,,M,12,https://img.test/b.jpg\n"
    )
    run(text)

    product = Product.objects.get(slug="mesa")
    assert [v.option_values for v in product.variants.all()] == [["S"], ["M"]]
    assert product.options.get().values == ["S", "M"]
    assert [m.url for m in product.media.all()] == ["https://img.test/a.jpg", "https://img.test/b.jpg"]
    assert last() == (2, 1, 0, 0, 0)
    run(text)
    assert last() == (0, 0, 3, 0, 0)


def test_a_product_that_was_renamed_is_still_known_by_its_old_handle(run: Run) -> None:
    run("Handle,Title,SKU,Price\nmesa,Mesa,M-1,10\n")
    product = Product.objects.get()
    product.slug = "mesa-grande"
    product.save()

    run("Handle,Title,SKU,Price\nmesa,Mesa nueva,M-1,10\n")

    product.refresh_from_db()
    assert (Product.objects.count(), product.slug, product.title) == (1, "mesa-grande", "Mesa nueva")
    assert last() == (0, 1, 0, 0, 0)
    run("Handle,Title,SKU,Price\nmesa,Mesa nueva,M-1,10\nmesa-grande,Mesa final,M-1,11\n")
    product.refresh_from_db()
    assert (product.title, Price.objects.get().amount) == ("Mesa final", 1100)
    assert last() == (0, 1, 1, 0, 0)


def test_stock_that_orders_were_promised_is_left_and_reported(run: Run) -> None:
    header = "Handle,Title,SKU,Price,Variant Inventory Tracker,Variant Inventory Qty\n"
    run(header + "mesa,Mesa,M-1,10,shopify,5\n")
    StockLevel.objects.update(reserved=3)

    run(header + "mesa,Mesa,M-1,12,shopify,2\n")

    assert StockLevel.objects.get().on_hand == 5
    assert Price.objects.get().amount == 1200
    warning = ImportProblem.objects.get(severity="warning")
    assert (warning.code, warning.line, warning.handle) == ("stock_promised", 2, "mesa")


def test_every_new_product_can_be_found_by_its_words_and_its_sku(run: Run) -> None:
    run("Handle,Title,Vendor,Variant SKU,Price\nmesa,Mesa de roble,Acme,RB-77,10\n")

    product = Product.objects.get()
    assert product.version > 0
    for word in ("roble", "acme", "77"):
        query = SearchQuery(word, config="products_words")
        assert Product.objects.filter(search=query).count() == 1, word


def test_prices_of_other_markets_and_other_times_stay(run: Run, market: Market) -> None:
    chile = Market.objects.create(
        code="cl", name="Chile", currency="CLP", countries=["CL"], languages=["es"], prices_include_tax=True
    )
    run("Handle,Title,SKU,Price\nmesa,Mesa,M-1,10\n")

    run("Handle,Title,SKU,Price\nmesa,Mesa,M-1,9990\n", market="cl")

    variant = Variant.objects.get()
    assert {p.market.code: p.amount for p in variant.prices.all()} == {"eu": 1000, "cl": 9990}
    run("Handle,SKU,Price\nmesa,M-1,\n", market="cl")
    assert {p.market.code: p.amount for p in variant.prices.all()} == {"eu": 1000}
    assert chile.prices.count() == 0


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Price,Gift Card\n"
    run(header + "mesa,Mesa,,,M-1,10,\nigual,Igual,,,I-1,1,\n")
    before = counts(), Import.objects.count(), ImportProblem.objects.count()

    out = run(
        header + "mesa,Mesa grande,,,M-1,12,\nigual,Igual,,,I-1,1,\nnueva,Nueva,Size,S,N-1,5,\nvale,Vale,,,,5,TRUE\n"
        "mala,Mala,,,,x,\nnueva,,,M,N-2,6,\n",
        "--dry-run",
    )

    assert [line for line in out.splitlines() if line.startswith(("create", "change", "skip", "refuse"))] == [
        "change  mesa  title, price of M-1",
        "create  nueva  Nueva",
        "skip    vale  line 5: Gift cards are not products here; this one was left out.",
        "refuse  mala  line 6: 'x' is not a plain decimal amount such as 19.99.",
        "change  nueva  variants",
    ]
    assert "6 products in file.csv: 1 would be created, 2 would be changed, 1 unchanged, 1 skipped, 1 failed" in out
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


def test_woocommerce_attributes_become_properties_that_can_be_filtered(run: Run, shared_data: Path) -> None:
    run(shared_data / "woo-sample/sample_products.csv", format="woocommerce")

    assert Product.objects.get(slug="t-shirt").attributes == {"size": "Large, Medium, Small"}
    assert Product.objects.get(slug="cap").attributes == {"color": "Yellow"}
    assert set(Attribute.objects.values_list("code", "name", "kind")) == {
        ("color", "Color", "text"),
        ("size", "Size", "text"),
    }
    clothing = Category.objects.get(name="Clothing")
    assert sorted(child.name for child in Category.objects.get_children(clothing)) == [
        "Accessories",
        "Hoodies",
        "Tshirts",
    ]


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


def test_a_category_gets_a_free_slug_however_often_it_is_renamed(run: Run) -> None:
    text = "Handle,Title,Product Category,Price\nmesa{0},Mesa,Home > Tables,10\n"
    for number in range(6):
        run(text.format(number))
        Category.objects.filter(name="Tables").update(name=f"Tables {number}")
    assert (Product.objects.count(), Category.objects.count()) == (6, 7)


def test_statements_of_development_are_not_kept(run: Run, settings: LazySettings) -> None:
    settings.DEBUG = True
    sizes = []
    for count in (2, 20):
        run("Handle,Title,Price\n" + "".join(f"m{count}-{n},Mesa,10\n" for n in range(count)), "--batch-size", "1")
        sizes.append(len(connection.queries_log))
        connection.queries_log.clear()
    assert 0 < sizes[0] == sizes[1]
