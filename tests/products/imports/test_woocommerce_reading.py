"""WooCommerce's CSV: variations anywhere in the file, several types in one cell, units and languages in the header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from products.importing import woocommerce
from products.importing.opening import FileUnreadable
from products.importing.rows import KEEP, ImportedAttribute, ImportedPrice, Severity
from tests.products.imports.conftest import Reading, read_with

Read = Callable[..., Reading]


def test_the_sample_is_thirteen_products_and_two_that_nobody_can_buy(shared_data: Path) -> None:
    reading = read_with(woocommerce, shared_data / "woo-sample/sample_products.csv")

    written = [product for product in reading.products if product.verdict is None]
    left_out = [(product.title, product.verdict) for product in reading.products if product.verdict is not None]
    assert len(written) == 13
    assert left_out == [("Logo Collection", Severity.SKIPPED), ("ClassicPress Donation", Severity.SKIPPED)]
    assert sum(len(product.variants) for product in written) == 20
    assert reading.loose == []


def test_variations_of_the_sample_find_their_parent_far_up(shared_data: Path) -> None:
    reading = read_with(woocommerce, shared_data / "woo-sample/sample_products.csv")
    products = {product.handle: product for product in reading.products}

    hoodie, shirt = products["hoodie"], products["t-shirt"]
    assert hoodie.option_names == ("Color", "Logo")
    assert sorted(variant.option_values or () for variant in hoodie.variants) == [
        (color, logo) for color in ("Blue", "Green", "Red") for logo in ("No", "Yes")
    ]
    red = next(variant for variant in hoodie.variants if variant.sku == "cc-hoodie-red")
    assert (red.price_amount, red.compare_at_amount) == (4200, 4500)
    assert red.image_keys == (
        "https://classiccommerce.cc/wp-content/downloads/sample-data-images/hoodie-no-pocket-red.png",
    )
    assert shirt.option_names == ("Color",)
    assert shirt.attributes == (ImportedAttribute(code="size", name="Size", value="Large, Medium, Small"),)
    assert [variant.option_values for variant in shirt.variants] == [("Red",), ("Blue",), ("Green",)]
    assert [(p.code, p.line) for p in shirt.problems] == [("option_any", 21)]


def test_several_types_in_one_cell_and_unmanaged_stock(shared_data: Path) -> None:
    reading = read_with(woocommerce, shared_data / "woo-sample/sample_products.csv")
    products = {product.handle: product for product in reading.products}

    album = products["album"].variants[0]
    assert (album.requires_shipping, album.is_stock_tracked, album.on_hand) == (False, False, KEEP)
    assert products["beanie"].category_paths == (("Clothing", "Accessories"),)
    assert products["hoodie-with-pocket"].status == "draft"


HEADER = "ID,Type,SKU,Name,Published,Stock,Regular price,Parent,Position,Attribute 1 name,Attribute 1 value(s)\n"


def test_variations_may_come_before_their_parent_and_name_it_by_id(woo_file: Read) -> None:
    reading = woo_file(
        HEADER
        + "11,variation,m-l,,1,3,12,id:10,2,Size,L\n"
        + "12,variation,m-s,,1,,10,id: 10,1,Size,S\n"
        + '10,variable,mesa,Mesa,1,,,,0,Size,"S, L"\n'
    )

    product = reading.products[0]
    assert [(v.sku, v.option_values, v.line) for v in product.variants] == [("m-s", ("S",), 3), ("m-l", ("L",), 2)]
    assert [(v.is_stock_tracked, v.on_hand) for v in product.variants] == [(False, KEEP), (True, 3)]
    assert reading.codes == []


def test_a_variation_without_its_parent_is_reported(woo_file: Read) -> None:
    reading = woo_file(HEADER + "11,variation,m-l,,1,3,12,mesa,2,Size,L\n12,variation,x,,1,3,12,,2,Size,L\n")

    assert reading.products == []
    assert [(p.code, p.line, p.value) for p in reading.loose] == [
        ("parent_missing", 2, "mesa"),
        ("parent_missing", 3, ""),
    ]


def test_two_products_of_one_name_get_handles_of_their_own(woo_file: Read) -> None:
    reading = woo_file(HEADER + "1,simple,a-1,Mesa,1,,5,,0,,\n2,simple,b-2,Mesa,1,,6,,0,,\n3,simple,,猫,1,,6,,0,,\n")

    assert [product.handle for product in reading.products] == ["mesa", "mesa-b-2", "product-3"]


def test_the_same_sku_or_id_twice_is_reported(woo_file: Read) -> None:
    reading = woo_file(
        HEADER + "1,simple,a-1,Mesa,1,,5,,0,,\n1,simple,b-2,Silla,1,,6,,0,,\n3,simple,a-1,Cama,1,,6,,0,,\n"
    )

    assert [product.handle for product in reading.products] == ["mesa"]
    assert [(p.code, p.line, p.column, p.value) for p in reading.loose] == [
        ("twice", 3, "ID", "1"),
        ("twice", 4, "SKU", "a-1"),
    ]


def test_units_stand_in_the_header(woo_file: Read) -> None:
    variant = (
        woo_file("Type,Name,Weight (lbs),Length (in),Width (cm),Height (ells)\nsimple,Mesa,2.5,10,10.26,3\n")
        .products[0]
        .variants[0]
    )

    assert str(variant.weight_grams) == "1133.980925"
    assert (variant.length_mm, variant.width_mm, variant.height_mm) == (254, 103, KEEP)


def test_spanish_headers_are_known(woo_file: Read) -> None:
    product = woo_file(
        "ID,Tipo,SKU,Nombre,Publicado,Descripción,¿Existencias?,Inventario,Peso (kg),Precio rebajado,Precio normal,"
        "Categorías,Etiquetas,Nombre del atributo 1,Valor(es) del atributo 1,Atributo visible 1\n"
        'á1,simple,m-1,Mesa,1,Bonita.\\nDe pino.,1,4,"12.5",80,100,Muebles > Mesas,"pino, sala",Color,Natural,1\n'
    ).products[0]

    variant = product.variants[0]
    assert (product.title, product.html, product.tags) == ("Mesa", "Bonita.\nDe pino.", ("pino", "sala"))
    assert product.category_paths == (("Muebles", "Mesas"),)
    assert product.attributes == (ImportedAttribute(code="color", name="Color", value="Natural"),)
    assert (variant.price_amount, variant.compare_at_amount, variant.on_hand) == (8000, 10000, 4)
    assert str(variant.weight_grams) == "12500.000000"


def test_headers_in_an_unknown_language_stop_the_import(woo_file: Read) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        woo_file("ID,Typ,Artikelnummer,Name\n1,simple,a,Tisch\n")

    assert refusal.value.problem.code == "column_missing"
    assert "another language" in refusal.value.problem.reason


SALE = "Type,Name,Regular price,Sale price,Date sale price starts,Date sale price ends\n"


def test_a_sale_with_dates_becomes_prices_that_follow_each_other(woo_file: Read) -> None:
    variant = woo_file(SALE + "simple,Mesa,100,80,2026-11-01,2026-11-30\n").products[0].variants[0]

    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert (variant.price_amount, variant.compare_at_amount) == (KEEP, KEEP)
    assert variant.prices == (
        ImportedPrice(amount=10000, valid_until=start),
        ImportedPrice(amount=8000, compare_at_amount=10000, valid_from=start, valid_until=end),
        ImportedPrice(amount=10000, valid_from=end),
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("simple,Mesa,100,80,2026-11-30,2026-11-01\n", "sale_dates"),
        ("simple,Mesa,100,80,soon,\n", "date"),
        ("simple,Mesa,100,80,2026-02-31,\n", "date"),
        ("simple,Mesa,100,80,,9999-12-31\n", "date"),
        ("simple,Mesa,100,80,0001-01-01T00:00:00+14:00,\n", "date"),
        ("simple,Mesa,100,100,,\n", "compare_at_not_above"),
        ("simple,,100,,,\n", "title_missing"),
        ("subscription,Mesa,100,,,\n", "type"),
        ("simple,Mesa,,,,\n", "price_missing"),
    ],
)
def test_what_does_not_add_up_is_reported(woo_file: Read, row: str, code: str) -> None:
    assert [found for found, _, _ in woo_file(SALE + row).codes] == [code]


def test_unmanaged_stock_that_is_out_of_stock_is_not_for_sale(woo_file: Read) -> None:
    reading = woo_file(
        "Type,Name,In stock?,Stock,Backorders allowed?\nsimple,A,0,,0\nsimple,B,1,,notify\nsimple,C,1,parent,1\n"
    )

    stock = [(v.is_stock_tracked, v.on_hand, v.is_backorderable) for p in reading.products for v in p.variants]
    assert stock == [(True, 0, False), (False, KEEP, True), (True, 0, True)]
    assert reading.codes == [("stock_of_parent", 4, "Stock")]


def test_some_variations_for_any_value_get_one_of_their_own(woo_file: Read) -> None:
    product = woo_file(
        HEADER
        + '10,variable,mesa,Mesa,1,,,,0,Size,"S, L"\n'
        + "11,variation,m-l,,1,3,12,mesa,1,Size,L\n12,variation,m-any,,1,3,12,mesa,2,Size,\n"
    ).products[0]

    assert [variant.option_values for variant in product.variants] == [("L",), ("Any",)]
    assert [(p.code, p.line, p.severity) for p in product.problems] == [("option_any", 4, Severity.WARNING)]


def test_a_variable_product_without_variations_says_so(woo_file: Read) -> None:
    product = woo_file(HEADER + "10,variable,mesa,Mesa,1,,,,0,Size,S\n").products[0]

    assert (product.variants, [p.code for p in product.problems]) == ((), ["variations_missing"])


def test_escaped_commas_are_part_of_a_value(woo_file: Read) -> None:
    product = woo_file(
        'Type,Name,Tags,Categories\nsimple,Mesa,"big\\, round, pine","Home, Garden > Tables"\n'
    ).products[0]

    assert product.tags == ("big, round", "pine")
    assert product.category_paths == (("Home",), ("Garden", "Tables"))


def test_skipping_products_resumes_where_another_run_stopped(woo_file: Read) -> None:
    text = HEADER + "".join(f"{n},simple,s-{n},Mesa {n},1,,5,,0,,\n" for n in range(1, 6)) + "bad\n"

    whole, rest = woo_file(text), woo_file(text, skip=3)

    assert [product.handle for product in rest.products] == ["mesa-4", "mesa-5"]
    assert rest.products == whole.products[3:]
    assert (len(whole.loose), rest.loose) == (1, [])
