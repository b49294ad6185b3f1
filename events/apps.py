"""Django's entry to the app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """What happened, what was asked once, what is still to do: the outbox, idempotency keys and jobs."""

    name = "events"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"
