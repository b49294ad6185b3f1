"""What a variant is and costs when somebody buys it, in one query. How many there are is inventory's to say."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from markets.models import Market, TaxCategory
from products.models import Media, Price, ProductTranslation
from products.pricing import ListedPrice, UnitPrice, unit_price
from products.selectors.price_lists import listed_for, listed_prices
from products.selectors.visibility import current_price, visible_product

MAX_GIFT_CARDS = 100
"""How many gift cards of a kind one order has, unless their variant says otherwise: each becomes a row of its own."""
_LINE_IMAGE_WIDTH = "480"


@dataclass(frozen=True, slots=True, kw_only=True)
class SellableVariant:
    """A variant that can be bought in a market at a time: published, and with a price there.

    `regular_amount` is its base price; `listed` are the prices of price lists that the buyer can get for a quantity.
    """

    id: uuid.UUID
    product_id: uuid.UUID
    product_slug: str
    product_title: str
    sku: str
    variant_title: str
    regular_amount: int
    listed: tuple[ListedPrice, ...] = ()
    compare_at_amount: int | None
    is_gift_card: bool = False
    """Each piece is money on a card: it isn't taxed, sent or promised for a day."""
    requires_shipping: bool
    is_taxable: bool
    tax_category_id: uuid.UUID | None
    """The product's, or else the default one; None when the shop has none."""
    weight_grams: Decimal | None
    volume_mm3: int | None
    """None where one of its three lengths isn't known."""
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    is_stock_tracked: bool
    released_on: date | None
    max_order_quantity: int | None
    max_customer_quantity: int | None
    image_url: str | None

    @property
    def max_quantity(self) -> int | None:
        """Return how many one order can have: what an order may, or a customer in all orders, whichever is less."""
        limits = [limit for limit in (self.max_order_quantity, self.max_customer_quantity) if limit is not None]
        return min(limits, default=None)

    def price_of(self, quantity: int) -> UnitPrice:
        """Return what one piece costs when so many are bought."""
        return unit_price(self.regular_amount, self.listed, quantity)


def sellable_variants(
    variant_ids: Iterable[uuid.UUID],
    market: Market,
    at: datetime,
    *,
    language: str | None = None,
    customer_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, SellableVariant]:
    """Return those of the variants that can be bought in a market at a time. One query.

    What isn't in the answer is unknown, unpublished, archived or without a price there. `product_title` is in the
    language where there is a translation. `customer_id` is who buys, for price lists of groups; None is a guest.
    """
    rows = (
        Price.objects.filter(
            current_price(at), visible_product(at, "variant__product__"), variant_id__in=set(variant_ids), market=market
        )
        .annotate(
            product_title=_title(language),
            tax_category_id=Coalesce(
                "variant__product__tax_category_id", TaxCategory.objects.filter(is_default=True).values("id")[:1]
            ),
            image=_image(),
            listed=listed_for(market, at, customer_id),
        )
        .values(
            "amount",
            "compare_at_amount",
            "product_title",
            "tax_category_id",
            "image",
            "listed",
            "variant_id",
            "variant__product_id",
            "variant__product__slug",
            "variant__product__is_gift_card",
            "variant__sku",
            "variant__option_values",
            "variant__requires_shipping",
            "variant__is_taxable",
            "variant__weight_grams",
            "variant__length_mm",
            "variant__width_mm",
            "variant__height_mm",
            "variant__is_stock_tracked",
            "variant__released_on",
            "variant__max_order_quantity",
            "variant__max_customer_quantity",
        )
        .order_by()
    )
    return {row["variant_id"]: _sellable(row) for row in rows}


def _sellable(row: Any) -> SellableVariant:
    is_gift_card = row["variant__product__is_gift_card"]
    most = row["variant__max_order_quantity"]
    return SellableVariant(
        id=row["variant_id"],
        product_id=row["variant__product_id"],
        product_slug=row["variant__product__slug"],
        product_title=row["product_title"],
        sku=row["variant__sku"],
        variant_title=" / ".join(row["variant__option_values"]),
        regular_amount=row["amount"],
        listed=listed_prices(row["listed"]),
        compare_at_amount=row["compare_at_amount"],
        is_gift_card=is_gift_card,
        requires_shipping=row["variant__requires_shipping"] and not is_gift_card,
        is_taxable=row["variant__is_taxable"] and not is_gift_card,
        tax_category_id=row["tax_category_id"],
        weight_grams=row["variant__weight_grams"],
        volume_mm3=_volume(row),
        length_mm=row["variant__length_mm"],
        width_mm=row["variant__width_mm"],
        height_mm=row["variant__height_mm"],
        is_stock_tracked=row["variant__is_stock_tracked"],
        released_on=None if is_gift_card else row["variant__released_on"],
        max_order_quantity=MAX_GIFT_CARDS if is_gift_card and most is None else most,
        max_customer_quantity=row["variant__max_customer_quantity"],
        image_url=_image_url(row["image"]),
    )


def _volume(row: Any) -> int | None:
    lengths = [row[f"variant__{name}_mm"] for name in ("length", "width", "height")]
    return None if None in lengths else math.prod(lengths)


def _title(language: str | None) -> Any:
    if language is None:
        return F("variant__product__title")
    translated = ProductTranslation.objects.filter(product=OuterRef("variant__product"), language=language)
    return Coalesce(Subquery(translated.values("title")[:1]), "variant__product__title")


def _image() -> Subquery:
    """Return the variant's own first picture, or else the first of its product that is no other variant's."""
    pictures = (
        Media.objects.filter(Q(variants=OuterRef("variant")) | Q(variants=None), product=OuterRef("variant__product"))
        .order_by(F("variants").asc(nulls_last=True), "position", "id")
        .values(source=JSONObject(url="url", file="file", renditions="renditions"))
    )
    return Subquery(pictures[:1])


def _image_url(source: dict[str, Any] | None) -> str | None:
    if source is None:
        return None
    if source["url"]:
        return str(source["url"])
    return str(default_storage.url(source["renditions"].get(_LINE_IMAGE_WIDTH, source["file"])))
