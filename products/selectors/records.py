"""Products as staff see and write them: everything, in every market and language, drafts too."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from core.ids import as_uuid
from products.exceptions import ProductNotFound, VariantNotFound
from products.models import Media, Price, Product, ProductCategory, Variant


def product_records(*, status: str | None = None, words: str | None = None) -> QuerySet[Product]:
    """Return products with all that belongs to them, in eight queries for any number of them.

    `words` finds titles, slugs and SKUs that contain them.
    """
    products = Product.objects.select_related("brand", "tax_category").prefetch_related(
        Prefetch("category_links", ProductCategory.objects.select_related("category").order_by("position", "id")),
        "options",
        Prefetch("variants", Variant.objects.order_by("position", "id")),
        Prefetch("variants__prices", Price.objects.select_related("market").order_by("market__code", "valid_from")),
        "translations",
        Prefetch("media", Media.objects.prefetch_related("variants").order_by("position", "id")),
    )
    if status is not None:
        products = products.filter(status=status)
    if words:
        found = Q(title__icontains=words) | Q(slug__icontains=words) | Q(variants__sku__icontains=words)
        products = products.filter(pk__in=Product.objects.filter(found).values("pk"))
    return products


def product_record(reference: str) -> Product:
    """Return one product with all that belongs to it, by its id or else its slug.

    Raises:
        ProductNotFound: there is none.
    """
    key = as_uuid(reference)
    product = product_records().filter(Q(slug=reference) if key is None else Q(pk=key)).first()
    if product is None:
        raise ProductNotFound
    return product


def variant_record(reference: str) -> Variant:
    """Return a variant with its product and prices, by its id or else its SKU.

    Raises:
        VariantNotFound: there is none.
    """
    key = as_uuid(reference)
    variants = Variant.objects.select_related("product").prefetch_related(
        Prefetch("prices", Price.objects.select_related("market").order_by("market__code", "valid_from"))
    )
    named = Q(pk=key) if key is not None else Q(sku=reference) & ~Q(sku="")
    variant = variants.filter(named).first()
    if variant is None:
        raise VariantNotFound
    return variant
