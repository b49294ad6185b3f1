"""The product's page with its stock: it touches both apps, and this is the higher one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from unfold.decorators import display

from core.admin.columns import NOTHING
from inventory.admin.levels import StockLevelForm
from inventory.models import StockLevel
from products.admin.inlines import OfProduct
from products.admin.product import ProductAdmin
from products.models import Product
from users.admin.caller import admin_caller


class StockOfProductInline(OfProduct):
    """The stock of all of a product's variants at all locations."""

    model = StockLevel
    form = StockLevelForm
    can_delete = False
    verbose_name_plural = "stock"
    fields = ("variant", "location", "on_hand", "promised", "reason", "low_stock_threshold", "backorder_limit")
    readonly_fields = ("promised",)

    def get_form_queryset(self, obj: Product) -> QuerySet[StockLevel]:
        """Return the product's levels in the order of its variants and the locations."""
        levels = StockLevel.objects.filter(variant__product=obj).select_related("variant", "location")
        return levels.order_by("variant__position", "variant_id", "location__position", "location__code")

    @display(description="reserved")
    def promised(self, level: StockLevel) -> int:
        """Say how many are promised to orders."""
        return level.reserved


@admin.register(Product)
class StockedProductAdmin(ProductAdmin):
    """The product's page with its stock. It is registered here since it touches both apps, and this is the higher."""

    list_display = (*ProductAdmin.list_display[:-1], "in_stock", ProductAdmin.list_display[-1])
    inlines = (*ProductAdmin.inlines[:2], StockOfProductInline, *ProductAdmin.inlines[2:])

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add what can be sold of each product, over its variants and all active locations."""
        levels = StockLevel.objects.filter(variant__product=OuterRef("pk"), location__is_active=True).order_by()
        free = levels.values("variant__product").annotate(free=Sum(F("on_hand") - F("reserved"))).values("free")
        return super().for_list(queryset).annotate(free=Subquery(free))

    @display(description="in stock", ordering=F("free").asc(nulls_last=True))
    def in_stock(self, product: Any) -> str:
        """Say how many pieces aren't promised."""
        return NOTHING if product.free is None else str(product.free)

    def save_more(self, request: HttpRequest, formset: Any) -> None:
        """Let the service write levels with their movements and events."""
        if formset.model is StockLevel:
            for row in formset.forms:
                if row.has_changed():
                    row.level_save(actor=admin_caller(request).actor)
