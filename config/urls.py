"""Every path of the shop. An app's own paths are in its urls.py."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from audit.views import MetricsView
from core.document import DocumentView
from core.health import healthz, readyz
from core.problems import not_found

api_v1: list[URLPattern | URLResolver] = [
    path("openapi.json", DocumentView.as_view(), name="openapi"),
    path("docs", SpectacularSwaggerView.as_view(url_name="openapi", http_method_names=["get", "head"]), name="docs"),
    path("redoc", SpectacularRedocView.as_view(url_name="openapi", http_method_names=["get", "head"]), name="redoc"),
    path("", include("audit.urls")),
    path("", include("inventory.urls")),
    path("", include("products.importing.urls")),
    path("", include("orders.urls")),
    path("", include("cart.urls")),
    path("", include("users.urls")),
    path("", include("promotions.urls")),
    path("", include("shipping.urls")),
    path("", include("promotions.credit.urls")),
    path("", include("markets.urls")),
    path("", include("products.urls")),
]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api_v1)),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    path("admin", RedirectView.as_view(url="/admin/")),
    # Django's own page for this, under DEBUG, is HTML and tells every path of the shop.
    re_path(r"", not_found),
]

handler400 = "core.problems.bad_request"
handler403 = "core.problems.permission_denied"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"
