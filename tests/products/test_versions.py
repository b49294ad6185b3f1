"""Versions of products: whatever shoppers see of one, whoever changes it, it gets a number that nobody had before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core import clock
from inventory.models import Location, StockLevel
from markets.models import Market
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
    SlugRedirect,
    Variant,
)
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
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


def whole_product() -> Product:
    """Make a product with one row in every table below it, and a second one that nobody touches."""
    attribute_make("colour")
    product = product_make(
        "Mug",
        variants=2,
        brand=brand_make(),
        categories=[category_make("Kitchen", parent=category_make("Home"))],
        attributes={"colour": "red"},
        tags=["new"],
    )
    ProductTranslation.objects.create(product=product, language="es", title="Taza")
    media = Media.objects.create(product=product, url="https://img.example/mug.png")
    media.variants.add(variant_of(product))
    category_make("Garden")
    product_make("Other")
    return Product.objects.get(pk=product.pk)


def sql(text: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(text, params)


def level(product: Product) -> StockLevel:
    return StockLevel.objects.filter(variant__product=product).order_by("variant__position")[0]


SEEN: dict[str, Callable[[Product], object]] = {
    "title": lambda p: Product.objects.filter(pk=p.pk).update(title="Cup"),
    "slug": lambda p: Product.objects.filter(pk=p.pk).update(slug="cup"),
    "status": lambda p: Product.objects.filter(pk=p.pk).update(status="draft"),
    "metadata": lambda p: Product.objects.filter(pk=p.pk).update(metadata={"a": 1}),
    "brand of a product": lambda p: Product.objects.filter(pk=p.pk).update(brand=None),
    "plain SQL": lambda p: sql("UPDATE products_product SET description = 'x' WHERE id = %s", p.pk),
    "variant made": lambda p: Variant.objects.create(product=p, option_values=["XL"]),
    "variant changed": lambda p: Variant.objects.filter(product=p).update(weight_grams=1),
    "variant gone": lambda p: (
        sql("DELETE FROM products_media_variants") or Variant.objects.filter(pk=variant_of(p, 1).pk).delete()
    ),
    "variant tracked": lambda p: Variant.objects.filter(product=p).update(is_stock_tracked=False),
    "price made": lambda p: price_make(variant_of(p), 5, market=us_market_make()),
    "price changed": lambda p: Price.objects.filter(variant__product=p).update(amount=1),
    "price gone": lambda p: Price.objects.filter(variant__product=p).delete(),
    "price by plain SQL": lambda p: sql("UPDATE products_price SET amount = 3 WHERE variant_id = %s", variant_of(p).pk),
    "option made": lambda p: ProductOption.objects.create(product=p, name="Colour", values=["red"]),
    "option changed": lambda p: ProductOption.objects.filter(product=p).update(name="Grösse"),
    "option gone": lambda p: ProductOption.objects.filter(product=p).delete(),
    "translation made": lambda p: ProductTranslation.objects.create(product=p, language="de", title="Tasse"),
    "translation changed": lambda p: ProductTranslation.objects.filter(product=p).update(title="Tazón"),
    "translation gone": lambda p: ProductTranslation.objects.filter(product=p).delete(),
    "media made": lambda p: Media.objects.create(product=p, url="https://img.example/2.png"),
    "media changed": lambda p: Media.objects.filter(product=p).update(alt="A mug"),
    "media of a variant": lambda p: Media.objects.get(product=p).variants.add(variant_of(p, 1)),
    "media of none": lambda p: Media.objects.get(product=p).variants.clear(),
    "media gone": lambda p: Media.objects.filter(product=p).delete(),
    "category joined": lambda p: ProductCategory.objects.create(
        product=p, category=Category.objects.get(slug="garden"), position=1
    ),
    "category swapped": lambda p: ProductCategory.objects.filter(product=p).update(
        category=Category.objects.get(slug="garden")
    ),
    "category left": lambda p: ProductCategory.objects.filter(product=p).delete(),
    "category renamed": lambda _: Category.objects.filter(slug="kitchen").update(name="Cooking"),
    "category hidden": lambda _: Category.objects.filter(slug="kitchen").update(is_active=False),
    "category above hidden": lambda _: Category.objects.filter(slug="home").update(is_active=False),
    "category moved": lambda _: Category.objects.move(
        Category.objects.get(slug="kitchen"), Category.objects.get(slug="garden"), "last-child"
    ),
    "category gone": lambda _: Category.objects.get(slug="kitchen").delete(),
    "brand renamed": lambda _: Brand.objects.update(name="Apex"),
    "attribute renamed": lambda _: Attribute.objects.update(name="Shade"),
    "attribute gone": lambda _: Attribute.objects.all().delete(),
    "sold out": lambda p: StockLevel.objects.filter(pk=level(p).pk).update(on_hand=0),
    "all promised": lambda p: StockLevel.objects.filter(pk=level(p).pk).update(reserved=10),
    "sold out by plain SQL": lambda p: sql("UPDATE inventory_stocklevel SET reserved = 10 WHERE id = %s", level(p).pk),
    "can be back-ordered": lambda p: StockLevel.objects.filter(pk=level(p).pk).update(on_hand=0, backorder_limit=None),
    "stock elsewhere": lambda p: stock_make(variant_of(p), 1, location=location_make("second")),
    "stock level gone": lambda p: level(p).delete(),
    "place closed": lambda _: Location.objects.update(is_active=False),
}

UNSEEN: dict[str, Callable[[Product], object]] = {
    "nothing": lambda p: Product.objects.filter(pk=p.pk).update(title="Mug"),
    "nothing, by save": lambda p: p.save(),
    "nothing below": lambda p: Variant.objects.filter(product=p).update(weight_grams=None),
    "fewer in stock": lambda p: StockLevel.objects.filter(pk=level(p).pk).update(on_hand=3, reserved=2),
    "threshold": lambda _: StockLevel.objects.update(low_stock_threshold=3),
    "an empty level": lambda p: stock_make(variant_of(p), 0, location=location_make("second")),
    "place renamed": lambda _: Location.objects.update(name="Hall"),
    "another category": lambda _: Category.objects.filter(slug="garden").update(name="Outside"),
    "description of its category": lambda _: Category.objects.filter(slug="kitchen").update(description="x"),
    "another's price": lambda _: Price.objects.filter(variant__product__title="Other").update(amount=1),
    "another's stock": lambda _: StockLevel.objects.filter(variant__product__title="Other").update(on_hand=0),
    "collection": lambda p: collection_make(products=[p]),
    "tax": lambda _: tax_category_make(),
}


def state(product: Product) -> tuple[int, int]:
    return (
        Product.objects.values_list("version", flat=True).get(pk=product.pk),
        Product.objects.values_list("version", flat=True).get(title="Other"),
    )


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN.keys())
def test_what_is_seen_raises_the_version_of_that_product_only(change: Callable[[Product], object]) -> None:
    product = whole_product()
    before, other = state(product)
    change(product)
    after, other_after = state(product)
    assert after > before
    # Closing a place is seen in everything that lies there.
    assert other_after == other or change is SEEN["place closed"]


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_is_not_seen_leaves_it(change: Callable[[Product], object]) -> None:
    product = whole_product()
    before, _ = state(product)
    change(product)
    assert state(product)[0] == before


def test_a_version_that_was_rolled_back_is_never_given_again() -> None:
    product = product_make()
    with transaction.atomic():
        Product.objects.filter(pk=product.pk).update(title="Lost")
        lost = Product.objects.get(pk=product.pk).version
        transaction.set_rollback(True)
    Product.objects.filter(pk=product.pk).update(title="Kept")
    assert Product.objects.get(pk=product.pk).version > lost


def test_what_only_triggers_write_cannot_be_written() -> None:
    product = whole_product()
    stale = Product.objects.defer(None).get(pk=product.pk)
    Product.objects.filter(pk=product.pk).update(title="Cup")
    stale.metadata = {"a": 1}
    stale.title = "Cup"
    stale.version, stale.search = 0, "'nonsense'"
    stale.save()
    after = Product.objects.defer(None).get(pk=product.pk)
    assert after.version > product.version
    assert "'cup'" in str(after.search)
    assert "nonsense" not in str(after.search)


def test_updated_at_tells_edits_and_not_sales() -> None:
    product = whole_product()
    long_ago = clock.now() - timedelta(days=30)
    sql("SET LOCAL session_replication_role = 'replica'")
    Product.objects.update(updated_at=long_ago)
    sql("SET LOCAL session_replication_role = 'origin'")
    StockLevel.objects.update(on_hand=0)
    assert Product.objects.get(pk=product.pk).updated_at == long_ago
    Price.objects.filter(variant__product=product).update(amount=1)
    edited = Product.objects.get(pk=product.pk).updated_at
    assert edited > long_ago
    Product.objects.filter(pk=product.pk).update(title="Cup", updated_at=long_ago)
    assert Product.objects.get(pk=product.pk).updated_at >= edited


def found(words: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT title FROM products_product WHERE search @@ plainto_tsquery('products_words', %s) ORDER BY title",
            [words],
        )
        return [title for (title,) in cursor.fetchall()]


@pytest.mark.parametrize("words", ["mug", "MUG", "taza", "acme", "new", "sku", "fine clay", "creme brulee", "кружка"])
def test_is_found_by_its_words_in_every_language(words: str) -> None:
    product = whole_product()
    Product.objects.filter(pk=product.pk).update(description="<p>Fine&nbsp;<b>clay</b> crème brûlée Кружка</p>")
    assert found(words) == (["Mug", "Other"] if words == "sku" else ["Mug"])
    assert found("nbsp") == []


def test_search_text_follows_what_is_below_the_product() -> None:
    product = whole_product()
    Variant.objects.filter(pk=variant_of(product).pk).update(sku="XR-QZ/b")
    assert [found("XR-QZ/b"), found("qz")] == [["Mug"], ["Mug"]]
    Brand.objects.update(name="Apex")
    assert [found("apex"), found("acme")] == [["Mug"], []]
    ProductTranslation.objects.all().delete()
    assert found("taza") == []
    Variant.objects.filter(product=product).update(sku="")
    assert found("XR-QZ/b") == []


def test_a_flip_of_stock_leaves_the_search_text_as_it_is() -> None:
    product = whole_product()
    # A function that fails would be noticed: the text isn't even computed.
    sql("ALTER FUNCTION products_document RENAME TO products_document_away")
    StockLevel.objects.update(on_hand=0)
    Price.objects.update(amount=1)
    assert state(product)[0] > product.version


def test_no_words_are_too_many() -> None:
    words = " ".join(f"w{number}" for number in range(60_000))
    product = product_make("Long", description=words, tags=[f"t{number}" for number in range(3000)])
    for language in ("es", "de", "fr", "it", "pt"):
        ProductTranslation.objects.create(product=product, language=language, title="Long", description=words)
    assert found("w1") == ["Long"]


def test_markets_and_categories_have_versions_of_their_own() -> None:
    market, category = market_make(), category_make("Home")
    version, category_version = Market.objects.get().version, Category.objects.get().version
    Market.objects.update(name="Europe")
    assert Market.objects.get().version > version
    version = Market.objects.get().version
    market.version, market.name = 0, "Europe"
    market.save()
    assert Market.objects.get().version == version
    Category.objects.add_child(category, {"name": "Kitchen", "slug": "kitchen"})
    assert Category.objects.get(slug="home").version == category_version
    Category.objects.filter(slug="home").update(description="x")
    assert Category.objects.get(slug="home").version > category_version


def test_old_slugs_lead_to_the_product_until_it_is_gone() -> None:
    product = product_make(slug="a")
    for slug in ("b", "c", "a", "d"):
        Product.objects.filter(pk=product.pk).update(slug=slug)
    assert set(SlugRedirect.objects.values_list("kind", "old_slug", "target_id")) == {
        ("product", slug, product.pk) for slug in "abc"
    }
    product.delete()
    assert not SlugRedirect.objects.exists()


def test_a_price_knows_its_product_whatever_is_written_there() -> None:
    product, other = product_make("Mug"), product_make("Other")
    price = Price.objects.get(variant__product=product)
    assert price.product_id == product.pk
    Price.objects.filter(pk=price.pk).update(product=other)
    assert Price.objects.get(pk=price.pk).product_id == product.pk
    before, other_before = state(product)
    Variant.objects.filter(product=product).update(product=other, option_values=["moved"])
    assert Price.objects.get(pk=price.pk).product_id == other.pk
    after, other_after = state(product)
    assert (after > before, other_after > other_before) == (True, True)
