"""Everything that shoppers see of products, loaded in a fixed number of queries for any number of products."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.files.storage import default_storage
from django.db.models import (
    BigIntegerField,
    Case,
    F,
    FilteredRelation,
    Func,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from core import clock
from core.money import Money
from products.models import Attribute, Media, Price, Product, ProductCategory, ProductOption, Variant
from products.selectors.filters import AVAILABILITIES
from products.selectors.pages import MarketShown
from products.selectors.visibility import category_hidden


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The lowest and the highest price of what a product sells."""

    min: Money
    max: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVariant:
    """A variant that is sold in the market."""

    id: uuid.UUID
    sku: str
    title: str
    option_values: Sequence[str]
    barcode: str
    price: Money
    compare_at: Money | None
    lowest_price_30d: Money | None
    """Of a reduced price: the lowest of the 30 days before the reduction."""
    prices_include_tax: bool
    availability: str
    released_on: date | None
    requires_shipping: bool
    weight_grams: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownImage:
    """A picture with its renditions' URLs by width."""

    url: str
    alt: str
    width: int | None
    height: int | None
    renditions: Mapping[str, str]
    variant_ids: Sequence[uuid.UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProduct:
    """A product as shoppers of one market and language see it. It is so from `since` until `until`."""

    id: uuid.UUID
    slug: str
    title: str
    description: str
    brand: Mapping[str, str] | None
    product_type: str
    is_gift_card: bool
    categories: Sequence[Mapping[str, Any]]
    tags: Sequence[str]
    attributes: Sequence[Mapping[str, Any]]
    options: Sequence[Mapping[str, Any]]
    images: Sequence[ShownImage]
    price_range: PriceRange | None
    variants: Sequence[ShownVariant]
    seo: Mapping[str, str]
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    since: datetime | None
    until: datetime | None


@dataclass(slots=True)
class _Sold:
    """What a product sells now, and the times between which that is so."""

    variants: list[ShownVariant] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None

    def note(self, moment: datetime | None, now: datetime) -> None:
        """Take into account that something begins or ends at a time."""
        if moment is None:
            return
        if moment <= now:
            self.since = moment if self.since is None else max(self.since, moment)
        else:
            self.until = moment if self.until is None else min(self.until, moment)


_BACKORDER, _IN_STOCK = AVAILABILITIES.index("backorder"), AVAILABILITIES.index("in_stock")


def products_shown(
    references: Sequence[str], *, market: MarketShown, language: str, now: datetime
) -> dict[str, ShownProduct]:
    """Return what a market's shoppers see of these products in a language. Six queries at the most.

    A product that was deleted meanwhile is left out. Whether they are published is not asked here.
    """
    ids = [uuid.UUID(reference) for reference in references]
    if not ids:
        return {}
    products = list(_products(ids, language))
    sold = _sold(ids, market, now)
    options, images, categories = _options(ids), _images(ids), _categories(ids)
    attributes = _attributes(products)
    return {
        str(product.pk): _shown(
            product,
            sold.get(product.pk) or _Sold(),
            options=options[product.pk],
            images=images[product.pk],
            categories=categories[product.pk],
            attributes=attributes,
        )
        for product in products
    }


def availability_state(variant: str) -> Any:
    """Return the number of a released variant's availability as an ORM expression; `variant` leads to it.

    See AVAILABILITIES. Every part is a difference that can't leave the range of its type.
    """
    levels: Any = Variant._meta.get_field("stock_levels").related_model  # noqa: SLF001 (it lies above this app)
    state = Case(
        When(reserved__lt=F("on_hand") - F("safety_stock"), then=Value(_IN_STOCK)),
        When(
            Q(backorder_limit__isnull=True) | Q(reserved__lt=F("on_hand") - F("safety_stock") + F("backorder_limit")),
            then=Value(_BACKORDER),
        ),
        default=Value(0),
    )
    best = (
        levels.objects.filter(variant=OuterRef(f"{variant}id"), location__is_active=True)
        .order_by()
        .values("variant")
        .annotate(best=Max(state))
        .values("best")
    )
    return Case(
        When(**{f"{variant}is_stock_tracked": False}, then=Value(_IN_STOCK)), default=Coalesce(Subquery(best), Value(0))
    )


def image_url(name: str) -> str:
    """Return the URL of a stored file."""
    return default_storage.url(name)


def _products(ids: Sequence[uuid.UUID], language: str) -> Iterable[Any]:
    return (
        Product.objects.filter(pk__in=ids)
        .select_related("brand")
        .annotate(
            translated=FilteredRelation("translations", condition=Q(translations__language=language)),
            own_title=F("translated__title"),
            own_description=F("translated__description"),
            own_seo_title=F("translated__seo_title"),
            own_seo_description=F("translated__seo_description"),
        )
        .order_by()
    )


def _sold(ids: Sequence[uuid.UUID], market: MarketShown, now: datetime) -> dict[uuid.UUID, _Sold]:
    prices = (
        Price.objects.filter(product__in=ids, market=uuid.UUID(market.id))
        .select_related("variant")
        .annotate(state=availability_state("variant__"), prior_amount=_prior_amount(now))
        .order_by("variant__position", "variant_id")
    )
    found: dict[uuid.UUID, _Sold] = defaultdict(_Sold)
    for price in prices:
        sold = found[price.product_id]
        sold.note(price.valid_from, now)
        sold.note(price.valid_until, now)
        is_current = (price.valid_from is None or price.valid_from <= now) and (
            price.valid_until is None or now < price.valid_until
        )
        if is_current:
            sold.note(_release(price.variant), now)
            sold.variants.append(_variant(price, market, now))
    return found


def _prior_amount(now: datetime) -> Any:
    """Return, for a reduced price, the lowest price of the 30 days before it was reduced to this; null for others.

    It follows from times that are over when the reduction began, so it stays while the price does: no page of it grows
    old by itself.
    """
    prior = Func(F("variant"), F("market"), Value(now), function="products_prior_price", output_field=BigIntegerField())
    return Case(When(compare_at_amount__gt=F("amount"), then=prior), default=None, output_field=BigIntegerField())


def _release(variant: Variant) -> datetime | None:
    return None if variant.released_on is None else clock.start_of(variant.released_on)


def _variant(price: Any, market: MarketShown, now: datetime) -> ShownVariant:
    variant = price.variant
    is_preorder = variant.released_on is not None and variant.released_on > clock.day_of(now)
    compare_at = price.compare_at_amount
    return ShownVariant(
        id=variant.pk,
        sku=variant.sku,
        title=" / ".join(variant.option_values),
        option_values=variant.option_values,
        barcode=variant.barcode,
        price=Money(price.amount, market.currency),
        compare_at=None if compare_at is None else Money(compare_at, market.currency),
        lowest_price_30d=None if price.prior_amount is None else Money(price.prior_amount, market.currency),
        prices_include_tax=market.prices_include_tax,
        availability="preorder" if price.state and is_preorder else AVAILABILITIES[price.state],
        released_on=variant.released_on,
        requires_shipping=variant.requires_shipping,
        weight_grams=None if variant.weight_grams is None else float(variant.weight_grams),
    )


def _options(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    found: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for option in ProductOption.objects.filter(product__in=ids).order_by("position", "id"):
        found[option.product_id].append({"name": option.name, "values": option.values})
    return found


def _images(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ShownImage]]:
    rows = (
        Media.objects.filter(product__in=ids)
        .annotate(variant_ids=ArrayAgg("variants", filter=Q(variants__isnull=False), default=Value([])))
        .order_by("position", "id")
    )
    found: dict[uuid.UUID, list[ShownImage]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append(
            ShownImage(
                url=row.url or image_url(str(row.file.name)),
                alt=row.alt,
                width=row.width,
                height=row.height,
                renditions={width: image_url(name) for width, name in row.renditions.items()},
                variant_ids=row.variant_ids,
            )
        )
    return found


def _categories(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    links = (
        ProductCategory.objects.filter(~category_hidden("category__path"), product__in=ids)
        .order_by("position", "id")
        .values_list("product_id", "category_id", "category__slug", "category__name")
    )
    found: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for product_id, category_id, slug, name in links:
        found[product_id].append({"id": category_id, "slug": slug, "name": name})
    return found


def _attributes(products: Iterable[Product]) -> Sequence[Attribute]:
    codes = {code for product in products for code in product.attributes}
    return list(Attribute.objects.filter(code__in=codes).order_by("position", "code")) if codes else []


def _shown(
    product: Any,
    sold: _Sold,
    *,
    options: Sequence[Mapping[str, Any]],
    images: Sequence[ShownImage],
    categories: Sequence[Mapping[str, Any]],
    attributes: Sequence[Attribute],
) -> ShownProduct:
    amounts = sorted((variant.price for variant in sold.variants), key=lambda price: price.amount)
    # Money isn't sent, whatever its variants say.
    variants = (
        [replace(one, requires_shipping=False) for one in sold.variants] if product.is_gift_card else sold.variants
    )
    is_translated = product.own_title is not None
    return ShownProduct(
        id=product.pk,
        slug=product.slug,
        title=product.own_title if is_translated else product.title,
        # A translation that leaves a text out leaves the shop's own there.
        description=product.own_description or product.description,
        brand=product.brand and {"name": product.brand.name, "slug": product.brand.slug},
        product_type=product.product_type,
        is_gift_card=product.is_gift_card,
        categories=categories,
        tags=product.tags,
        attributes=[
            {
                "code": attribute.code,
                "name": attribute.name,
                "value": product.attributes[attribute.code],
                "unit": attribute.unit,
            }
            for attribute in attributes
            if attribute.code in product.attributes
        ],
        options=options,
        images=images,
        price_range=PriceRange(amounts[0], amounts[-1]) if amounts else None,
        variants=variants,
        seo={
            "title": product.own_seo_title or product.seo_title,
            "description": product.own_seo_description or product.seo_description,
        },
        metadata=product.metadata,
        created_at=product.created_at,
        updated_at=product.updated_at,
        since=sold.since,
        until=sold.until,
    )
