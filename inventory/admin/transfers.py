"""Pages of goods on their way: send or announce them, receive them, take them back, give them up."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from core.admin.bases import LedgerAdmin, ServiceAdmin
from core.admin.columns import actor_names, label_column
from core.problems import InvalidInput
from inventory.models import MAX_PIECES, StockTransfer, StockTransferLine
from inventory.selectors import stock_transfer_get
from inventory.services import TransferRequest, transfer_cancel, transfer_close, transfer_create, transfer_receive
from users.admin.acting import ActingAdmin, Action, VersionedForm
from users.admin.caller import admin_caller

COLOURS = {"in_transit": "info", "received": "success", "closed": "warning", "cancelled": "danger"}


class ReceiveForm(VersionedForm):
    """How many of each line have arrived; all that is missing unless something else is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for every line that something is missing of."""
        super().__init__(*args, **kwargs)
        self.lines = {f"quantity_{line.pk.hex}": line for line in self.row.lines.all() if line.missing_quantity}
        for name, line in self.lines.items():
            self.fields[name] = forms.IntegerField(
                min_value=0,
                max_value=line.missing_quantity,
                initial=line.missing_quantity,
                label=f"{line.variant.product.title} · {line.variant}",
                help_text=f"{line.missing_quantity} of {line.quantity} to come",
                widget=UnfoldAdminIntegerFieldWidget({"class": "tnd-quantity", "inputmode": "numeric"}),
            )

    def quantity_fields(self) -> list[Any]:
        """Return the lines' fields, for the template."""
        return [self[name] for name in self.lines]

    def clean(self) -> dict[str, Any]:
        """Refuse a delivery of nothing."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned[name] for name in self.lines):
            message = "Say how many of at least one line have arrived."
            raise forms.ValidationError(message)
        return cleaned

    def arrived(self) -> list[TransferRequest]:
        """Return how many of which variant have arrived."""
        typed = self.cleaned_data
        return [TransferRequest(line.variant_id, typed[name]) for name, line in self.lines.items() if typed[name]]


class ReasonForm(VersionedForm):
    """Why."""

    reason = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, help_text="Kept in the ledger with each movement."
    )


class CancelForm(VersionedForm):
    """Why, if there is anything to say."""

    reason = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)


def _cancel_question(transfer: StockTransfer) -> str:
    if transfer.source is None:
        return "What hasn't arrived is no longer expected. What has arrived stays."
    return f"What hasn't arrived is back at {transfer.source}, and on sale there. What has arrived stays."


def _is_to_come(transfer: StockTransfer) -> bool:
    return transfer.status == StockTransfer.Status.IN_TRANSIT


_ALL = (
    Action(
        name="receive",
        title="Receive",
        icon="inventory",
        right="stock:write",
        form=ReceiveForm,
        question=lambda transfer: f"What has arrived at {transfer.destination}? It's on sale at once.",
        is_possible=_is_to_come,
        run=lambda transfer, form, actor: transfer_receive(
            transfer_id=transfer.pk, lines=form.arrived(), actor=actor, precondition=form.seen
        ),
        done="The goods are in stock.",
    ),
    Action(
        name="close",
        title="Give up the rest",
        icon="report",
        right="stock:write",
        form=ReasonForm,
        question=lambda _transfer: "What hasn't arrived is lost: it is written off, and this can't be undone.",
        is_possible=_is_to_come,
        run=lambda transfer, form, actor: transfer_close(
            transfer_id=transfer.pk, reason=form.cleaned_data["reason"], actor=actor, precondition=form.seen
        ),
        done="What was missing is written off.",
        is_dangerous=True,
    ),
    Action(
        name="cancel",
        title="Cancel",
        icon="cancel",
        right="stock:write",
        form=CancelForm,
        question=_cancel_question,
        is_possible=_is_to_come,
        run=lambda transfer, form, actor: transfer_cancel(
            transfer_id=transfer.pk, reason=form.cleaned_data["reason"], actor=actor, precondition=form.seen
        ),
        done="The transfer is cancelled.",
        is_dangerous=True,
    ),
)


class TransferForm(forms.ModelForm):
    """Where goods come from and go to."""

    class Meta:
        """What can be typed."""

        model = StockTransfer
        fields = ("source", "destination", "reference", "expected_on")

    def clean(self) -> dict[str, Any]:
        """Refuse goods that stay where they are."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("source") is not None and cleaned.get("source") == cleaned.get("destination"):
            self.add_error("destination", "Goods go from one location to another; choose two, or no source.")
        return cleaned


class LineInline(TabularInline):
    """What to send."""

    model = StockTransferLine
    fields = ("variant", "quantity")
    autocomplete_fields = ("variant",)
    extra = 3
    verbose_name = "variant"
    verbose_name_plural = "what to send"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Ask for at least one piece."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "quantity" and field is not None:
            field.min_value, field.widget.attrs["min"] = 1, 1
            field.max_value = MAX_PIECES
        return field


@admin.register(StockTransfer)
class StockTransferAdmin(ActingAdmin, ServiceAdmin):
    """Goods on their way."""

    form = TransferForm
    inlines = (LineInline,)
    acts = {action.name: action for action in _ALL}
    page_template = "admin/inventory/stocktransfer/page.html"
    list_display = ("created_at", "reference", "source", "destination", "state", "expected_on")
    list_select_related = ("source", "destination")
    list_filter = ("status", "source", "destination")
    search_fields = ("reference__istartswith", "lines__variant__sku__istartswith")
    search_help_text = "Start of a reference or of an SKU."
    ordering = ("-id",)
    fields = (("source", "destination"), ("reference", "expected_on"))

    state = label_column("status", "status", COLOURS)

    def load(self, row_id: uuid.UUID) -> StockTransfer:
        """Return a transfer with its lines."""
        return stock_transfer_get(row_id)

    def page_of(self, row: StockTransfer) -> dict[str, Any]:
        """Return the transfer and its label."""
        who = actor_names([row.actor]).get(row.actor, row.actor)
        return {"transfer": row, "who": who, "colour": COLOURS[row.status]}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Wait for the lines: the service writes both."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Let the service send what was typed."""
        (formset,) = formsets
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        rows = [row.cleaned_data for row in formset.forms if row.cleaned_data and not row.cleaned_data.get("DELETE")]
        if not rows:
            message = "Name at least one variant, and how many of it."
            raise InvalidInput(message)
        typed = form.cleaned_data
        made = transfer_create(
            source_id=None if typed["source"] is None else typed["source"].pk,
            destination_id=typed["destination"].pk,
            lines=[TransferRequest(row["variant"].pk, row["quantity"]) for row in rows],
            reference=typed["reference"],
            expected_on=typed["expected_on"],
            actor=admin_caller(request).actor,
        )
        self.adopt(form.instance, made)


@admin.register(StockTransferLine)
class StockTransferLineAdmin(LedgerAdmin):
    """What is on its way, across transfers."""

    list_display = ("transfer", "variant", "quantity", "received_quantity", "state")
    list_select_related = ("transfer", "variant")
    list_filter = ("transfer__status",)
    search_fields = ("variant__sku__istartswith", "transfer__reference__istartswith")
    ordering = ("-id",)

    @display(description="status", ordering="transfer__status", label=COLOURS)
    def state(self, line: StockTransferLine) -> tuple[str, str]:
        """Label the transfer."""
        return line.transfer.status, line.transfer.get_status_display()
