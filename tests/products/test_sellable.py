"""What carts and orders are told of a variant."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.ids import uuid7
from markets.models import Market
from products.models import Media, ProductTranslation
from products.selectors import SellableVariant, sellable_variants
from tests.factories.catalogue import (
    market_make,
    price_make,
    product_make,
    tax_category_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db


def test_tells_everything_that_a_line_needs_in_one_query() -> None:
    market, standard = market_make(), tax_category_make()
    product = product_make(
        "Mug",
        price=1250,
        variants=[
            {
                "sku": "MUG-R",
                "option_values": ["Red", "Big"],
                "compare_at": 1500,
                "max_order_quantity": 5,
                "max_customer_quantity": 9,
            }
        ],
    )
    variant = variant_of(product)
    media = Media.objects.create(product=product, url="https://img.example/mug.png")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = sellable_variants([variant.id, uuid7()], market, clock.now())

    assert len(queries) == 1
    assert found == {
        variant.id: SellableVariant(
            id=variant.id,
            product_id=product.id,
            product_slug=product.slug,
            product_title="Mug",
            sku="MUG-R",
            variant_title="Red / Big",
            regular_amount=1250,
            compare_at_amount=1500,
            requires_shipping=True,
            is_taxable=True,
            tax_category_id=standard.id,
            weight_grams=None,
            volume_mm3=None,
            length_mm=None,
            width_mm=None,
            height_mm=None,
            is_stock_tracked=True,
            released_on=None,
            max_order_quantity=5,
            max_customer_quantity=9,
            image_url=media.url,
        )
    }


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "draft"},
        {"status": "archived"},
        {"published_from": clock.now() + timedelta(days=1)},
        {"published_until": clock.now() - timedelta(days=1)},
        {"price": None},
    ],
)
def test_leaves_out_what_is_not_for_sale(hidden: dict[str, Any]) -> None:
    market = market_make()
    product = product_make(**hidden)
    assert sellable_variants([variant_of(product).id], market, clock.now()) == {}


def test_a_price_holds_in_its_market_and_its_time() -> None:
    europe, states, now = market_make(), us_market_make(), clock.now()
    variant = variant_of(product_make(market=states, price=2500))
    price_make(variant, 1000, market=europe, valid_until=now + timedelta(hours=1))
    price_make(variant, 800, market=europe, valid_from=now + timedelta(hours=1))

    def amount(market: Market, hours: int) -> int:
        return sellable_variants([variant.id], market, now + timedelta(hours=hours))[variant.id].regular_amount

    assert [amount(states, 0), amount(europe, 0), amount(europe, 1)] == [2500, 1000, 800]


def test_title_is_in_the_language_where_it_is_translated() -> None:
    market, product = market_make(), product_make("Mug")
    ProductTranslation.objects.create(product=product, language="es", title="Taza")

    def title(language: str | None) -> str:
        (found,) = sellable_variants([variant_of(product).id], market, clock.now(), language=language).values()
        return found.product_title

    assert [title(None), title("es"), title("de")] == ["Mug", "Taza", "Mug"]


def test_a_variants_own_picture_comes_before_its_products_and_never_anothers() -> None:
    market, product = market_make(), product_make(variants=2)
    red, blue = variant_of(product, 0), variant_of(product, 1)
    shared = Media.objects.create(product=product, url="https://img.example/all.png", position=1)
    of_red = Media.objects.create(product=product, url="https://img.example/red.png", position=0)
    of_red.variants.add(red)

    def image(variant_id: UUID) -> str | None:
        return sellable_variants([variant_id], market, clock.now())[variant_id].image_url

    assert [image(red.id), image(blue.id)] == [of_red.url, shared.url]
    shared.delete()
    assert image(blue.id) is None
