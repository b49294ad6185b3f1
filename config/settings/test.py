"""The test suite: nothing kept, nothing sent, cheap passwords."""

import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403 (settings modules build on one another)

SECRET_KEY = "only-for-tests"  # noqa: S105 (signs nothing that anybody keeps)
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="tienda-media-"))
STATIC_ROOT = MEDIA_ROOT
