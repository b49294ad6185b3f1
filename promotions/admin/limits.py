"""Pages of limits: who has used how much of what, only to be read."""

from django.contrib import admin

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.admin.filters import one_of
from promotions.models import LimitClaim, LimitUse


class LimitClaimInline(ReadOnlyInline):
    """Which orders have used it."""

    model = LimitClaim
    fields = ("order", "quantity")
    readonly_fields = fields
    hide_title = True


@admin.register(LimitUse)
class LimitUseAdmin(ReadOnlyAdmin):
    """How much of each limit is used."""

    list_display = ("holder", "scope", "subject_id", "used", "allowed")
    list_filter = (one_of("scope", LimitUse.Scope.choices, title="scope"),)
    search_fields = ("holder__exact",)
    search_help_text = "A whole holder (email:ADDRESS, customer:ID), or the id of what is limited."
    id_search_fields = ("subject_id",)
    ordering = ("-id",)
    fields = (("scope", "subject_id"), "holder", ("used", "allowed"))
    inlines = (LimitClaimInline,)


@admin.register(LimitClaim)
class LimitClaimAdmin(LedgerAdmin):
    """What each order has used of limits."""

    list_display = ("order", "quantity", "scope", "holder")
    list_select_related = ("order", "use")
    list_filter = ("order__placed_at",)
    search_fields = ("order__number",)
    search_help_text = "Order number, or the id of what is limited."
    id_search_fields = ("order_id", "use__subject_id")
    ordering = ("-id",)
    fields = ("order", "use", "quantity")

    @admin.display(description="scope", ordering="use__scope")
    def scope(self, claim: LimitClaim) -> str:
        """Say what is limited."""
        return claim.use.scope

    @admin.display(description="holder")
    def holder(self, claim: LimitClaim) -> str:
        """Say whose use it is."""
        return claim.use.holder or "everybody"
