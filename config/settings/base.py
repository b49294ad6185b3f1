"""Settings that hold everywhere, read from the environment. What differs by place is in the modules beside this one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from config.settings import outside, unfold
from runtime.embedded_postgres import database_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# A relative path is one of this checkout, from wherever a command is given.
# Where a checkout keeps what is not in git: its database, uploaded files, collected static files.
VAR_DIR = BASE_DIR / Path(env.str("VAR_DIR", default="var")).expanduser()

DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
# What staff read as the time of day; the API always speaks UTC.
SHOP_TIME_ZONE = env.str("SHOP_TIME_ZONE", default="UTC")
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("pt-br", "Português (Brasil)")]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "treebeard",
    # Before every other app of ours and Django's own commands: `manage.py test` is the one of this app.
    "runtime",
    "events",
    "users",
    "markets",
    "products",
    "inventory",
    "promotions",
    "shipping",
    "cart",
    "payments",
    "orders",
    "audit",
    "demo",
]

MIDDLEWARE = [
    "core.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "core.middleware.BrowserSessionMiddleware",
    "core.middleware.BrowserCsrfMiddleware",
    "core.middleware.BrowserAuthenticationMiddleware",
    "core.middleware.BrowserMessageMiddleware",
    "core.middleware.BrowserTimeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.ProblemMiddleware",
]
BROWSER_PATHS = ("/admin",)

# Without an address: a PostgreSQL of our own in var/, started when it is first needed (docs/operating.md).
HAS_OWN_DATABASE = not env.str("DATABASE_URL", default="")
DATABASES: dict[str, dict[str, Any]] = {
    "default": database_settings(VAR_DIR / "pg") if HAS_OWN_DATABASE else env.db("DATABASE_URL"),
}
_ours = DATABASES["default"]
if not HAS_OWN_DATABASE and (
    _ours.get("ENGINE") != "django.db.backends.postgresql"
    or not (_ours["NAME"] or "service" in _ours.get("OPTIONS", {}))
):
    raise ImproperlyConfigured(
        "DATABASE_URL must read postgres://USER:PASSWORD@HOST:PORT/NAME, since Tienda runs on PostgreSQL only."
    )
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": False,
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
}
# A wait for a lock ends after 3 s with a 409 and Retry-After, instead of a queue of hanging requests.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c lock_timeout=3000")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
STATIC_ROOT = BASE_DIR / env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# What no web server shows: the files that were given to be imported.
PRIVATE_ROOT = BASE_DIR / env.str("PRIVATE_ROOT", default=str(VAR_DIR / "private"))
# Who tells product files what is in stock, and takes it from them: products may not import from inventory above it.
PRODUCT_STOCK = "inventory.importing.ShopStock"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_ROOT}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Accounts: log-in by e-mail and password; allauth keeps the tokens, the verified addresses and the second factors.
AUTHENTICATION_BACKENDS = ["users.backends.PasswordBackend"]
SESSION_ENGINE = "users.session_store"
ACCOUNT_ADAPTER = "users.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.str("EMAIL_VERIFICATION", default="optional")  # or "mandatory"
# Counted in this process's memory, and without a Retry-After: users/throttling.py counts in the database instead.
ACCOUNT_RATE_LIMITS = False
# How many proxies in front add to X-Forwarded-For; with 0 the connection's own address counts.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
PASSWORD_RESET_TIMEOUT = 3600
# Pages of the shop's front end that mails point to; without them a mail gives the bare key.
PASSWORD_RESET_URL = env.str("PASSWORD_RESET_URL", default="")  # such as https://shop.example/reset?key={key}
EMAIL_VERIFICATION_URL = env.str("EMAIL_VERIFICATION_URL", default="")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")
# How often within how many seconds.
THROTTLES = {
    "log_in_from_here": (5, 300),  # failures for one address from one place
    "log_in_email": (30, 3600),  # failures for one address from everywhere
    "log_in_ip": (100, 3600),  # failures from one place
    "sign_up_ip": (30, 3600),
    "mail_ip": (30, 3600),  # requests that make the shop write to somebody
    "mail_email": (5, 3600),
    "key_ip": (60, 3600),  # keys out of mails, and passwords typed again, from one place
    "password_user": (10, 900),
    "code_ip": (100, 3600),  # codes that don't exist, from one place
    "code_cart": (20, 3600),
}

# Access tokens are short and checked against their session; a refresh token is good once and renews the session.
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "users.sessions.TokenStrategy"  # noqa: S105 (a dotted path)
HEADLESS_JWT_PRIVATE_KEY = env.str("JWT_PRIVATE_KEY", default="", multiline=True)
HEADLESS_JWT_ALGORITHM = "RS256" if HEADLESS_JWT_PRIVATE_KEY else "HS256"  # HS256 signs with SECRET_KEY.
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = 14 * 24 * 3600
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
SESSION_COOKIE_AGE = HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["core.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsing.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    # `?format=` is a parameter like any other: which file to export.
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# A connection plans the hottest reads once. A pooler that gives each transaction another connection can't have that.
PLANNED_STATEMENTS = env.bool("PLANNED_STATEMENTS", default=True)
# Products that were rendered before, per process: bytes under a version, the least recently used go first.
RENDERED_CACHE_BYTES = env.int("RENDERED_CACHE_BYTES", default=64_000_000)
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=1_000_000)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=512 * 1024 * 1024)

SPECTACULAR_SETTINGS = {
    "TITLE": "Tienda",
    "DESCRIPTION": "A headless shop: catalogue, stock, carts, orders, payments, customers.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "CONTACT": {"name": "The authors of Tienda"},
    "LICENSE": {"name": "All rights reserved", "identifier": "LicenseRef-All-Rights-Reserved"},
    "SERVERS": [{"url": "/api/v1", "description": "This shop."}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "TAGS": [
        {"name": "catalogue", "description": "Products, categories, collections: what is for sale, and its upkeep."},
        {"name": "carts", "description": "Filling a cart, and what it comes to."},
        {"name": "orders", "description": "Placing an order, and what becomes of it."},
        {"name": "payments", "description": "Money that is expected, came in or was given back."},
        {"name": "credit", "description": "Gift cards, and what the shop owes its customers in goods."},
        {"name": "cases", "description": "What no rule can settle and a person has to."},
        {"name": "auth", "description": "Signing up, logging in and out, forgotten passwords."},
        {"name": "me", "description": "Your own account, addresses and orders."},
        {"name": "customers", "description": "What staff see of customers."},
        {"name": "access", "description": "Who may do what: roles of staff, keys of machines."},
        {"name": "stock", "description": "What is where, and every movement of it."},
        {"name": "settings", "description": "Markets and taxes: currencies, countries, languages, rates."},
        {"name": "shipping", "description": "Where the shop sends to, how, and for how much."},
        {"name": "promotions", "description": "What the shop gives, to whom and when; its codes."},
        {"name": "imports", "description": "Product files in and out."},
        {"name": "audit", "description": "Whether the books add up."},
    ],
    # Two columns of one name: each is named by what it says.
    "ENUM_NAME_OVERRIDES": {
        "AttributeKind": "products.models.Attribute.Kind",
        "CollectionKind": "products.models.Collection.Kind",
        "CaseStatus": "events.models.Case.Status",
        "CartStatus": "cart.models.Cart.Status",
        "ImportStatus": "products.importing.models.Import.Status",
        "OrderStatus": "orders.models.Order.Status",
        "PromotionBenefit": "promotions.models.Promotion.Benefit",
        "PaymentPhase": "payments.models.Payment.Status",
        "ProductStatus": "products.models.Product.Status",
        "ShippingKind": "shipping.models.ShippingMethod.Kind",
        "StockTakeStatus": "inventory.models.StockTake.Status",
        "StockTransferStatus": "inventory.models.StockTransfer.Status",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["core.schema.only_versioned"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.schema.add_parts",
        "core.schema.as_31",
        "core.schema.add_examples",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# What the worker does, by kind of job: a function that takes the job's payload as keyword arguments.
JOB_HANDLERS: dict[str, str] = {
    "mail": "users.tasks.mail_send",
    "gift_cards.mail": "orders.tasks.gift_cards_mail",
    "import": "products.importing.tasks.run",
    "audit": "audit.tasks.run",
}
# And what it does again and again, without payload.
PERIODIC_JOBS = {
    "log_ins.clear": ("users.tasks.sweep", timedelta(hours=1)),
    "carts.sweep": ("cart.services.carts_sweep", timedelta(hours=1)),
    "reservations.sweep": ("inventory.services.reservations_sweep", timedelta(minutes=1)),
    "orders.sweep": ("orders.services.orders_sweep", timedelta(minutes=1)),
    "payments.sweep": ("orders.services.payments_sweep", timedelta(hours=1)),
    "gift_cards.expire": ("promotions.credit.services.gift_cards_expire", timedelta(hours=1)),
    "jobs.tell": ("events.cases.jobs_tell", timedelta(minutes=5)),
    "idempotency_keys.clear": ("events.services.idempotency_keys_clear", timedelta(hours=1)),
    "imports.sweep": ("products.importing.tasks.sweep", timedelta(minutes=5)),
    "jobs.clear": ("events.services.jobs_clear", timedelta(hours=1)),
    "audit.periodic": ("audit.tasks.run_periodic", timedelta(hours=max(env.int("AUDIT_EVERY_HOURS", default=24), 1))),
}
JOB_ATTEMPTS = env.int("JOB_ATTEMPTS", default=8)

# How long a cart keeps its goods at the check-out.
CART_HOLD_MINUTES = env.int("CART_HOLD_MINUTES", default=15)
# An order that isn't paid by then is cancelled and its stock given back; a bank transfer takes days.
ORDER_RESERVATION_MINUTES = env.int("ORDER_RESERVATION_MINUTES", default=7 * 24 * 60)
# After which an accepted order that waits for a bank transfer is put before staff.
PAYMENT_OVERDUE_DAYS = env.int("PAYMENT_OVERDUE_DAYS", default=30)
# Which locations serve a line: a constant of inventory/allocation.py, or an Allocation of your own.
STOCK_ALLOCATION = env.str("STOCK_ALLOCATION", default="inventory.allocation.NEAREST")
# The methods of payments/providers that this shop takes.
PAYMENT_METHODS = env.list("PAYMENT_METHODS", default=["bank_transfer", "cash_on_delivery"])

# Services outside that a shop asks for live rates of shipping and for taxes: names, each with settings of its own.
CARRIERS = outside.services(env, env.list("CARRIERS", default=[]), "CARRIER", "shipping.carriers.HttpCarrier")
TAX_SERVICES = outside.services(
    env, env.list("TAX_SERVICES", default=[]), "TAX_SERVICE", "markets.tax_services.HttpTaxService"
)
# Where parcels leave, for carriers that ask: ES 46001, US-NY 10001.
SHIPPING_ORIGIN = outside.place(env.str("SHIPPING_ORIGIN", default=""))
# How long a request waits for all of them together, how long their answers hold for a cart that stays as it is, and
# for how long nobody waits for one that has cost several requests that time.
OUTSIDE_TIMEOUT_SECONDS = env.float("OUTSIDE_TIMEOUT_SECONDS", default=3.0)
OUTSIDE_ANSWER_MINUTES = env.int("OUTSIDE_ANSWER_MINUTES", default=15)
OUTSIDE_REST_SECONDS = env.int("OUTSIDE_REST_SECONDS", default=30)

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
# A shop front in a browser needs what the API's own headers say, both ways.
CORS_ALLOW_HEADERS = [
    *default_headers,
    "accept-language",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-order-token",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = ["ETag", "Idempotent-Replayed", "Link", "Location", "Retry-After", "X-Request-Id"]

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
_BEFORE_FORMATTING = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [*_BEFORE_FORMATTING, structlog.processors.format_exc_info],
        },
        "console": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(colors=False),
            "foreign_pre_chain": _BEFORE_FORMATTING,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # Django would write its own lines a second time.
    # The request's own line has the status already; a 4xx is the client's news, not ours.
    "loggers": {"django": {"level": LOG_LEVEL}, "django.request": {"level": "ERROR"}},
}

UNFOLD = unfold.SETTINGS
LOGIN_REDIRECT_URL = "admin:index"
FORMAT_MODULE_PATH = ["config.formats"]

X_FRAME_OPTIONS = "DENY"
# Django looks for its own middleware by name; ours is the same for browsers, and the API takes no cookies.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
SECURE_REFERRER_POLICY = "same-origin"
