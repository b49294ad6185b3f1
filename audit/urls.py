"""Paths of the audit."""

from django.urls import path

from audit.views import AuditRunViewSet

urlpatterns = [
    path("audit-runs", AuditRunViewSet.as_view({"get": "list"}), name="audit-run-list"),
    path("audit-runs/<uuid:id>", AuditRunViewSet.as_view({"get": "retrieve"}), name="audit-run-detail"),
]
