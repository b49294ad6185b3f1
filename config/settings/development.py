"""A developer's machine, and the demo shop that `manage.py up` starts."""

from django.core.management.utils import get_random_secret_key

from config.settings.base import *  # noqa: F403 (settings modules build on one another)
from config.settings.base import LOGGING, VAR_DIR, env

DEBUG = env.bool("DEBUG", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
LOGGING["handlers"]["console"]["formatter"] = env.str("LOG_FORMAT", default="console")
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


def _kept_secret_key() -> str:
    """Return this checkout's own key, made at its first start: log-ins survive a restart, and no key is in git."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(get_random_secret_key())
        path.chmod(0o600)
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret_key()

# Static files come from the packages themselves; nobody has to collect them, also when DEBUG is off.
WHITENOISE_USE_FINDERS = True
