"""Pages of counting: begin, type what was found, look at the differences, believe them or not."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from core.admin.bases import LedgerAdmin, ServiceAdmin
from core.admin.columns import actor_names, label_column
from inventory.models import MAX_PIECES, StockTake, StockTakeLine
from inventory.selectors import stock_take_get, stock_take_lines, stock_take_uncounted
from inventory.services import Count, take_apply, take_cancel, take_count, take_create
from products.models import Variant
from users.admin.acting import ActingAdmin, Action, VersionedForm
from users.admin.caller import admin_caller

COLOURS = {"open": "info", "applied": "success", "cancelled": "danger"}
OFFERED = 50
"""Levels that the form for counting asks for by name; the rest is typed or pasted."""
SHOWN = 200
"""Differences that the page shows; the API pages through all of them."""
MAX_TYPED = 1000


class CountForm(VersionedForm):
    """How many were found: of what isn't counted yet, and of anything else by SKU or barcode."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the first levels with goods that nobody has counted."""
        super().__init__(*args, **kwargs)
        levels = stock_take_uncounted(self.row).select_related("variant__product")
        offered = levels.order_by("variant__product__title", "variant__position", "id")[:OFFERED]
        self.levels = {f"counted_{level.pk.hex}": level for level in offered}
        for name, level in self.levels.items():
            self.fields[name] = _pieces(f"{level.variant.product.title} · {level.variant}")
        self.fields["more"] = forms.CharField(
            required=False,
            max_length=100_000,
            # Blank lines count, so that an error names the line that one sees.
            strip=False,
            label="Others",
            help_text="One in each line: an SKU or barcode, a blank, and how many were found. Paste it from a sheet.",
            widget=UnfoldAdminTextareaWidget({"rows": 6, "placeholder": "MUG-BLUE 12"}),
        )

    def quantity_fields(self) -> list[Any]:
        """Return the levels' fields, for the template."""
        return [self[name] for name in self.levels]

    def clean(self) -> dict[str, Any]:
        """Read what was typed line by line, and refuse to count nothing."""
        cleaned = super().clean() or self.cleaned_data
        counted = {
            level.variant_id: cleaned[name] for name, level in self.levels.items() if cleaned.get(name) is not None
        }
        for variant_id, number in self._typed(cleaned.get("more") or "").items():
            if variant_id in counted:
                self.add_error("more", f"{Variant.objects.get(pk=variant_id)} is counted above already.")
            counted[variant_id] = number
        if not self.errors and not counted:
            message = "Type how many were found of at least one variant."
            raise forms.ValidationError(message)
        self.counts = [Count(variant_id, number) for variant_id, number in counted.items()]
        return cleaned

    def _typed(self, text: str) -> dict[uuid.UUID, int]:
        """Return the counts of a text; what can't be read is an error that names its line."""
        rows = [(place, line.strip()) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(rows) > MAX_TYPED:
            self.add_error("more", f"Type {MAX_TYPED} lines at the most, then the others.")
            return {}
        read = [(place, *_split(line)) for place, line in rows]
        names = {name for _place, name, _number in read}
        variants = Variant.objects.filter(Q(sku__in=names) | Q(barcode__in=names)).exclude(sku="", barcode="")
        known: dict[str, set[uuid.UUID]] = {}
        for variant in variants:
            for name in {variant.sku, variant.barcode} & names:
                known.setdefault(name, set()).add(variant.pk)
        found: dict[uuid.UUID, int] = {}
        for place, name, number in read:
            ids = known.get(name, set())
            if number is None:
                self.add_error("more", f"Line {place}: end it with a number of pieces, such as MUG-BLUE 12.")
            elif len(ids) != 1:
                many = "more than one variant" if ids else "no variant"
                self.add_error("more", f"Line {place}: {many} has the SKU or barcode {name[:60]}.")
            elif (variant_id := next(iter(ids))) in found:
                self.add_error("more", f"Line {place}: {name[:60]} was counted in a line before.")
            else:
                found[variant_id] = number
        return found


def _pieces(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_PIECES,
        label=label,
        help_text="blank: not counted",
        widget=UnfoldAdminIntegerFieldWidget({"class": "tnd-quantity", "inputmode": "numeric"}),
    )


def _split(line: str) -> tuple[str, int | None]:
    """Return the name and the number of a line; None where it doesn't end with one that can be."""
    name, _blank, number = line.replace("\t", " ").replace(";", " ").rpartition(" ")
    is_number = number.isascii() and number.isdecimal() and len(number) <= len(str(MAX_PIECES))
    return name.strip(), int(number) if is_number and int(number) <= MAX_PIECES else None


def _apply_question(take: Any) -> str:
    left = stock_take_uncounted(take).count()
    rest = f" {left} more with goods by the books were not counted and stay as they are." if left else ""
    return f"{take.different_lines} levels of {take.location} are put right by what was found.{rest}"


def _is_open(take: StockTake) -> bool:
    return take.status == StockTake.Status.OPEN


_ALL = (
    Action(
        name="count",
        title="Count",
        icon="edit",
        right="stock:write",
        form=CountForm,
        question=lambda take: f"What lies at {take.location}? Goods that are promised but not sent yet count too.",
        is_possible=_is_open,
        run=lambda take, form, actor: take_count(take_id=take.pk, counts=form.counts, actor=actor),
        done="The counts are written; stock changes when they are applied.",
    ),
    Action(
        name="apply",
        title="Apply",
        icon="done_all",
        right="stock:write",
        form=VersionedForm,
        question=_apply_question,
        is_possible=_is_open,
        run=lambda take, form, actor: take_apply(take_id=take.pk, actor=actor, precondition=form.seen),
        done="Stock is as it was found.",
    ),
    Action(
        name="cancel",
        title="Cancel",
        icon="cancel",
        right="stock:write",
        form=VersionedForm,
        question=lambda _take: "End the stock take without a change of stock?",
        is_possible=_is_open,
        run=lambda take, form, actor: take_cancel(take_id=take.pk, actor=actor, precondition=form.seen),
        done="The stock take is cancelled.",
        is_dangerous=True,
    ),
)


@admin.register(StockTake)
class StockTakeAdmin(ActingAdmin, ServiceAdmin):
    """Counts of a location's goods."""

    acts = {action.name: action for action in _ALL}
    page_template = "admin/inventory/stocktake/page.html"
    list_display = ("created_at", "location", "note", "state")
    list_select_related = ("location",)
    list_filter = ("status", "location")
    search_fields = ("note",)
    ordering = ("-id",)
    fields = ("location", "note")

    state = label_column("status", "status", COLOURS)

    def load(self, row_id: uuid.UUID) -> Any:
        """Return a stock take with its tallies."""
        return stock_take_get(row_id)

    def page_of(self, row: Any) -> dict[str, Any]:
        """Return the stock take with its differences."""
        return {
            "take": row,
            "who": actor_names([row.actor]).get(row.actor, row.actor),
            "colour": COLOURS[row.status],
            "differences": stock_take_lines(row.pk, is_different=True).order_by("id")[:SHOWN],
            "hidden_count": max(row.different_lines - SHOWN, 0),
            "uncounted_count": stock_take_uncounted(row).count() if _is_open(row) else 0,
        }

    def create(self, request: HttpRequest, values: dict[str, Any]) -> StockTake:
        """Begin to count."""
        return take_create(location_id=values["location"].pk, note=values["note"], actor=admin_caller(request).actor)


@admin.register(StockTakeLine)
class StockTakeLineAdmin(LedgerAdmin):
    """What was counted, across stock takes."""

    list_display = ("take", "variant", "counted", "expected", "counted_at")
    list_select_related = ("take", "level__variant")
    list_filter = ("take__status",)
    search_fields = ("level__variant__sku__istartswith",)
    ordering = ("-id",)

    @display(description="variant", ordering="level__variant__sku")
    def variant(self, line: StockTakeLine) -> str:
        """Name the variant."""
        return str(line.level.variant)
