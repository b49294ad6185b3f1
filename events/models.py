"""Tables of the outbox, of idempotency keys and of jobs. What the events mean belongs to the apps that write them."""

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
