"""The app's name and place in Django."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """How Tienda runs on a machine."""

    name = "runtime"
