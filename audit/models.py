"""Tables of audits: when the books were checked, and what didn't add up. The checks are in checks/."""

from django.db import models
from django.db.models import Q

from core import clock
from core.ids import uuid7


class AuditRun(models.Model):
    """One audit by the worker. Without an end it was cut off, or is at work."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True, help_text="Only what changed since then; empty: everything.")
    checks = models.JSONField(default=list, help_text="Of each check: name, promise, rows, differences, seconds.")
    row_count = models.BigIntegerField(default=0)
    difference_count = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=100, blank=True)

    class Meta:
        """The newest first."""

        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(row_count__gte=0) & Q(difference_count__gte=0), name="audit_auditrun_counts"
            ),
        )
        indexes = (models.Index(fields=("started_at", "id"), name="audit_auditrun_newest"),)

    def __str__(self) -> str:
        """Say when it was."""
        return f"Audit of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_clean(self) -> bool | None:
        """Whether all added up; None of a run without an end."""
        return None if self.finished_at is None else self.difference_count == 0


class AuditDifference(models.Model):
    """One stored value that wasn't what its ledger says. A run keeps the first ones only, and counts all."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="differences")
    check_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, help_text="Of the row: order, order_line, stock_level ...")
    row_id = models.CharField(max_length=40, blank=True, help_text="Of a cart only the beginning: a whole id opens it.")
    label = models.CharField(max_length=300, blank=True, help_text="How people know the row.")
    field = models.CharField(max_length=40)
    # No value is not the same as an empty one.
    stored = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    recomputed = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001

    class Meta:
        """In the order in which they were found."""

        ordering = ("id",)

    def __str__(self) -> str:
        """Say what differs."""
        return f"{self.label or self.row_id}: {self.field} is {self.stored}, and should be {self.recomputed}"
