"""Pages of gift cards and store credit: issued and adjusted by their services; a code is shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core import clock
from core.admin.bases import LedgerAdmin, ReadOnlyInline, ServiceAdmin
from core.admin.columns import ActorColumn, money_column
from core.admin.filters import one_of
from core.admin.forms import AmountField, MoneyForm
from core.money import CURRENCIES, Money, MoneyError, parse_decimal
from markets.models import Market
from promotions.credit.services import gift_card_adjust, gift_card_issue, gift_card_update, store_credit_adjust
from promotions.models import CreditEntry, GiftCard, StoreCredit
from users.admin.caller import admin_caller


class EntryInline(ReadOnlyInline):
    """What happened to a balance."""

    model = CreditEntry
    fields = ("created_at", "kind", "money", "order", "reason", "actor")
    readonly_fields = fields
    show_change_link = False
    hide_title = True
    tab = False
    verbose_name_plural = "ledger"


class CardEntryInline(EntryInline):
    """Of a gift card."""

    fk_name = "card"
    money = money_column("amount", "amount", currency="card.currency")


class StoreCreditEntryInline(EntryInline):
    """Of a store credit."""

    fk_name = "store_credit"
    money = money_column("amount", "amount", currency="store_credit.currency")


class AdjustingForm(MoneyForm):
    """A balance with the change that somebody wants to make of it."""

    adjustment = AmountField(
        label="Put on, or take off",
        required=False,
        help_text="Such as 10.00, or -10.00 to take away; blank changes nothing.",
    )
    reason = forms.CharField(
        label="Because", required=False, max_length=500, widget=UnfoldAdminTextInputWidget, help_text="Kept for good."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for what was put on it, and the currency, once."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            for name in ("issued_amount", "currency"):
                self.fields.pop(name, None)
        elif "currency" not in self.initial:
            markets = Market.objects.order_by("-is_default", "position", "code")
            self.initial["currency"] = markets.values_list("currency", flat=True).first()

    def stored_currency(self) -> str | None:
        """Return the currency of the balance."""
        return None if self.instance._state.adding else self.instance.currency  # noqa: SLF001 (Django's documented name)

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the chosen currency, or the one that it has."""
        return cleaned.get("currency") or self.stored_currency()

    def clean(self) -> dict[str, Any]:
        """Read the change in the balance's currency, and ask why."""
        cleaned = super().clean()
        text, currency = cleaned.pop("adjustment", ""), self.chosen_currency(cleaned)
        cleaned["adjustment"] = None
        if text and currency:
            is_less = text.startswith("-")
            try:
                amount = parse_decimal(text.removeprefix("-"), currency)
            except MoneyError as error:
                self.add_error("adjustment", str(error))
            else:
                cleaned["adjustment"] = Money(-amount if is_less else amount, currency)
            if not cleaned.get("reason"):
                self.add_error("reason", "Say why, for whoever reads the ledger.")
        return cleaned


def _currency_field() -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(code, code) for code in sorted(CURRENCIES)], widget=UnfoldAdminSelectWidget)


class GiftCardForm(AdjustingForm):
    """A gift card: what is put on it when it is issued, and later whether it pays."""

    money_fields = ("issued_amount",)
    issued_amount = AmountField(
        label="Amount", help_text="Such as 50.00. The card's code is shown once, when you have saved this."
    )
    currency = _currency_field()


@admin.register(GiftCard)
class GiftCardAdmin(ServiceAdmin):
    """Gift cards: issued here or sold as products."""

    form = GiftCardForm
    list_display = ("__str__", "left", "issued", "state", "expires_at", "customer", "created_at")
    list_select_related = ("customer",)
    list_filter = (
        "is_active",
        ("created_at", admin.DateFieldListFilter),
        ("expires_at", admin.DateFieldListFilter),
    )
    search_fields = ("last_characters__exact", "customer__email__istartswith", "note__icontains")
    search_help_text = "The code's last four characters, a customer's e-mail address, or words of the note."
    autocomplete_fields = ("customer",)
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("left", "issued"), "is_active", "expires_at", "customer", "note")}),
        ("Change the balance", {"fields": (("adjustment", "reason"),)}),
    )
    add_fieldsets = ((None, {"fields": (("issued_amount", "currency"), "expires_at", "customer", "note")}),)
    readonly_fields = ("left", "issued")
    inlines = (CardEntryInline,)

    left = money_column("balance_amount", "left")
    issued = money_column("issued_amount", "put on it")

    @display(
        description="status", label={"pays": "success", "stopped": "danger", "expired": "warning", "empty": "info"}
    )
    def state(self, card: GiftCard) -> str:
        """Say whether it pays."""
        if not card.is_active:
            return "stopped"
        if card.expires_at is not None and card.expires_at <= clock.now():
            return "expired"
        return "pays" if card.balance_amount else "empty"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the amount of a new one."""
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show the ledger of one that is there."""
        return () if obj is None else self.inlines

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: it is money; it can be stopped."""
        return False

    def create(self, request: HttpRequest, values: dict[str, Any]) -> GiftCard:
        """Issue a card, and keep its code for the answer to this request."""
        made = gift_card_issue(
            amount=Money(values["issued_amount"], values["currency"]),
            customer_id=values["customer"].pk if values["customer"] else None,
            expires_at=values["expires_at"],
            note=values["note"],
            actor=admin_caller(request).actor,
        )
        request.new_secret = made.code  # type: ignore[attr-defined]
        return made.card

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the code in this answer and nowhere else: not in a message, which would lie in the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"{obj}, {obj.balance}",
            "opts": self.opts,
            "secret": request.new_secret,  # type: ignore[attr-defined]
            "card_list": reverse("admin:promotions_giftcard_changelist"),
        }
        return TemplateResponse(
            request, "admin/promotions/giftcard/code.html", context, headers={"Cache-Control": "no-store"}
        )

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change what can be changed, and adjust the balance."""
        actor = admin_caller(request).actor
        changes: dict[str, Any] = {name: values[name] for name in ("is_active", "expires_at", "note") if name in values}
        if "customer" in values:
            changes["customer_id"] = values["customer"].pk if values["customer"] else None
        if changes:
            gift_card_update(card_id=instance.pk, changes=changes, actor=actor)
        if values.get("adjustment") is not None:
            gift_card_adjust(card_id=instance.pk, amount=values["adjustment"], reason=values["reason"], actor=actor)


class StoreCreditForm(AdjustingForm):
    """A customer's credit in a currency."""

    currency = _currency_field()


@admin.register(StoreCredit)
class StoreCreditAdmin(ServiceAdmin):
    """What the shop owes its customers in goods."""

    form = StoreCreditForm
    list_display = ("customer", "left", "updated_at")
    list_select_related = ("customer",)
    list_filter = (("updated_at", admin.DateFieldListFilter),)
    search_fields = ("customer__email__istartswith",)
    id_search_fields = ("id", "customer_id")
    autocomplete_fields = ("customer",)
    ordering = ("-id",)
    fieldsets = ((None, {"fields": (("customer", "left"), ("adjustment", "reason"))}),)
    add_fieldsets = ((None, {"fields": (("customer", "currency"), ("adjustment", "reason"))}),)
    inlines = (StoreCreditEntryInline,)

    left = money_column("balance_amount", "left")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for whom and in which currency, once."""
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let what is there stay its customer's."""
        return ("left",) if obj is None else ("customer", "left")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show the ledger of one that is there."""
        return () if obj is None else self.inlines

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: it is money."""
        return False

    def create(self, request: HttpRequest, values: dict[str, Any]) -> StoreCredit:
        """Give a customer credit; nothing is made of nothing."""
        return store_credit_adjust(
            customer_id=values["customer"].pk,
            amount=values["adjustment"] or Money(0, values["currency"]),
            reason=values["reason"],
            actor=admin_caller(request).actor,
        )

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Adjust it."""
        if values.get("adjustment") is not None:
            store_credit_adjust(
                customer_id=instance.customer_id,
                amount=values["adjustment"],
                reason=values["reason"],
                actor=admin_caller(request).actor,
            )


@admin.register(CreditEntry)
class CreditEntryAdmin(ActorColumn, LedgerAdmin):
    """Every change of every balance, the newest first."""

    list_display = ("created_at", "kind", "amount", "currency", "what", "order", "who")
    list_select_related = ("card", "store_credit", "order")
    list_filter = (one_of("kind", CreditEntry.Kind.choices, title="kind"), "created_at")
    search_fields = ("order__number",)
    search_help_text = "Order number, or the whole id of a card, a store credit or a payment."
    id_search_fields = ("card_id", "store_credit_id", "payment_id")
    ordering = ("-id",)
    fields = (
        ("created_at", "kind"),
        ("amount", "currency"),
        ("card", "store_credit"),
        ("order", "payment"),
        "reason",
        "who",
    )
    readonly_fields = ("currency", "who")

    @display(description="currency")
    def currency(self, row: CreditEntry) -> str:
        """Give the balance's."""
        return (row.card or row.store_credit).currency  # type: ignore[union-attr]  # One of them, by the schema.

    @display(description="of")
    def what(self, row: CreditEntry) -> str:
        """Name the card, or say that it is a customer's."""
        return str(row.card) if row.card is not None else "Store credit"
