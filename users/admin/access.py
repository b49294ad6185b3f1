"""Pages of roles and API keys, both written through the services: nobody gives a right that they lack."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core import clock
from core.admin.bases import ServiceAdmin
from core.admin.columns import count_of
from users.admin.caller import admin_caller
from users.models import ApiKey, Role, User
from users.rights import RIGHTS
from users.services import api_key_create, api_key_revoke, role_create, role_delete, role_update


class RightsField(forms.MultipleChoiceField):
    """Rights ticked in a list that says what each allows."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        """Offer the whole vocabulary."""
        super().__init__(choices=[(right, f"{right}: {what}") for right, what in RIGHTS.items()], **kwargs)


def _any_version(_row: Any) -> None:
    """Ask for nothing: the page is saved whole."""


class RoleForm(forms.ModelForm):
    """A role, its rights ticked."""

    rights = RightsField(required=False)


@admin.register(Role)
class RoleAdmin(ServiceAdmin):
    """What kinds of staff there are, and what each may do."""

    form = RoleForm
    list_display = ("name", "right_list", "user_count")
    list_filter = ("users__is_active",)
    search_fields = ("name", "rights")
    fields = ("name", "rights")

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count who has each role."""
        return queryset.annotate(users_count=count_of(User.roles.through, "role"))

    @display(description="rights")
    def right_list(self, role: Role) -> str:
        """List the rights."""
        return ", ".join(role.rights)

    @display(description="people", ordering="users_count")
    def user_count(self, role: Any) -> int:
        """Say how many people have it."""
        return int(role.users_count)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Role:
        """Make a role."""
        return role_create(name=values["name"], rights=values["rights"], caller=admin_caller(request))

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a role."""
        role_update(role_id=instance.pk, caller=admin_caller(request), changes=values, precondition=_any_version)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a role that nobody has."""
        role_delete(role_id=instance.pk, caller=admin_caller(request), precondition=_any_version)


class NewKeyForm(forms.ModelForm):
    """What a new key is called and allowed, and until when."""

    scopes = RightsField(help_text="You can't give a key more rights than you have.")

    class Meta:
        """The secret is drawn by the service."""

        model = ApiKey
        fields = ("name", "scopes", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(ServiceAdmin):
    """Machines' keys: made through the service, shown once, then only revoked."""

    form = NewKeyForm
    list_display = ("name", "prefix", "state", "scope_list", "created_by", "created_at", "expires_at", "last_used_at")
    list_select_related = ("created_by",)
    list_filter = ("created_at", "expires_at", "revoked_at")
    search_fields = ("name", "prefix__startswith", "created_by__email__istartswith")
    fields = (
        ("name", "prefix"),
        "scope_list",
        ("created_by", "created_at"),
        ("expires_at", "last_used_at", "revoked_at"),
    )
    readonly_fields = ("scope_list", "prefix")
    add_fieldsets = ((None, {"fields": ("name", "scopes", "expires_at")}),)
    actions = ("revoke",)

    @display(description="status", label={"active": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> str:
        """Say whether it opens anything."""
        if key.revoked_at is not None:
            return "revoked"
        return "expired" if key.expires_at is not None and key.expires_at <= clock.now() else "active"

    @display(description="scopes")
    def scope_list(self, key: ApiKey) -> str:
        """List the scopes."""
        return ", ".join(key.scopes)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse for a key that exists: what it may do is what its holder was told."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a revoked key stays, so that ledgers that name it can be read."""
        return False

    def create(self, request: HttpRequest, values: dict[str, Any]) -> ApiKey:
        """Make a key, and keep its secret for the answer to this request."""
        key, request.new_secret = api_key_create(  # type: ignore[attr-defined]
            name=values["name"],
            scopes=values["scopes"],
            caller=admin_caller(request),
            expires_at=values["expires_at"],
        )
        return key

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret in this answer and nowhere else: not in a message, which would lie in the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Key {obj.name}",
            "opts": self.opts,
            "secret": request.new_secret,  # type: ignore[attr-defined]
            "key_list": reverse("admin:users_apikey_changelist"),
        }
        return TemplateResponse(
            request, "admin/users/apikey/secret.html", context, headers={"Cache-Control": "no-store"}
        )

    @admin.action(description="Revoke the chosen keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """End keys now."""
        keys = list(queryset)
        for key in keys:
            api_key_revoke(key_id=key.pk, caller=admin_caller(request))
        messages.success(request, f"{len(keys)} key{'' if len(keys) == 1 else 's'} revoked.")
