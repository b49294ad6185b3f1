"""Pages of shipping methods, of what they don't take, and of where they are picked up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline

from core.admin.bases import LedgerAdmin, ModelAdmin, Readable, ServiceAdmin
from core.admin.columns import NOTHING, money_column, money_text
from shipping.admin.forms import METHOD_FIELDS, POINT_FIELDS, PickupPointForm, ShippingMethodPageForm, method_values
from shipping.models import PickupPoint, ShippingExclusion, ShippingMethod
from shipping.rate_lines import text_of
from shipping.services import (
    shipping_method_create,
    shipping_method_delete,
    shipping_method_update,
)


class ShippingExclusionInline(TabularInline):
    """What a method doesn't take: a product or a category a row."""

    model = ShippingExclusion
    extra = 0
    autocomplete_fields = ("product", "category")
    fields = ("product", "category")
    verbose_name = "goods"
    verbose_name_plural = "Goods that it doesn't take (a category with all below it)"


class PickupPointInline(StackedInline):
    """Where a method's goods are collected."""

    model = PickupPoint
    form = PickupPointForm
    extra = 0
    fields = POINT_FIELDS
    verbose_name = "pick-up point"
    verbose_name_plural = "Pick-up points (of a method whose kind is pick-up)"


@admin.register(ShippingMethod)
class ShippingMethodAdmin(Readable, ServiceAdmin):
    """How is shipped, and for how much."""

    form = ShippingMethodPageForm
    inlines = (PickupPointInline, ShippingExclusionInline)
    list_display = ("name", "market", "zone", "price", "free_from", "days", "is_active")
    list_select_related = ("market", "zone")
    list_filter = ("is_active", "market", "zone")
    search_fields = ("name", "code", "zone__name")
    fields = (("market", "zone"), *METHOD_FIELDS, ("cutoff_time", "holidays"), "working_days")

    conditional_fields: ClassVar[dict[str, str]] = {"amount": "rate_by == 'flat'", "tiers": "rate_by != 'flat'"}
    readable = {"amount": "price", "free_from_amount": "free_from", "tiers": "table"}

    free_from = money_column("free_from_amount", "free from", currency="market.currency")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a method in its market: its prices are in that currency."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, "market")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> ShippingMethod:
        """Make a method."""
        market = values["market"]
        return shipping_method_create(values=method_values(values, values, market) | {"market": market.code})

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a method, all but its market."""
        shipping_method_update(method_id=instance.pk, changes=method_values(values, values, instance.market))

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a method; orders keep their copy."""
        shipping_method_delete(method_id=instance.pk)

    @admin.display(description="price", ordering="amount")
    def price(self, method: ShippingMethod) -> str:
        """Write the flat price, or the cheapest and the dearest of the table."""
        if method.rate_by == ShippingMethod.RateBy.FLAT:
            return money_text(method.amount, method.market.currency)
        amounts = [tier["amount"] for tier in method.tiers]
        ends = [money_text(amount, method.market.currency) for amount in (min(amounts), max(amounts))]
        return " to ".join(dict.fromkeys(ends))

    @admin.display(description="price table")
    def table(self, method: ShippingMethod) -> str:
        """Write the table as it is typed."""
        currency = method.market.currency
        return text_of(method.tiers, rate_by=method.rate_by, currency=currency).replace("\n", ", ") or NOTHING

    @admin.display(description="days", ordering="min_days")
    def days(self, method: ShippingMethod) -> str:
        """Write the range as people read it."""
        ends = [str(days) for days in (method.min_days, method.max_days) if days is not None]
        return " to ".join(dict.fromkeys(ends)) or NOTHING


@admin.register(ShippingExclusion)
class ShippingExclusionAdmin(LedgerAdmin):
    """Which methods don't take a thing; changed on the method's page."""

    list_display = ("method", "product", "category")
    list_select_related = ("method", "product", "category")
    list_filter = ("method__market",)
    search_fields = ("method__name", "method__code")
    id_search_fields = ("method_id", "product_id", "category_id")
    search_help_text = "Name or code of a method, or the id of a thing."
    fields = ("method", "product", "category")


@admin.register(PickupPoint)
class PickupPointAdmin(ModelAdmin):
    """Where goods are collected."""

    form = PickupPointForm
    list_display = ("name", "method", "city", "code", "is_active")
    list_select_related = ("method",)
    list_filter = ("is_active", "method__market")
    search_fields = ("name", "code")
    fields = ("method", *POINT_FIELDS)

    @admin.display(description="city")
    def city(self, point: PickupPoint) -> str:
        """Say where it is."""
        return str(point.address["city"]) or NOTHING
