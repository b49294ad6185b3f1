"""Files into the catalogue: counts, idempotency, what changes and what stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.postgres.search import SearchQuery
from django.db import connection

from inventory.models import StockLevel, StockMovement
from markets.models import Market
from products.importing.models import ImportProblem
from products.models import Attribute, Category, Price, Product, Variant
from tests.products.imports.outcome import counts, last

pytestmark = pytest.mark.django_db

Run = Callable[..., str]


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
