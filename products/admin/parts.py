"""Pages of a product's parts, for finding them across products; the product's page is where most are edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin.bases import LedgerAdmin, ModelAdmin, Readable, ReadOnlyAdmin, ServiceAdmin, merge_of
from core.admin.columns import NOTHING, link, money_column
from core.admin.forms import AmountField, MoneyForm
from core.money import CURRENCIES, Money
from products.admin.inlines import PriceForm, upright
from products.admin.pictures import preview
from products.admin.saving import kept_forms, typed_price
from products.admin.variants import plain_number
from products.fields import VariantFields
from products.models import (
    Media,
    Price,
    PriceHistory,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    SlugRedirect,
    Variant,
)
from products.services import prices_replace, variant_create, variant_delete, variant_update
from users.admin.caller import admin_caller


class PriceOfVariantInline(Readable, TabularInline):
    """A variant's prices."""

    model = Price
    form = PriceForm
    extra = 0
    fields = ("market", "amount", "compare_at_amount", "valid_from", "valid_until")
    hide_title = True
    readable = {"amount": "price", "compare_at_amount": "compare_at"}

    price = money_column("amount", "price", currency="market.currency")
    compare_at = money_column("compare_at_amount", "compare at", currency="market.currency")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Put date above time: two of both have to fit into a row."""
        return super().formfield_for_dbfield(db_field, request, **kwargs | upright(db_field))


class VariantForm(MoneyForm):
    """A variant with its cost typed in a currency."""

    money_fields = ("cost_amount",)
    cost_amount = AmountField(label="Cost", required=False, help_text="What it costs you; never shown to shoppers.")
    cost_currency = forms.ChoiceField(
        required=False,
        choices=[("", "—"), *((code, code) for code in sorted(CURRENCIES))],
        widget=UnfoldAdminSelect2Widget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Write the weight without the noughts that it is stored with."""
        super().__init__(*args, **kwargs)
        if self.instance.weight_grams is not None:
            self.initial["weight_grams"] = plain_number(self.instance.weight_grams)

    def stored_currency(self) -> str | None:
        """Return the currency of the stored cost."""
        return self.instance.cost_currency or None

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency that was typed; a cost without one is refused."""
        currency = str(cleaned.get("cost_currency") or "")
        if cleaned.get("cost_amount") and not currency:
            self.add_error("cost_currency", "Say in which currency.")
        return currency or None


@admin.register(Variant)
class VariantAdmin(Readable, ServiceAdmin):
    """What is bought, across products."""

    form = VariantForm
    list_display = ("sku", "product", "choice", "barcode", "weight_grams", "is_stock_tracked")
    list_display_links = ("sku", "choice")
    list_select_related = ("product",)
    list_filter = ("product__status", "is_stock_tracked", "requires_shipping", "is_taxable")
    search_fields = ("sku__istartswith", "barcode__exact", "product__title")
    search_help_text = "Start of an SKU, a whole barcode, or a part of a product's title."
    id_search_fields = ("id", "product_id")
    autocomplete_fields = ("product",)
    ordering = ("product__title", "position")
    fieldsets = (
        (None, {"fields": ("product", ("sku", "barcode"), "option_values")}),
        (
            "Selling",
            {
                "fields": (
                    ("is_stock_tracked", "released_on"),
                    "is_taxable",
                    ("max_order_quantity", "max_customer_quantity"),
                    ("cost_amount", "cost_currency"),
                )
            },
        ),
        ("Shipping", {"fields": ("requires_shipping", "weight_grams", ("length_mm", "width_mm", "height_mm"))}),
        ("Data", {"fields": ("metadata",), "classes": ("collapse",)}),
    )
    inlines = (PriceOfVariantInline,)
    readable = {"cost_amount": "cost"}

    cost = money_column("cost_amount", "cost", currency="cost_currency")

    @display(description="choice")
    def choice(self, variant: Variant) -> str:
        """Name the option values."""
        return " / ".join(variant.option_values)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a variant with its product."""
        return (
            super().get_readonly_fields(request, obj)
            if obj is None
            else (*super().get_readonly_fields(request, obj), "product", "option_values")
        )

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Variant:
        """Add a variant to a product."""
        product = values.pop("product")
        return variant_create(
            product_id=product.pk, fields=_fields(values, Variant()), actor=admin_caller(request).actor
        )

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a variant."""
        variant_update(variant_id=instance.pk, changes=_fields(values, instance), actor=admin_caller(request).actor)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a variant that no ledger knows."""
        variant_delete(variant_id=instance.pk, actor=admin_caller(request).actor)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Replace the variant's prices by those of the page."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.has_changed():
            prices = [typed_price(row.cleaned_data) for row in kept_forms(formset)]
            prices_replace(variant_id=form.instance.pk, prices=prices, actor=admin_caller(request).actor)


def _fields(values: dict[str, Any], stored: Variant) -> VariantFields:
    """Return what was typed as the services take it: the cost as money, metadata as a patch."""
    if "cost_amount" in values or "cost_currency" in values:
        amount = values.pop("cost_amount", stored.cost_amount)
        currency = values.pop("cost_currency", stored.cost_currency)
        values["cost"] = None if amount is None else Money(amount, currency)
    if "metadata" in values:
        values["metadata"] = merge_of(stored.metadata, values["metadata"] or {})
    return values  # type: ignore[return-value]


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    """Prices across products. Edited on the product's page, where they are seen beside each other."""

    list_display = ("product", "variant", "market", "price", "compare_at", "valid_from", "valid_until")
    list_display_links = ("product", "variant")
    list_select_related = ("product", "variant", "market")
    list_filter = ("market", "valid_from", "valid_until")
    search_fields = ("variant__sku__istartswith", "product__title")
    search_help_text = "Start of an SKU, or a part of a product's title."
    id_search_fields = ("id", "variant_id", "product_id")
    ordering = ("product__title", "variant__position", "market__position", "valid_from")
    fields = ("product_link", ("variant", "market"), ("price", "compare_at"), ("valid_from", "valid_until"))
    readonly_fields = ("product_link", "price", "compare_at")

    price = money_column("amount", "price", currency="market.currency")
    compare_at = money_column("compare_at_amount", "compare at", currency="market.currency")

    @display(description="product")
    def product_link(self, price: Price) -> SafeString:
        """Lead to where it is edited."""
        return product_link(price.product)


@admin.register(PriceHistory)
class PriceHistoryAdmin(LedgerAdmin):
    """What prices were, since when and by whom."""

    list_display = ("variant", "market", "price", "compare_at", "starts_at", "ends_at", "recorded_by")
    list_select_related = ("variant", "market")
    list_filter = ("market", "recorded_at")
    search_fields = ("variant__sku__istartswith",)
    search_help_text = "Start of an SKU, or a whole id."
    id_search_fields = ("price_id", "variant_id")
    ordering = ("-id",)
    fields = (
        ("variant", "market"),
        ("price", "compare_at"),
        ("valid_from", "valid_until"),
        ("recorded_at", "recorded_by"),
        ("ended_at", "ended_by"),
        ("starts_at", "ends_at"),
    )
    readonly_fields = ("price", "compare_at")

    price = money_column("amount", "price", currency="market.currency")
    compare_at = money_column("compare_at_amount", "compare at", currency="market.currency")


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    """Pictures across products. Edited on the product's page."""

    list_display = ("picture", "product", "alt", "size", "position", "created_at")
    list_display_links = ("picture", "product")
    list_select_related = ("product",)
    list_filter = ("product__status", "created_at")
    search_fields = ("product__title", "alt")
    id_search_fields = ("id", "product_id")
    fields = ("product_link", "large_picture", "file", "url", "alt", "variants", ("position", "size", "created_at"))
    readonly_fields = ("product_link", "large_picture", "size")
    ordering = ("-created_at",)

    @display(description="picture")
    def picture(self, picture: Media) -> SafeString:
        """Show it small."""
        return preview(picture, size=32)

    @display(description="picture")
    def large_picture(self, picture: Media) -> SafeString:
        """Show it."""
        return preview(picture, size=160)

    @display(description="product")
    def product_link(self, picture: Media) -> SafeString:
        """Lead to where it is edited."""
        return product_link(picture.product)

    @display(description="size")
    def size(self, picture: Media) -> str:
        """Write width and height."""
        return f"{picture.width} x {picture.height}" if picture.width and picture.height else NOTHING


def product_link(product: Product) -> SafeString:
    """Lead to a product's page."""
    return link(reverse("admin:products_product_change", args=[product.pk]), product.title)


@admin.register(ProductOption)
class ProductOptionAdmin(ReadOnlyAdmin):
    """Which products have this option? Edited on the product's page."""

    list_display = ("product", "name", "value_list", "position")
    list_select_related = ("product",)
    list_filter = ("product__status",)
    search_fields = ("name", "product__title")
    id_search_fields = ("product_id",)
    ordering = ("product__title", "position")

    @display(description="values")
    def value_list(self, option: ProductOption) -> str:
        """List the values."""
        return ", ".join(option.values)


@admin.register(ProductTranslation)
class ProductTranslationAdmin(ReadOnlyAdmin):
    """Which products are translated? Edited on the product's page."""

    list_display = ("title", "language", "product")
    list_select_related = ("product",)
    list_filter = ("product__status",)
    search_fields = ("title", "product__title")
    id_search_fields = ("product_id",)
    ordering = ("product__title", "language")


@admin.register(ProductCategory)
class ProductCategoryAdmin(ReadOnlyAdmin):
    """Which products stand where? Edited on the product's page."""

    list_display = ("product", "category", "position")
    list_select_related = ("product", "category")
    list_filter = ("category__is_active",)
    search_fields = ("product__title", "category__name")
    id_search_fields = ("product_id", "category_id")
    ordering = ("product__title", "position")


@admin.register(SlugRedirect)
class SlugRedirectAdmin(ModelAdmin):
    """Old addresses that still lead somewhere; written when a slug changes, deleted when nobody needs them."""

    list_display = ("old_slug", "kind", "target_id", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("old_slug",)
    id_search_fields = ("target_id",)
    ordering = ("-created_at", "-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a change of a slug writes it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
