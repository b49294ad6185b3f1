"""Paths of people."""

from django.urls import path

from users.views.auth import AuthViewSet
from users.views.groups import CustomerGroupViewSet
from users.views.me import AddressViewSet, MeViewSet
from users.views.staff import ApiKeyViewSet, CustomerViewSet, RoleViewSet

urlpatterns = [
    path("auth/signup", AuthViewSet.as_view({"post": "sign_up"}), name="auth-signup"),
    path("auth/login", AuthViewSet.as_view({"post": "log_in"}), name="auth-login"),
    path("auth/refresh", AuthViewSet.as_view({"post": "refresh"}), name="auth-refresh"),
    path("auth/logout", AuthViewSet.as_view({"post": "log_out"}), name="auth-logout"),
    path("auth/password-reset", AuthViewSet.as_view({"post": "password_reset"}), name="auth-password-reset"),
    path(
        "auth/password-reset/confirm",
        AuthViewSet.as_view({"post": "password_reset_confirm"}),
        name="auth-password-reset-confirm",
    ),
    path("auth/verify-email", AuthViewSet.as_view({"post": "verify_email"}), name="auth-verify-email"),
    path("me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("me/password", MeViewSet.as_view({"post": "password"}), name="me-password"),
    path("me/addresses", AddressViewSet.as_view({"get": "list", "post": "create"}), name="me-address-list"),
    path(
        "me/addresses/<uuid:id>",
        AddressViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="me-address-detail",
    ),
    path("customers", CustomerViewSet.as_view({"get": "list"}), name="customer-list"),
    path(
        "customers/<uuid:id>",
        CustomerViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="customer-detail",
    ),
    path(
        "customer-groups",
        CustomerGroupViewSet.as_view({"get": "list", "post": "create"}),
        name="customer-group-list",
    ),
    path(
        "customer-groups/<uuid:id>",
        CustomerGroupViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="customer-group-detail",
    ),
    path(
        "customer-groups/<uuid:id>/members",
        CustomerGroupViewSet.as_view({"post": "members"}),
        name="customer-group-members",
    ),
    path("api-keys", ApiKeyViewSet.as_view({"get": "list", "post": "create"}), name="api-key-list"),
    path("api-keys/<uuid:id>", ApiKeyViewSet.as_view({"get": "retrieve"}), name="api-key-detail"),
    path("api-keys/<uuid:id>/revoke", ApiKeyViewSet.as_view({"post": "revoke"}), name="api-key-revoke"),
    path("roles", RoleViewSet.as_view({"get": "list", "post": "create"}), name="role-list"),
    path(
        "roles/<uuid:id>",
        RoleViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="role-detail",
    ),
]
