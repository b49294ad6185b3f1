"""Tables of the outbox, of idempotency keys, jobs and cases. What they are about is other apps' business."""

from django.db import models
from django.db.models import Q

from core import clock
from core.ids import uuid7


class Event(models.Model):
    """A change that someone outside may care about, written in the transaction that made it."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=60, help_text="Such as order.placed.")
    aggregate_type = models.CharField(max_length=30)
    aggregate_id = models.UUIDField()
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=100, blank=True, help_text="user:ID, key:PREFIX, guest or system.")
    request_id = models.CharField(max_length=100, blank=True)
    occurred_at = models.DateTimeField(default=clock.now)

    class Meta:
        """Read by aggregate and by type."""

        ordering = ("id",)
        indexes = (
            models.Index(fields=("aggregate_type", "aggregate_id", "id"), name="events_event_aggregate"),
            models.Index(fields=("type", "id"), name="events_event_type"),
        )

    def __str__(self) -> str:
        """Name the change."""
        return f"{self.type} {self.aggregate_id}"


class IdempotencyKey(models.Model):
    """The answer that a request got, kept beside its effect so that a repetition gets the same answer."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=300, help_text="Caller, method and path.")
    key = models.CharField(max_length=255)
    body_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        """One answer for a key in its scope."""

        constraints = (models.UniqueConstraint(fields=("scope", "key"), name="events_idempotencykey_once"),)
        indexes = (models.Index(fields=("expires_at",), name="events_idempotency_expiry"),)

    def __str__(self) -> str:
        """Name the key."""
        return self.key


class Job(models.Model):
    """Something to do after the commit that asked for it, by any worker, at least once."""

    class Status(models.TextChoices):
        """Where a job is."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField(default=clock.now)
    leased_until = models.DateTimeField(null=True, blank=True, help_text="A worker that died loses it then.")
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Workers look for what is due."""

        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "running", "done", "failed")), name="events_job_status"
            ),
        )
        indexes = (
            models.Index(fields=("run_at",), condition=Q(status__in=("waiting", "running")), name="events_job_due"),
        )

    def __str__(self) -> str:
        """Name the job."""
        return f"{self.kind} {self.id}"


class Case(models.Model):
    """Something that no rule can settle and a person has to: seen by staff, never only a line in a log."""

    class Status(models.TextChoices):
        """Whether somebody still has to do something."""

        OPEN = "open"
        RESOLVED = "resolved"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40, help_text="Such as paid_without_stock.")
    subject_type = models.CharField(max_length=30, help_text="What it is about: order, payment, job, cart.")
    subject_id = models.UUIDField()
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    remedy = models.CharField(max_length=40, blank=True, help_text="What is proposed, such as refund.")
    data = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=100, blank=True)
    resolution = models.CharField(max_length=500, blank=True, help_text="What was done.")

    class Meta:
        """One open case of a kind for a subject: telling of it again opens no second one."""

        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_type", "subject_id"), condition=Q(status="open"), name="events_case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="open", resolved_at__isnull=True) | Q(status="resolved", resolved_at__isnull=False),
                name="events_case_status",
            ),
        )
        indexes = (
            models.Index(fields=("opened_at", "id"), condition=Q(status="open"), name="events_case_open"),
            models.Index(fields=("opened_at", "id"), name="events_case_newest"),
            models.Index(fields=("subject_type", "subject_id"), name="events_case_subject"),
        )

    def __str__(self) -> str:
        """Give its title."""
        return self.title
