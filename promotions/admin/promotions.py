"""Pages of promotions and their codes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from core.admin.bases import LedgerAdmin, ModelAdmin
from core.admin.columns import NOTHING, link, money_text
from promotions.admin.forms import CodeForm, PromotionForm
from promotions.models import Code, LimitUse, Promotion, PromotionGoods
from promotions.services import code_create, codes_generate, promotion_delete
from promotions.wording import benefit_text

_PERCENT = "benefit == 'percent' || benefit == 'buy_get'"
_AMOUNT = "benefit == 'amount' || benefit == 'bundle'"


class PromotionGoodsInline(TabularInline):
    """What it is about: one product, variant, category or collection a row; no row is everything."""

    model = PromotionGoods
    extra = 0
    autocomplete_fields = ("product", "variant", "category", "collection")
    fields = ("role", "quantity", "product", "variant", "category", "collection")
    verbose_name = "goods"
    verbose_name_plural = "Which goods (no row: all of them)"


@admin.register(Promotion)
class PromotionAdmin(ModelAdmin):
    """What the shop gives, to whom and when."""

    form = PromotionForm
    list_display = ("name", "gives", "requires_code", "starts_at", "ends_at", "used", "spent", "is_active")
    list_filter = ("is_active", "requires_code", "benefit", "starts_at", "ends_at")
    search_fields = ("name", "label", "codes__code__exact")
    search_help_text = "Name, label, or a whole code."
    ordering = ("-priority", "-id")
    inlines = (PromotionGoodsInline,)
    autocomplete_fields = ("markets", "customer_groups", "gift_variant")
    readonly_fields = ("figures",)
    conditional_fields: ClassVar[dict[str, str]] = {
        "percent": _PERCENT,
        "amount": _AMOUNT,
        "is_per_unit": "benefit == 'amount'",
        "method_codes": "benefit == 'free_shipping'",
        "buy_quantity": "benefit == 'buy_get'",
        "get_quantity": "benefit == 'buy_get' || benefit == 'gift'",
        "max_times": "benefit == 'buy_get' || benefit == 'bundle'",
        "gift_variant": "benefit == 'gift'",
    }
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "label"),
                    "is_active",
                    "benefit",
                    "percent",
                    "amount",
                    "is_per_unit",
                    "buy_quantity",
                    "get_quantity",
                    "max_times",
                    "gift_variant",
                    "method_codes",
                    ("currency", "min_amount", "min_quantity"),
                )
            },
        ),
        (
            "Codes",
            {
                "fields": ("requires_code", "new_code", ("code_count", "code_prefix"), "figures"),
                "description": "Without codes everybody gets it who has the goods.",
            },
        ),
        (
            "For whom and when",
            {
                "fields": (
                    ("starts_at", "ends_at"),
                    "weekdays",
                    ("markets", "countries"),
                    "customer_groups",
                    "is_first_order_only",
                ),
                "classes": ("tab",),
            },
        ),
        (
            "Limits and others",
            {
                "fields": (
                    ("max_amount", "budget_amount"),
                    ("use_limit", "customer_use_limit"),
                    ("priority", "group"),
                    "is_exclusive",
                ),
                "classes": ("tab",),
            },
        ),
    )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Make the codes that were asked for, after the promotion with its goods."""
        super().save_related(request, form, formsets, change)
        typed = form.cleaned_data
        if typed.get("new_code"):
            code_create(promotion_id=form.instance.pk, code=typed["new_code"])
        if typed.get("code_count"):
            made = codes_generate(
                promotion_id=form.instance.pk, count=typed["code_count"], prefix=typed.get("code_prefix") or ""
            )
            messages.success(request, f"{made.count} codes were generated.")
        if form.instance.requires_code and not form.instance.codes.exists():
            messages.warning(request, "It has no code yet, so nobody can get it: type one under “Add a code”.")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """Say how many codes go with the promotions; a list of them would be as long as they are many."""
        promotions = list(objs)
        counts = {
            "promotions": len(promotions),
            "codes": Code.objects.filter(promotion_id__in=[promotion.pk for promotion in promotions]).count(),
        }
        return [str(promotion) for promotion in promotions], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete it with its codes, be they ever so many."""
        promotion_delete(promotion_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete them one after the other, all or none."""
        for promotion in list(queryset):
            self.delete_model(request, promotion)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Read the counters of the page's promotions in one query."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        uses = LimitUse.objects.filter(subject_id__in=[row.pk for row in rows], holder="")
        used = {(use.subject_id, use.scope): use for use in uses}
        for row in rows:
            row.uses, row.budget = used.get((row.pk, "promotion")), used.get((row.pk, "budget"))
        changelist.result_list = rows
        return changelist

    @admin.display(description="gives", ordering="benefit")
    def gives(self, promotion: Promotion) -> str:
        """Say what it gives in a few words."""
        return benefit_text(promotion)

    @admin.display(description="used")
    def used(self, promotion: Any) -> str:
        """Say how many of its uses are had; without a limit nobody counts them."""
        if promotion.use_limit is None:
            return "not counted"
        return f"{promotion.uses.used if promotion.uses else 0} of {promotion.use_limit}"

    @admin.display(description="spent")
    def spent(self, promotion: Any) -> str:
        """Say how much of its budget is spent; without one nobody counts it."""
        if promotion.budget_amount is None:
            return "not counted"
        spent = promotion.budget.used if promotion.budget else 0
        return f"{money_text(spent, promotion.currency)} of {money_text(promotion.budget_amount, promotion.currency)}"

    @admin.display(description="its codes")
    def figures(self, promotion: Promotion) -> SafeString | str:
        """Lead to its codes."""
        if promotion._state.adding:  # noqa: SLF001 (Django's documented name)
            return NOTHING
        url = reverse("admin:promotions_code_changelist")
        return link(f"{url}?promotion__id__exact={promotion.pk}", f"{promotion.codes.count()} codes")


@admin.register(PromotionGoods)
class PromotionGoodsAdmin(LedgerAdmin):
    """Which promotions are about a thing; changed on the promotion's page."""

    list_display = ("promotion", "role", "thing", "quantity")
    list_select_related = ("promotion", "product", "variant", "category", "collection")
    list_filter = ("role",)
    search_fields = ("promotion__name",)
    id_search_fields = ("product_id", "variant_id", "category_id", "collection_id")
    search_help_text = "Name of a promotion, or the id of a thing."
    fields = ("promotion", "role", "quantity", "product", "variant", "category", "collection")

    @admin.display(description="thing")
    def thing(self, row: PromotionGoods) -> str:
        """Name it."""
        found = row.product or row.variant or row.category or row.collection
        return NOTHING if found is None else str(found)


@admin.register(Code)
class CodeAdmin(ModelAdmin):
    """Codes of all promotions; those that are used stay on their orders when they are deleted here."""

    form = CodeForm
    list_display = ("code", "promotion", "use_limit", "used", "created_at")
    list_select_related = ("promotion",)
    list_filter = ("created_at", "promotion__is_active")
    search_fields = ("code__startswith",)
    search_help_text = "Start of a code, in capitals."
    id_search_fields = ("batch", "promotion_id")
    autocomplete_fields = ("promotion",)
    ordering = ("-id",)
    fields = ("promotion", "code", "use_limit")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Let a promotion's page lead here."""
        return lookup == "promotion__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep a code what it is: people have it."""
        return ("promotion", "code") if obj is not None else ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Read the counters of the page's codes in one query."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        uses = LimitUse.objects.filter(subject_id__in=[row.pk for row in rows], holder="", scope="code")
        used = {use.subject_id: use.used for use in uses}
        for row in rows:
            row.used_count = used.get(row.pk, 0)
        changelist.result_list = rows
        return changelist

    @admin.display(description="used")
    def used(self, code: Any) -> str:
        """Say how often, where it is counted."""
        return NOTHING if code.use_limit is None else str(code.used_count)
