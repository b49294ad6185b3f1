"""Pages of carts: what somebody is about to buy, only to be read; buyers change carts, through services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from cart.admin.preview import PreviewPage
from cart.models import Cart, CartCode, CartLine, OutsideAnswer
from core.admin.bases import LedgerAdmin, ReadOnlyInline
from core.admin.columns import NOTHING, count_of, label_column, money_column
from users.labels import address_lines


class CartLineInline(ReadOnlyInline):
    """What is in the cart."""

    model = CartLine
    fields = ("product", "variant", "quantity", "seen_price")
    readonly_fields = fields
    show_change_link = False
    hide_title = True

    seen_price = money_column("seen_unit_amount", "unit price", currency="cart.market.currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load names and currency with the lines."""
        return super().get_queryset(request).select_related("variant__product", "cart__market")

    @admin.display(description="product")
    def product(self, line: CartLine) -> str:
        """Name the product."""
        return line.title or (line.variant.product.title if line.variant else NOTHING)


class CartCodeInline(ReadOnlyInline):
    """Which codes are in the cart."""

    model = CartCode
    fields = ("code", "created_at")
    readonly_fields = fields
    show_change_link = False
    hide_title = True


@admin.register(Cart)
class CartAdmin(PreviewPage):
    """Carts of guests and customers."""

    change_list_template = "admin/cart/cart/change_list.html"
    list_display = ("created_at", "buyer", "market", "state", "line_count", "updated_at", "expires_at")
    list_select_related = ("customer", "market")
    list_filter = ("status", "market", "created_at")
    search_fields = ("email__istartswith", "customer__email__istartswith")
    search_help_text = "Start of an e-mail, or a whole id."
    inlines = (CartLineInline, CartCodeInline)
    fieldsets = (
        (None, {"fields": (("status", "market", "language"), ("customer", "email"), "vat_id", "note")}),
        ("Delivery", {"fields": (("ship_to", "bill_to"), "shipping_method"), "classes": ("tab",)}),
        (
            "System",
            {
                "fields": ("metadata", ("version", "expires_at", "held_until"), ("created_at", "updated_at")),
                "classes": ("tab",),
            },
        ),
    )

    readonly_fields = ("ship_to", "bill_to")

    state = label_column("status", "status", {"open": "info", "ordered": "success", "expired": "warning"})

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count the lines of the page's carts."""
        return queryset.annotate(lines_count=count_of(CartLine, "cart"))

    @admin.display(description="buyer")
    def buyer(self, cart: Cart) -> str:
        """Give the best name there is."""
        return cart.customer.email if cart.customer else cart.email or "guest"

    @admin.display(description="ship to")
    def ship_to(self, cart: Cart) -> str:
        """Write the address as it stands on a label."""
        return _label(cart.shipping_address) or NOTHING

    @admin.display(description="bill to")
    def bill_to(self, cart: Cart) -> str:
        """Write the address as it stands on a label."""
        return _label(cart.billing_address) or (NOTHING if cart.shipping_address is None else "The same address")

    @admin.display(description="lines")
    def line_count(self, cart: Any) -> int:
        """Say how many lines it has."""
        return int(cart.lines_count)


@admin.register(CartLine)
class CartLineAdmin(LedgerAdmin):
    """Single lines: who has this variant in the cart."""

    list_display = ("variant", "product", "quantity", "seen_price", "cart_status", "created_at")
    list_select_related = ("variant__product", "cart__market")
    list_filter = ("cart__status", "created_at")
    search_fields = ("variant__sku__istartswith", "title")
    id_search_fields = ("cart_id", "variant_id", "id")
    search_help_text = "Start of an SKU, a part of a title, or a whole cart id."
    ordering = ("-created_at",)
    fields = ("cart", "variant", ("quantity", "seen_price"), "created_at")
    readonly_fields = ("seen_price",)

    seen_price = money_column("seen_unit_amount", "unit price", currency="cart.market.currency")

    @admin.display(description="product", ordering="title")
    def product(self, line: CartLine) -> str:
        """Name the product."""
        return line.title or (line.variant.product.title if line.variant else NOTHING)

    @admin.display(description="cart", ordering="cart__status")
    def cart_status(self, line: CartLine) -> str:
        """Say whether the cart is still open."""
        return line.cart.get_status_display()


@admin.register(CartCode)
class CartCodeAdmin(LedgerAdmin):
    """Codes in carts: who is about to use one."""

    list_display = ("code", "promotion", "cart_status", "created_at")
    list_select_related = ("code__promotion", "cart__market")
    list_filter = ("cart__status", "created_at")
    search_fields = ("code__code__startswith",)
    id_search_fields = ("cart_id", "code_id", "code__promotion_id")
    search_help_text = "Start of a code, in capitals, or a whole id of a cart or promotion."
    ordering = ("-id",)
    fields = ("cart", "code", "created_at")

    @admin.display(description="promotion")
    def promotion(self, row: CartCode) -> str:
        """Name what it is a code of."""
        return str(row.code.promotion)

    @admin.display(description="cart", ordering="cart__status")
    def cart_status(self, row: CartCode) -> str:
        """Say whether the cart is still open."""
        return row.cart.get_status_display()


@admin.register(OutsideAnswer)
class OutsideAnswerAdmin(LedgerAdmin):
    """What carriers and tax services said of carts: who is silent, and since when."""

    list_display = ("asked_at", "kind", "service", "outcome", "expires_at")
    list_select_related = ("cart__market",)
    list_filter = ("kind", "asked_at")
    search_fields = ("service__istartswith", "failure__istartswith")
    id_search_fields = ("cart_id", "id")
    search_help_text = "Start of a service's name or of a failure, or a whole id of a cart."
    ordering = ("-asked_at",)
    fields = ("cart", ("kind", "service"), "outcome", "answer", ("asked_at", "expires_at"))
    readonly_fields = ("outcome",)

    @admin.display(description="outcome", ordering="failure")
    def outcome(self, row: OutsideAnswer) -> str:
        """Say whether it answered, or why not."""
        return row.failure.replace("_", " ") or "answered"


def _label(address: dict[str, Any] | None) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in address_lines(address)))
