"""DTOs of imports. Who may send or see them is asked by the views."""

from __future__ import annotations

from rest_framework import serializers

from core.serializers import QuerySerializer, StrictSerializer, TextField
from core.views import PageQuery
from products.importing.models import Import


class ImportInput(StrictSerializer):
    """A file and what it is, as a multipart form."""

    file = serializers.FileField(max_length=255, help_text="CSV or JSON Lines, in UTF-8 or UTF-16.")
    format = serializers.ChoiceField(choices=Import.Format.choices, help_text="Who made the file.")
    market = TextField(max_length=30, help_text="Code of the market whose prices the file has.")
    location = TextField(
        max_length=30,
        required=False,
        default="",
        allow_blank=True,
        help_text="Code of the location whose stock it has; else the first.",
    )
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Say what would happen; write nothing.")


class ImportOutput(serializers.ModelSerializer[Import]):
    """How far an import is and what became of the products so far."""

    market = serializers.SlugRelatedField[Import](slug_field="code", read_only=True)

    class Meta:
        """Everything but the file itself."""

        model = Import
        fields = (
            "id",
            "format",
            "market",
            "location",
            "status",
            "is_dry_run",
            "file_name",
            "size",
            "line",
            "line_count",
            "done_count",
            "created_count",
            "changed_count",
            "unchanged_count",
            "skipped_count",
            "failed_count",
            "error_count",
            "warning_count",
            "failure",
            "actor",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class ImportQuery(PageQuery):
    """Which imports."""

    status = serializers.ChoiceField(choices=Import.Status.choices, required=False, help_text="Only those of this one.")


class ExportQuery(QuerySerializer):
    """What to export."""

    format = serializers.ChoiceField(
        choices=[Import.Format.SHOPIFY, Import.Format.TIENDA],
        help_text="`shopify`: CSV with the prices and stock of one place. `tienda`: JSON Lines with everything.",
    )
    market = serializers.CharField(
        max_length=30, required=False, help_text="Whose prices go into Shopify's columns; else the default market's."
    )
    location = serializers.CharField(
        max_length=30, required=False, help_text="Whose stock goes into Shopify's columns; else the first location's."
    )
