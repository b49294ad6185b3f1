"""Tables of imports: how far one is, and what it found. The products that it writes are the catalogue's."""

from __future__ import annotations

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q

from core import clock
from core.ids import uuid7
from markets.models import Market

FOLDER = "imports"
"""Where uploaded files lie in the private storage."""


def private_storage() -> Storage:
    """Return the storage that no web server shows."""
    return storages["private"]


class Import(models.Model):
    """One product file on its way into the catalogue.

    `done_count` is the number of products dealt with: it is written in the transaction that writes those products, so
    that an import that was killed goes on exactly behind the last of them.
    """

    class Format(models.TextChoices):
        """Who made the file."""

        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        TIENDA = "tienda", "Tienda"

    class Status(models.TextChoices):
        """Where it is."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    format = models.CharField(max_length=12, choices=Format.choices)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="imports")
    location = models.CharField(max_length=30, blank=True, help_text="Code of the location whose stock the file names.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    is_dry_run = models.BooleanField(default=False, help_text="Says what would happen; writes no product.")
    file = models.FileField(storage=private_storage, upload_to=f"{FOLDER}/%Y/%m", blank=True, max_length=300)
    file_name = models.CharField(max_length=255, help_text="As the file was called where it came from.")
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    line_count = models.PositiveIntegerField(default=0)
    line = models.PositiveIntegerField(default=0, help_text="The last line that was dealt with.")
    done_count = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0, help_text="Errors in the report.")
    warning_count = models.PositiveIntegerField(default=0, help_text="Warnings in the report.")
    failure = models.TextField(blank=True, help_text="Why the whole file could not be read, or not to its end.")
    actor = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(format__in=("shopify", "woocommerce", "tienda")), name="products_import_format"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "running", "done", "failed")), name="products_import_status"
            ),
        )
        indexes = (models.Index(fields=("created_at", "id"), name="products_import_newest"),)

    def __str__(self) -> str:
        """Name the file and where it is."""
        return f"{self.file_name} ({self.status})"


class ImportProblem(models.Model):
    """One line of an import's report."""

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    severity = models.CharField(max_length=10)
    line = models.PositiveIntegerField(null=True, blank=True)
    column = models.CharField(max_length=200, blank=True)
    handle = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=60)
    reason = models.TextField()
    value = models.CharField(max_length=200, blank=True)

    class Meta:
        """In the order they were found."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(severity__in=("error", "skipped", "warning", "note")),
                name="products_importproblem_severity",
            ),
        )

    def __str__(self) -> str:
        """Say where and why."""
        return f"line {self.line}: {self.reason}"
