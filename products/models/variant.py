"""Tables of what is bought: variants, their prices, and the pictures of either."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from markets.models import Market, validity
from products.models.product import Product
from products.triggers import OF_MEDIA, OF_PRODUCT, bump, price_history, prices_follow, product_of_variant


class Variant(models.Model):
    """What is bought: one choice of each of the product's options."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=100, blank=True)
    option_values = ArrayField(
        models.CharField(max_length=255), default=list, blank=True, help_text="One of each option, in their order."
    )
    barcode = models.CharField(max_length=64, blank=True, help_text="GTIN, EAN, UPC or ISBN.")
    weight_grams = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    length_mm = models.PositiveIntegerField(null=True, blank=True)
    width_mm = models.PositiveIntegerField(null=True, blank=True)
    height_mm = models.PositiveIntegerField(null=True, blank=True)
    requires_shipping = models.BooleanField(default=True)
    is_taxable = models.BooleanField(default=True)
    is_stock_tracked = models.BooleanField(default=True, help_text="Untracked variants can always be sold.")
    released_on = models.DateField(
        null=True,
        blank=True,
        help_text="Sold as a preorder until then: it can be ordered, and is sent from that day on.",
    )
    max_order_quantity = models.PositiveIntegerField(null=True, blank=True, help_text="Per order; blank is no limit.")
    max_customer_quantity = models.PositiveIntegerField(
        null=True, blank=True, help_text="Per customer, over all orders that aren't cancelled; blank is no limit."
    )
    cost_amount = models.BigIntegerField(null=True, blank=True, help_text="Minor units; never shown to shoppers.")
    cost_currency = models.CharField(max_length=3, blank=True)
    position = models.PositiveIntegerField(default=0)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """SKUs are unique where there is one; a product has no two variants of the same choice."""

        ordering = ("position", "id")
        triggers = (*bump(OF_PRODUCT, is_text=True), prices_follow())
        constraints = (
            models.UniqueConstraint(fields=("sku",), condition=~Q(sku=""), name="products_variant_sku"),
            models.UniqueConstraint(fields=("product", "option_values"), name="products_variant_options"),
            models.CheckConstraint(
                condition=Q(weight_grams__isnull=True) | Q(weight_grams__gte=0), name="products_variant_weight"
            ),
            models.CheckConstraint(
                condition=Q(cost_amount__isnull=True) | (Q(cost_amount__gte=0) & Q(cost_currency__regex=r"^[A-Z]{3}$")),
                name="products_variant_cost",
            ),
            models.CheckConstraint(
                condition=Q(max_order_quantity__isnull=True) | Q(max_order_quantity__gt=0),
                name="products_variant_max_order_quantity",
            ),
            models.CheckConstraint(
                condition=Q(max_customer_quantity__isnull=True) | Q(max_customer_quantity__gt=0),
                name="products_variant_max_customer_quantity",
            ),
        )
        indexes = (models.Index(fields=("barcode",), condition=~Q(barcode=""), name="products_variant_barcode"),)

    def __str__(self) -> str:
        """Give the SKU and choice."""
        return " / ".join(part for part in (self.sku, *self.option_values) if part) or str(self.id)


class Price(models.Model):
    """What a variant costs in a market during a time, in the market's currency. Times never overlap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="prices",
        editable=False,
        db_index=False,
        help_text="The variant's; written by a trigger.",
    )
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="prices", db_index=False)
    amount = models.BigIntegerField(help_text="Minor units of the market's currency.")
    compare_at_amount = models.BigIntegerField(null=True, blank=True, help_text="The price it is compared with.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")

    class Meta:
        """One price at a time."""

        ordering = ("market", "valid_from")
        triggers = (product_of_variant(), *bump(OF_PRODUCT), *price_history())
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="products_price_amount"),
            models.CheckConstraint(
                condition=Q(compare_at_amount__isnull=True) | Q(compare_at_amount__gte=0),
                name="products_price_compare_at",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="products_price_validity",
            ),
            ExclusionConstraint(
                name="products_price_overlap",
                expressions=[
                    ("variant", RangeOperators.EQUAL),
                    ("market", RangeOperators.EQUAL),
                    (validity(), RangeOperators.OVERLAPS),
                ],
            ),
        )
        indexes = (
            # What a product sells in a market, and products in the order of their prices: answered by the index alone.
            models.Index(
                fields=("product", "market", "amount"),
                include=("variant", "valid_from", "valid_until"),
                name="products_price_product",
            ),
            models.Index(
                fields=("market", "amount"),
                include=("product", "variant", "valid_from", "valid_until"),
                name="products_price_market",
            ),
            # A page asks when a price of the market last began or ended by itself.
            models.Index(
                fields=("market", "valid_from"), condition=Q(valid_from__isnull=False), name="products_price_from"
            ),
            models.Index(
                fields=("market", "valid_until"), condition=Q(valid_until__isnull=False), name="products_price_until"
            ),
        )

    def __str__(self) -> str:
        """Give the bare amount; the currency is the market's."""
        return str(self.amount)


class Media(models.Model):
    """A picture of a product or of one variant: a file of ours with its smaller renditions, or a URL elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    variants: models.ManyToManyField[Variant, Any] = models.ManyToManyField(Variant, blank=True, related_name="media")
    file = models.ImageField(
        upload_to="products/%Y/%m", blank=True, max_length=300, width_field="width", height_field="height"
    )
    url = models.URLField(max_length=2000, blank=True)
    renditions = models.JSONField(default=dict, blank=True, help_text="Width to file name, made when uploaded.")
    alt = models.CharField(max_length=500, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """In order; either a file or a URL."""

        ordering = ("position", "id")
        verbose_name_plural = "media"
        triggers = bump(OF_PRODUCT)
        constraints = (
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(url="")) | (~Q(file="") & Q(url="")), name="products_media_source"
            ),
        )

    def __str__(self) -> str:
        """Give the description or the source."""
        return self.alt or self.url or str(self.file.name)


class MediaVariant(Media.variants.through):  # type: ignore[name-defined]  # Django makes this class.
    """A picture's being of a variant: Django's own table, here for its triggers."""

    class Meta:
        """The same table."""

        proxy = True
        triggers = bump(OF_MEDIA)
