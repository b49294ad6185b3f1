"""The test suite: nothing kept, nothing sent, cheap passwords."""

import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403 (settings modules build on one another)
from config.settings.base import DATABASES, HAS_OWN_DATABASE, STORAGES, VAR_DIR
from runtime.embedded_postgres import database_settings

if HAS_OWN_DATABASE:
    # A cluster apart from the shop's, and without fsync: what tests write is worth nothing.
    DATABASES["default"] |= database_settings(VAR_DIR / "pg-test", disposable=True)

SECRET_KEY = "only-for-tests-and-long-enough-to-sign-tokens"  # noqa: S105 (signs nothing that anybody keeps)
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="tienda-media-"))
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="tienda-static-"))
STORAGES["private"] |= {"OPTIONS": {"location": MEDIA_ROOT / "private"}}
