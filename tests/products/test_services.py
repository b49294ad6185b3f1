"""Writes of the catalogue as the admin, imports and the demo call them; what the API adds is tested through the API."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.money import Money
from core.problems import InvalidInput, Problem
from events.models import Event
from inventory.models import StockMovement
from products.exceptions import (
    PriceOverlap,
    ProductInUse,
    SkuTaken,
    SlugTaken,
    VariantDuplicate,
    VariantInUse,
)
from products.fields import ProductFields
from products.models import Price, Product, ProductOption, Variant
from products.services import (
    prices_replace,
    product_create,
    product_delete,
    product_update,
    variant_create,
    variant_delete,
    variant_update,
)
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    market_make,
    price_make,
    product_make,
    tax_category_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db


def price(amount: int, market: str = "eu", currency: str = "EUR", **more: Any) -> Any:
    return {"market": market, "price": Money(amount, currency), **more}


def shirt(**fields: Any) -> ProductFields:
    whole: dict[str, Any] = {
        "title": "T-Shirt",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"sku": "TS-S", "option_values": ["S"], "prices": [price(1500)]},
            {"sku": "TS-M", "option_values": ["M"], "prices": [price(1600)], "weight_grams": Decimal("120.5")},
        ],
    }
    return whole | fields  # type: ignore[return-value]


def make(**fields: Any) -> Product:
    return product_create(fields=shirt(**fields), actor="system")


def update(product: Product, **changes: Any) -> Product:
    return product_update(product_id=product.id, changes=changes, actor="system")  # type: ignore[arg-type]


def refused(problem: type[Problem], pointer: str | None, **fields: Any) -> None:
    with pytest.raises(problem) as caught:
        make(**fields)
    assert [error.pointer for error in caught.value.errors][:1] == ([pointer] if pointer is not None else [])
    assert not Product.objects.filter(title="T-Shirt").exists()


def test_makes_a_product_whole() -> None:
    market_make()
    us_market_make()
    category, brand, tax = category_make("Shirts"), brand_make(), tax_category_make("reduced")
    attribute_make("colour")
    product = make(
        description="<p>Soft<script>x()</script></p>",
        brand=brand.slug,
        categories=["shirts", category.id],
        tax_category="reduced",
        tags=[" new ", "new", "", "cotton"],
        attributes={"colour": "red"},
        metadata={"erp": 12, "gone": None},
        translations=[{"language": "es", "title": "Camiseta", "description": "<b>Suave</b>"}],
    )
    product.refresh_from_db()
    assert (product.slug, product.status, product.description) == ("t-shirt", "draft", "<p>Soft</p>")
    assert (product.brand, product.tax_category, product.tags) == (brand, tax, ["new", "cotton"])
    assert (product.attributes, product.metadata) == ({"colour": "red"}, {"erp": 12})
    assert list(product.categories.all()) == [category]
    assert list(product.options.values_list("name", "values")) == [("Size", ["S", "M"])]
    assert list(product.variants.values_list("sku", "option_values", "position", "prices__amount")) == [
        ("TS-S", ["S"], 0, 1500),
        ("TS-M", ["M"], 1, 1600),
    ]
    assert list(product.translations.values_list("language", "title")) == [("es", "Camiseta")]
    event = Event.objects.get()
    assert (event.type, event.aggregate_id, event.data["slug"]) == ("product.created", product.id, "t-shirt")


def test_slugs_are_made_of_titles_and_stay_unique() -> None:
    titles = ["Café crème", "Café crème", "Кружка", "!!!", "Bulk", str(uuid.UUID(int=7))]
    slugs = [product_create(fields={"title": title}, actor="system").slug for title in titles]
    assert slugs == ["cafe-creme", "cafe-creme-2", "кружка", "product", "product-bulk", f"product-{uuid.UUID(int=7)}"]
    slugs += [product_create(fields={"title": "Same"}, actor="system").slug for _ in range(25)]
    assert len(set(slugs)) == len(slugs)


def test_a_taken_or_bad_slug_is_refused() -> None:
    market_make()
    make(slug="mine", variants=[], options=[], title="First")
    refused(SlugTaken, "/slug", slug="mine", variants=[])
    refused(InvalidInput, "/slug", slug="a b")
    refused(InvalidInput, "/slug", slug="bulk")
    refused(InvalidInput, "/slug", slug=str(uuid.uuid4()))


def test_unknown_references_name_their_place() -> None:
    market_make()
    category_make("Shirts")
    attribute_make("size", kind="integer")
    refused(InvalidInput, "/brand", brand="nobody")
    refused(InvalidInput, "/categories/1", categories=["shirts", uuid.uuid4()])
    refused(InvalidInput, "/tax_category", tax_category="nothing")
    refused(InvalidInput, "/attributes/colour", attributes={"colour": "red"})
    refused(InvalidInput, "/attributes/size", attributes={"size": "12"})
    refused(
        InvalidInput, "/variants/0/prices/0/market", variants=[{"option_values": ["S"], "prices": [price(1, "xx")]}]
    )


def test_choices_must_be_of_the_options() -> None:
    market_make()
    refused(InvalidInput, "/variants/0/option_values", variants=[{"option_values": ["XL"]}])
    refused(InvalidInput, "/variants/0/option_values", variants=[{}])
    refused(InvalidInput, "/variants/0/option_values", options=[], variants=[{"option_values": ["S"]}])
    refused(VariantDuplicate, "/variants/1/option_values", variants=[{"option_values": ["S"]}] * 2)
    refused(InvalidInput, "/options/1/name", options=[{"name": "Size", "values": ["S"]}] * 2)
    refused(InvalidInput, "/options/0/values", options=[{"name": "Size", "values": ["S", "S"]}])


def test_skus_are_unique_and_blank_ones_are_none() -> None:
    market_make()
    product_make("Other", variants=[{"sku": "TS-M"}])
    refused(SkuTaken, "/variants/1/sku")
    refused(
        SkuTaken,
        "/variants/1/sku",
        variants=[{"sku": "A", "option_values": ["S"]}, {"sku": "A", "option_values": ["M"]}],
    )
    assert make(variants=[{"option_values": ["S"]}, {"option_values": ["M"]}]).variants.count() == 2


def test_prices_are_of_the_markets_currency_and_never_overlap() -> None:
    market_make()
    us_market_make()
    noon = clock.now()

    def with_prices(*rows: Any) -> dict[str, Any]:
        return {"variants": [{"option_values": ["S"], "prices": list(rows)}]}

    refused(InvalidInput, "/variants/0/prices/0/price/currency", **with_prices(price(1, currency="USD")))
    refused(
        InvalidInput, "/variants/0/prices/0/compare_at/currency", **with_prices(price(1, compare_at=Money(2, "USD")))
    )
    refused(InvalidInput, "/variants/0/prices/0/price/amount", **with_prices(price(-1)))
    refused(
        InvalidInput,
        "/variants/0/prices/0/valid_until",
        **with_prices(price(1, valid_from=noon, valid_until=noon)),
    )
    refused(PriceOverlap, "/variants/0/prices/1", **with_prices(price(1), price(2, valid_from=noon)))
    fine = with_prices(price(1, valid_until=noon), price(2, valid_from=noon), price(3, "us", "USD"))
    assert Price.objects.filter(variant__product=make(**fine)).count() == 3


def test_an_overlap_that_nobody_saw_coming_is_still_a_conflict() -> None:
    market_make()
    variant = variant_of(product_make())
    with pytest.raises(IntegrityError), transaction.atomic():
        price_make(variant, 5)


def test_update_changes_what_is_named_and_merges_objects() -> None:
    market_make()
    attribute_make("colour")
    product = make(metadata={"a": 1, "b": 2}, attributes={"colour": "red"}, tags=["x"])
    update(product, title="Shirt", metadata={"a": None, "c": 3}, attributes={"colour": None})
    product.refresh_from_db()
    assert (product.title, product.slug, product.tags) == ("Shirt", "t-shirt", ["x"])
    assert (product.metadata, product.attributes) == ({"b": 2, "c": 3}, {})
    assert Event.objects.latest("id").data["changed"] == ["attributes", "metadata", "title"]


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    market_make()
    category_make("Shirts")
    whole = shirt(categories=["shirts"], translations=[{"language": "es", "title": "Camiseta"}], tags=["a"])
    product = product_create(fields=whole, actor="system")
    before = (
        Product.objects.values().get(),
        set(Variant.objects.values_list("pk")),
        set(Price.objects.values_list("pk")),
    )
    update(product, **whole)
    assert (
        Product.objects.values().get(),
        set(Variant.objects.values_list("pk")),
        set(Price.objects.values_list("pk")),
    ) == before
    assert Event.objects.count() == 1


def test_a_list_of_variants_replaces_and_keeps_who_is_named() -> None:
    market_make()
    product = make()
    small, medium = product.variants.all()
    update(
        product,
        options=[{"name": "Size", "values": ["S", "L", "XL"]}],
        variants=[
            {"option_values": ["XL"], "prices": [price(1900)]},
            {"id": small.id, "option_values": ["L"]},
        ],
    )
    rows = list(product.variants.values_list("sku", "option_values", "prices__amount"))
    assert rows == [("", ["XL"], 1900), ("TS-S", ["L"], 1500)]
    assert product.variants.get(sku="TS-S").pk == small.pk
    assert not Variant.objects.filter(pk=medium.pk).exists()


def test_options_that_variants_do_not_fit_are_refused() -> None:
    market_make()
    product = make()
    with pytest.raises(InvalidInput, match="TS-M"):
        update(product, options=[{"name": "Size", "values": ["S"]}])
    assert ProductOption.objects.get().values == ["S", "M"]
    update(product, options=[{"name": "Grösse", "values": ["S", "M", "L"]}])
    assert ProductOption.objects.get().name == "Grösse"


def test_variants_one_by_one() -> None:
    market_make()
    product = make(options=[{"name": "Size", "values": ["S", "M", "L"]}])
    large = variant_create(
        product_id=product.id, fields={"option_values": ["L"], "prices": [price(1700)]}, actor="system"
    )
    assert [variant.option_values for variant in product.variants.all()] == [["S"], ["M"], ["L"]]
    with pytest.raises(VariantDuplicate):
        variant_create(product_id=product.id, fields={"option_values": ["L"]}, actor="system")
    variant_update(
        variant_id=large.id, changes={"sku": "TS-L", "cost": Money(500, "EUR"), "prices": []}, actor="system"
    )
    large.refresh_from_db()
    assert (large.sku, large.cost_amount, large.cost_currency, large.prices.count()) == ("TS-L", 500, "EUR", 0)
    variant_delete(variant_id=large.id, actor="system")
    assert product.variants.count() == 2


def test_prices_of_one_market_leave_the_others() -> None:
    market_make()
    us_market_make()
    product = make(variants=[{"option_values": ["S"], "prices": [price(1), price(2, "us", "USD")]}])
    variant = variant_of(product)
    kept = variant.prices.get(market__code="us").pk
    prices_replace(variant_id=variant.id, market="eu", prices=[price(7)], actor="system")
    assert set(variant.prices.values_list("market__code", "amount")) == {("eu", 7), ("us", 2)}
    assert variant.prices.get(market__code="us").pk == kept
    with pytest.raises(InvalidInput, match="eu"):
        prices_replace(variant_id=variant.id, market="eu", prices=[price(7, "us", "USD")], actor="system")


def test_what_the_stock_ledger_knows_stays() -> None:
    product = product_make(variants=2)
    level = variant_of(product).stock_levels.get()
    StockMovement.objects.create(level=level, kind="received", on_hand_delta=10)
    with pytest.raises(ProductInUse):
        product_delete(product_id=product.id, actor="system")
    with pytest.raises(VariantInUse):
        variant_delete(variant_id=level.variant_id, actor="system")
    with pytest.raises(VariantInUse):
        update(product, variants=[{"id": variant_of(product, 1).id}])
    assert product.variants.count() == 2
    variant_delete(variant_id=variant_of(product, 1).id, actor="system")
    product_delete(product_id=product_make().id, actor="system")
    assert Product.objects.get() == product


def test_a_publication_that_ends_before_it_begins_is_refused() -> None:
    market_make()
    now = clock.now()
    refused(InvalidInput, "/published_until", published_from=now, published_until=now - timedelta(days=1))
