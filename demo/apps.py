"""Django's entry to the app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A shop of our own invention, to look at and to try things on. It has no tables."""

    name = "demo"
