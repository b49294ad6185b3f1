"""Pages of log-ins and of counted tries, only to be read, and without what would let anybody in."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.bases import LedgerAdmin
from users.models import Session, Throttle

# Rights are given by roles, not by groups; second factors and e-mail keys hold secrets that no page should show.
_NOT_SHOWN = {"auth", "account", "mfa", "socialaccount"}

for model in [model for model in admin.site._registry if model._meta.app_label in _NOT_SHOWN]:  # noqa: SLF001 (no other door)
    admin.site.unregister(model)


@admin.register(Session)
class SessionAdmin(LedgerAdmin):
    """Who is logged in, until when. The key of a session is the log-in itself, so no page shows or links it."""

    list_display = ("user", "expire_date")
    list_display_links = None
    list_select_related = ("user",)
    list_filter = ("user__is_staff", "expire_date")
    search_fields = ("user__email__istartswith",)
    id_search_fields = ("user_id",)
    ordering = ("-expire_date",)
    fields = ("user", "expire_date")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the data in the database."""
        return super().get_queryset(request).defer("session_data")


@admin.register(Throttle)
class ThrottleAdmin(LedgerAdmin):
    """How often something was tried; keys are digests."""

    list_display = ("key", "hits", "until")
    list_filter = ("until",)
    search_fields = ("key__startswith",)
    ordering = ("-until",)
    fields = ("key", "hits", "until")
