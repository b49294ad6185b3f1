"""A developer's machine, and the demo shop that `manage.py up` starts."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403 (settings modules build on one another)
from config.settings.base import INSTALLED_APPS, LOGGING, VAR_DIR, env
from runtime.kept_secret import kept_secret

DEBUG = env.bool("DEBUG", default=True)
# The commands of benchmarks/.
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
LOGGING["handlers"]["console"]["formatter"] = env.str("LOG_FORMAT", default="console")
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# This checkout's own: log-ins survive a restart, and no key is in git.
try:
    SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(VAR_DIR / "secret_key")
except OSError as error:
    raise ImproperlyConfigured(
        f"VAR_DIR cannot be used: {error}. Name a folder that the user who runs this may write to."
    ) from error

# Static files come from the packages themselves; nobody has to collect them, also when DEBUG is off.
WHITENOISE_USE_FINDERS = True
