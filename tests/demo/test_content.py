"""The demo shop's files agree with each other and with what the shop accepts."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from stdnum import ean

from demo import loader
from demo.drawing import KINDS
from demo.loader import Category, Content, ContentError
from users.addresses import address_check

CONTENT = loader.read()
VARIANTS = [(product, variant) for product in CONTENT.products for variant in product.variants]
MARKETS = {market.code for market in CONTENT.setup.markets}


def all_categories(content: Content) -> list[Category]:
    """Return every category of the tree."""
    found: list[Category] = []
    waiting = list(content.categories)
    while waiting:
        category = waiting.pop()
        found.append(category)
        waiting.extend(category.children)
    return found


def repeated(values: list[str]) -> list[str]:
    """Return what stands in a list more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def test_the_shop_has_the_size_that_its_pages_promise() -> None:
    assert len(CONTENT.products) == 65
    assert len(VARIANTS) == 174
    assert len(CONTENT.categories) == 8
    assert len(CONTENT.collections) == 5
    assert [bool(collection.rule) for collection in CONTENT.collections] == [False, False, False, True, True]
    assert 3 <= len(CONTENT.brands) <= 5
    assert {"eu", "us"} == MARKETS


def test_slugs_skus_and_barcodes_are_unique() -> None:
    assert repeated([product.slug for product in CONTENT.products]) == []
    assert repeated([category.slug for category in all_categories(CONTENT)]) == []
    assert repeated([collection.slug for collection in CONTENT.collections]) == []
    assert repeated([variant.sku for _, variant in VARIANTS]) == []
    assert repeated([variant.barcode for _, variant in VARIANTS if variant.barcode]) == []
    assert repeated([person.email for person in CONTENT.people]) == []


def test_barcodes_are_valid_and_can_never_be_those_of_a_real_product() -> None:
    for product, variant in VARIANTS:
        if product.requires_shipping:
            assert ean.is_valid(variant.barcode), variant.sku
            assert re.fullmatch(r"02\d{11}", variant.barcode), variant.sku
        else:
            assert variant.barcode == ""


def test_everything_that_is_referred_to_exists() -> None:
    brands = {brand.slug for brand in CONTENT.brands}
    categories = {category.slug for category in all_categories(CONTENT)}
    products = {product.slug for product in CONTENT.products}
    tax_categories = {category.code for category in CONTENT.setup.tax_categories} | {""}
    locations = {location.code for location in CONTENT.setup.locations}
    for product in CONTENT.products:
        assert product.brand in brands, product.slug
        assert product.categories, product.slug
        assert set(product.categories) <= categories, product.slug
        assert product.tax_category in tax_categories, product.slug
        assert product.picture.kind in KINDS, product.slug
        for variant in product.variants:
            assert product.colour_of(variant) in CONTENT.colours, variant.sku
            assert set(variant.stock or {}) <= locations, variant.sku
    for collection in CONTENT.collections:
        assert set(collection.products) <= products, collection.slug


def test_price_lists_ask_less_than_the_price_and_less_for_more() -> None:
    people = {person.key for person in CONTENT.people if person.has_account}
    prices = {variant.sku: (product, variant) for product, variant in VARIANTS}
    for row in CONTENT.price_lists:
        assert set(row.members) <= people, row.code
        assert bool(row.members) == bool(row.group), row.code
        for sku, tiers in row.prices.items():
            product, variant = prices[sku]
            amounts = [product.price_of(variant, row.market), *tiers.values()]
            assert amounts == sorted(set(amounts), reverse=True), (row.code, sku)
            assert list(tiers) == sorted(tiers, key=int), (row.code, sku)


def test_every_drawing_is_used_by_one_product() -> None:
    assert repeated([product.picture.kind for product in CONTENT.products]) == []
    assert {product.picture.kind for product in CONTENT.products} == KINDS


def test_attributes_have_their_declared_type_and_choices() -> None:
    declared = {attribute.code: attribute for attribute in CONTENT.attributes}
    types = {"text": str, "choice": str, "integer": int, "boolean": bool}
    for product in CONTENT.products:
        for code, value in product.attributes.items():
            attribute = declared[code]
            assert type(value) is types[attribute.kind], (product.slug, code)
            if attribute.kind == "choice":
                assert value in attribute.choices, (product.slug, code)
    used = {code for product in CONTENT.products for code in product.attributes}
    assert used == set(declared)


def test_a_variant_is_one_choice_of_each_option_and_no_choice_is_there_twice() -> None:
    for product in CONTENT.products:
        choices = [variant.options for variant in product.variants]
        assert len(set(choices)) == len(choices), product.slug
        for choice in choices:
            assert len(choice) == len(product.options), product.slug
            for value, option in zip(choice, product.options, strict=True):
                assert value in option.values, product.slug
        offered = {value for option in product.options for value in option.values}
        assert offered == {value for choice in choices for value in choice}, product.slug


def test_every_variant_has_a_price_in_each_market_below_what_it_is_compared_with() -> None:
    for product, variant in VARIANTS:
        for market in MARKETS:
            price = product.price_of(variant, market)
            compared = product.compare_at_of(variant, market)
            assert type(price) is int
            assert 100 <= price < 100_000, variant.sku
            assert compared is None or compared > price, variant.sku
    on_sale = {product.slug for product, variant in VARIANTS if product.compare_at_of(variant, "eu")}
    assert len(on_sale) >= 5


def test_what_is_shipped_has_weight_and_size_and_what_is_not_has_no_stock() -> None:
    for product, variant in VARIANTS:
        if product.requires_shipping:
            assert (variant.weight_grams or product.weight_grams or 0) > 0, variant.sku
            assert min(variant.size_mm or product.size_mm or (0,)) > 0, variant.sku
            assert variant.stock is not None, variant.sku
        else:
            assert variant.stock is None, variant.sku


def test_stock_shows_every_case() -> None:
    quantities = [sum(variant.stock.values()) for _, variant in VARIANTS if variant.stock is not None]
    assert quantities.count(0) >= 5
    assert len([quantity for quantity in quantities if 1 <= quantity <= 3]) >= 8
    assert [variant.sku for _, variant in VARIANTS if variant.stock is None] == [
        "FAR-PDF",
        "FAR-GIFT-25",
        "FAR-GIFT-50",
        "FAR-GIFT-100",
    ]
    assert [variant.sku for _, variant in VARIANTS if variant.backorder_limit] == ["TOR-CHA-WAL"]


def test_texts_are_written_in_both_languages_and_fit_where_they_are_shown() -> None:
    for product in CONTENT.products:
        for text in (product.description, product.translations["es"].description):
            assert 2 <= len(re.findall(r"[.!?](?: |$)", text)) <= 4, product.slug
        assert 10 <= len(product.seo.title) <= 70, product.slug
        assert 40 <= len(product.seo.description) <= 160, product.slug
        assert product.seo.description.endswith("."), product.slug


def test_orders_name_people_variants_and_methods_that_exist_and_never_more_than_the_stock() -> None:
    people = {person.key: person for person in CONTENT.people}
    stock = {variant.sku: None if variant.stock is None else sum(variant.stock.values()) for _, variant in VARIANTS}
    wanted: Counter[str] = Counter()
    for order in CONTENT.orders:
        country = people[order.person].address["country"]
        [zone] = [zone for zone in CONTENT.setup.shipping_zones if country in zone.countries]
        assert order.shipping in {method.code for method in zone.methods}
        assert order.lines
        assert 0 < order.days_ago < 30
        wanted.update(order.lines)
    for sku, quantity in wanted.items():
        on_hand = stock[sku]
        assert on_hand is None or quantity <= on_hand, sku
    assert [order.days_ago for order in CONTENT.orders] == sorted((o.days_ago for o in CONTENT.orders), reverse=True)
    assert {order.outcome for order in CONTENT.orders} == {
        "pending",
        "paid",
        "partly_fulfilled",
        "fulfilled",
        "cancelled",
        "refunded",
    }
    assert len([person for person in CONTENT.people if person.has_account]) == 3


def test_addresses_are_what_their_countries_want() -> None:
    for person in CONTENT.people:
        assert address_check(person.address) == {"company": "", **person.address}


def test_countries_are_served_and_taxed_once() -> None:
    for market in CONTENT.setup.markets:
        for country in market.countries:
            zones = [zone.name for zone in CONTENT.setup.shipping_zones if country in zone.countries]
            assert len(zones) == 1, country
            assert [rate for rate in CONTENT.setup.tax_rates if rate.country == country], country
    places = [f"{rate.country}-{rate.region}" for rate in CONTENT.setup.tax_rates]
    assert repeated(places) == []
    [spain] = [rate for rate in CONTENT.setup.tax_rates if rate.country == "ES"]
    assert (spain.standard, spain.reduced, spain.books) == (210_000, 100_000, 40_000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": "Faro"}, "title"),
        ({"slug": None}, "slug"),
    ],
)
def test_a_misspelt_or_missing_key_is_named(tmp_path: Path, change: dict[str, str | None], message: str) -> None:
    (tmp_path / "products").mkdir()
    for source in loader.FOLDER.glob("*.json"):
        (tmp_path / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    brands = json.loads((tmp_path / "brands.json").read_text(encoding="utf-8"))
    brands[0] = {key: value for key, value in (brands[0] | change).items() if value is not None}
    (tmp_path / "brands.json").write_text(json.dumps(brands), encoding="utf-8")

    with pytest.raises(ContentError, match=message):
        loader.read(tmp_path)
