"""The catalogue out and in again: nothing changes, nothing is lost."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inventory.models import StockMovement
from products.importing.models import Import, ImportProblem
from products.models import (
    Attribute,
    Brand,
    Category,
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)
from tests.factories.catalogue import (
    attribute_make,
    category_make,
    collection_make,
    location_make,
    market_make,
    price_make,
    product_make,
    stock_make,
    tax_category_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db

REAL = [
    ("shopify-partner-csvs/apparel.csv", "shopify"),
    ("shopify-partner-csvs/home-and-garden.csv", "shopify"),
    ("shopify-packt/products_export_1.csv", "shopify"),
    ("shopify-template-2023/product_template.csv", "shopify"),
    ("shopify-template-2025/product_template.csv", "shopify"),
    ("woo-sample/sample_products.csv", "woocommerce"),
]


def import_file(path: Path, file_format: str, market: str = "eu") -> Import:
    market_make()
    location_make()
    call_command(
        "import_products",
        path,
        "--format",
        file_format,
        "--market",
        market,
        "--report",
        path.parent / "r.csv",
        verbosity=0,
        stdout=StringIO(),
    )
    return Import.objects.latest("created_at")


def export_file(path: Path, file_format: str, *options: str) -> bytes:
    call_command("export_products", path, "--format", file_format, *options)
    return path.read_bytes()


@pytest.mark.parametrize("file_format", ["shopify", "tienda"])
@pytest.mark.parametrize(("name", "made_by"), REAL)
def test_a_round_trip_of_every_real_catalogue_changes_nothing(
    *, tmp_path: Path, shared_data: Path, name: str, made_by: str, file_format: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes((shared_data / name).read_bytes())
    import_file(source, made_by)
    count = Product.objects.count()
    movement_count = StockMovement.objects.count()
    versions = dict(Product.objects.values_list("slug", "version"))

    first = export_file(tmp_path / "out", file_format, "--market", "eu")
    row = import_file(tmp_path / "out", file_format)

    assert (row.unchanged_count, row.done_count) == (count, count)
    assert row.error_count == 0
    assert dict(Product.objects.values_list("slug", "version")) == versions
    assert StockMovement.objects.count() == movement_count
    assert export_file(tmp_path / "again", file_format, "--market", "eu") == first


def everything() -> Product:
    """Return a product that has all that a product can have."""
    eu, us = market_make(), us_market_make()
    far = location_make("far", position=1)
    location_make()
    tax_category_make("books")
    attribute_make("material")
    attribute_make("seats", "integer", unit="people")
    attribute_make("foldable", "boolean")
    attribute_make("finish", "choice", choices=["matt", "gloss"])
    home = category_make("Home")
    tables = category_make("Tables", parent=home)
    product = product_make(
        "=HYPERLINK() 'Mesa'",
        price=None,
        stock=None,
        slug="mesa",
        description='<p>Pino, "bueno"\n&amp; caro</p>',
        brand=Brand.objects.create(name="-Acme-", slug="acme"),
        tax_category=tax_category_make("books"),
        product_type="+Mueble",
        is_gift_card=True,
        tags=["@sala", "pino"],
        attributes={"material": "oak", "seats": 4, "foldable": False, "finish": "matt"},
        seo_title="'Tis a table",
        seo_description="La mejor.",
        metadata={"erp": "4711", "n": 1, "none": None},
        published_from=datetime(2026, 1, 1, tzinfo=UTC),
        published_until=datetime(2030, 1, 1, 12, 30, 0, 123456, tzinfo=UTC),
        status="archived",
        categories=[tables, home],
        variants=[
            {
                "sku": "=M-1",
                "option_values": ["S", "-5"],
                "barcode": "036000291452",
                "weight_grams": "1500.5",
                "length_mm": 100,
                "width_mm": 200,
                "height_mm": 300,
                "max_order_quantity": 3,
                "max_customer_quantity": 7,
                "cost_amount": 700,
                "cost_currency": "EUR",
                "is_stock_tracked": True,
                "released_on": "2026-12-24",
                "metadata": {"bin": "A1"},
            },
            {"sku": "", "option_values": ["M", "'x"], "requires_shipping": False, "is_taxable": False},
        ],
    )
    ProductOption.objects.create(product=product, name="Size", values=["M", "S"], position=0)
    ProductOption.objects.create(product=product, name="=Tone", values=["-5", "'x"], position=1)
    ProductTranslation.objects.create(product=product, language="es", title="Mesa", description="<p>Sí</p>")
    small, medium = variant_of(product, 0), variant_of(product, 1)
    change = datetime(2026, 6, 1, tzinfo=UTC)
    price_make(small, 1999, market=eu, compare_at_amount=2999, valid_until=change)
    price_make(small, 1899, market=eu, valid_from=change)
    price_make(small, 2100, market=us)
    price_make(medium, 0, market=eu)
    stock_make(small, 7, backorder_limit=5, low_stock_threshold=2)
    stock_make(small, 1, location=far, backorder_limit=None)
    first = Media.objects.create(product=product, url="https://img.test/a.jpg?v=1&w=2", alt="+Front", position=0)
    own = Media(product=product, alt="", width=10, height=20, renditions={"480": "products/a-480.webp"}, position=1)
    own.__dict__["file"] = "products/2026/11/a.webp"
    own.save()
    small.media.set([first, own])
    medium.media.set([own])
    collection_make("Summer", products=[product])
    return product


def test_our_own_format_brings_a_lost_catalogue_back_whole(tmp_path: Path) -> None:
    product = everything()
    before = export_file(tmp_path / "before.jsonl", "tienda")
    StockMovement.objects.all()
    inventory_forgotten(product)

    row = import_file(tmp_path / "before.jsonl", "tienda")

    assert (row.created_count, row.failed_count, row.warning_count) == (1, 0, 0)
    assert export_file(tmp_path / "after.jsonl", "tienda") == before
    assert import_file(tmp_path / "before.jsonl", "tienda").unchanged_count == 1
    line = json.loads(before)
    assert line["categories"] == [["Home", "Tables"], ["Home"]]
    assert line["variants"][0]["images"] == [0, 1]
    assert line["variants"][0]["weight_grams"] == "1500.5"
    assert [(price["market"], price["amount"]) for price in line["variants"][0]["prices"]] == [
        ("eu", 1999),
        ("eu", 1899),
        ("us", 2100),
    ]


def inventory_forgotten(product: Product) -> None:
    """Lose a product with all that it brought along, but for what an import expects to be there."""
    for variant in product.variants.all():
        variant.stock_levels.all().delete()
    product.delete()
    for model in (Brand, Attribute, Category):
        model.objects.all().delete()
    assert (Price.objects.count(), Media.objects.count(), ProductCategory.objects.count()) == (0, 0, 0)


def test_shopify_columns_of_everything_come_back_unchanged(tmp_path: Path) -> None:
    everything()

    content = export_file(tmp_path / "out.csv", "shopify", "--market", "eu").decode()
    row = import_file(tmp_path / "out.csv", "shopify")

    assert (row.unchanged_count, row.error_count) == (1, 0), list(ImportProblem.objects.values_list("reason"))
    first, second = csv.DictReader(StringIO(content))
    assert first["Title"] == "'=HYPERLINK() 'Mesa'"
    assert (first["Variant SKU"], first["Vendor"], first["SEO Title"]) == ("'=M-1", "'-Acme-", "''Tis a table")
    assert first["Product Category"] == "Home > Tables"
    assert (first["Variant Inventory Qty"], first["Variant Inventory Policy"]) == ("7", "continue")
    assert (first["Status"], first["Published"]) == ("archived", "FALSE")
    assert first["Variant Price"] == "18.99"
    assert second["Image Src"] == "http://localhost:8000/media/products/2026/11/a.webp"
    assert second["Title"] == ""


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    everything()

    content = export_file(tmp_path / "out.csv", "shopify", "--market", "eu").decode()

    cells = [cell for record in csv.reader(StringIO(content)) for cell in record]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell] == []


def test_costs_in_another_currency_leave_out_their_column(tmp_path: Path) -> None:
    everything()

    header = export_file(tmp_path / "us.csv", "shopify", "--market", "us").decode().splitlines()[0]
    row = import_file(tmp_path / "us.csv", "shopify", "us")

    assert "Cost per item" not in header
    assert row.unchanged_count == 1
    assert Variant.objects.get(sku="=M-1").cost_amount == 700


def test_a_product_of_more_than_three_options_comes_back(tmp_path: Path) -> None:
    market_make()
    product = product_make("Many", variants=[{"option_values": ["a", "b", "c", "d"]}])
    for position in range(4):
        ProductOption.objects.create(product=product, name=f"O{position}", values=["abcd"[position]], position=position)

    export_file(tmp_path / "out.csv", "shopify")

    assert import_file(tmp_path / "out.csv", "shopify").unchanged_count == 1


def test_products_without_variants_or_prices_come_back(tmp_path: Path) -> None:
    product_make("Bare", variants=0)
    product_make("Unpriced", price=None)
    product_make("Untracked", stock=None)

    export_file(tmp_path / "out.csv", "shopify")
    row = import_file(tmp_path / "out.csv", "shopify")

    assert (row.unchanged_count, row.error_count) == (3, 0)


def test_the_number_of_queries_does_not_grow_with_the_products(
    tmp_path: Path, django_assert_max_num_queries: Callable
) -> None:
    for _ in range(30):
        product_make(variants=2)

    with django_assert_max_num_queries(18):
        export_file(tmp_path / "out.csv", "shopify")


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    market_make()
    path = tmp_path / "out.csv"
    path.write_text("old")

    with pytest.raises(CommandError, match="There is no active market 'nowhere'"):
        export_file(path, "shopify", "--market", "nowhere")
    with pytest.raises(CommandError, match="No such file or directory"):
        export_file(tmp_path / "missing" / "out.csv", "shopify")

    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]
