"""Pages of customer groups and of who is in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from core.admin.bases import ServiceAdmin
from core.admin.columns import count_of, link
from users.admin.caller import admin_caller
from users.models import CustomerGroup, GroupMembership
from users.services import (
    customer_group_create,
    customer_group_delete,
    customer_group_members_change,
    customer_group_update,
)


@admin.register(CustomerGroup)
class CustomerGroupAdmin(ServiceAdmin):
    """Customers who are treated alike."""

    list_display = ("name", "code", "member_count", "member_link")
    list_filter = ("created_at",)
    search_fields = ("name", "code")
    fields = (("name", "code"), "member_link")
    readonly_fields = ("member_link",)

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count who is in each group."""
        return queryset.annotate(number_of_members=count_of(GroupMembership, "group"))

    @display(description="members", ordering="number_of_members")
    def member_count(self, group: Any) -> int:
        """Say how many customers are in it."""
        return int(group.number_of_members)

    @display(description="who is in it")
    def member_link(self, group: CustomerGroup) -> SafeString | str:
        """Lead to the members."""
        if group._state.adding:  # noqa: SLF001 (Django's documented name)
            return "Nobody yet; save it first."
        query = f"group__id__exact={group.pk}"
        return link(f"{reverse('admin:users_groupmembership_changelist')}?{query}", "Members")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> CustomerGroup:
        """Make a group."""
        return customer_group_create(caller=admin_caller(request), values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a group."""
        customer_group_update(caller=admin_caller(request), group_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a group that nothing is for."""
        customer_group_delete(caller=admin_caller(request), group_id=instance.pk)


@admin.register(GroupMembership)
class GroupMembershipAdmin(ServiceAdmin):
    """Who is in which group."""

    list_display = ("user", "group", "created_at")
    list_select_related = ("user", "group")
    list_filter = ("group",)
    search_fields = ("user__email__istartswith", "user__name__icontains")
    autocomplete_fields = ("user", "group")
    fields = ("group", "user")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse for one that is there: a customer is in a group or isn't."""
        return obj is None and super().has_change_permission(request)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> GroupMembership:
        """Put a customer into a group."""
        group, user = values["group"], values["user"]
        customer_group_members_change(caller=admin_caller(request), group_id=group.pk, add=[user.pk])
        return GroupMembership.objects.get(group=group, user=user)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Take a customer out of a group."""
        customer_group_members_change(
            caller=admin_caller(request), group_id=instance.group_id, remove=[instance.user_id]
        )
