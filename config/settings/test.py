"""The test suite: nothing kept, nothing sent, cheap passwords."""

import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403 (settings modules build on one another)
from config.settings.base import BASE_DIR, DATABASES, HAS_OWN_DATABASE, INSTALLED_APPS, STORAGES, VAR_DIR
from runtime.embedded_postgres import database_settings

if HAS_OWN_DATABASE:
    # A cluster apart from the shop's, and without fsync: what tests write is worth nothing.
    DATABASES["default"] |= database_settings(VAR_DIR / "pg-test", disposable=True)

# For `manage.py lint`: migrations that would lock or break a running shop.
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    # Those of other people's packages are theirs.
    "include_apps": [app for app in INSTALLED_APPS if (BASE_DIR / app / "migrations").is_dir()],
}

SECRET_KEY = "only-for-tests-and-long-enough-to-sign-tokens"  # noqa: S105 (signs nothing that anybody keeps)
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="tienda-media-"))
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="tienda-static-"))
STORAGES["private"] |= {"OPTIONS": {"location": MEDIA_ROOT / "private"}}
