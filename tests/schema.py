"""What the models say of the schema."""

from django.apps import apps


def constraints_of(app: str) -> set[str]:
    """Return the names of the rules that an app's models declare; each is broken by raw SQL in the app's tests."""
    return {rule.name for model in apps.get_app_config(app).get_models() for rule in model._meta.constraints}
