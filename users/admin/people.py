"""Pages of people and their addresses. Support can't take over a colleague: see users/services/staff.py."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.admin.bases import ServiceAdmin, add_refusal
from core.admin.columns import link
from core.admin.places import CountryField, country_name
from users.addresses import FIELDS, address_check
from users.admin.caller import admin_caller
from users.exceptions import AddressInvalid
from users.models import Address, Role, User
from users.selectors import account_get
from users.services import address_create, address_delete, address_update
from users.services.staff import account_update, may_change_account


class AddressForm(forms.ModelForm):
    """An address, checked by its country's own rules."""

    def clean(self) -> dict[str, Any]:
        """Tell what is wrong beside the field, and tidy the rest as the country writes it."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("DELETE"):
            try:
                cleaned |= address_check(cleaned)
            except AddressInvalid as problem:
                add_refusal(self, problem)
        return cleaned


_ADDRESS_FIELDS = (
    ("name", "company"),
    ("line1", "line2"),
    ("postal_code", "city"),
    ("region", "country"),
    "phone",
    ("is_default_shipping", "is_default_billing"),
)


class AddressInline(StackedInline):
    """The customer's address book."""

    model = Address
    form = AddressForm
    extra = 0
    tab = True
    fields = _ADDRESS_FIELDS


def _any_version(_row: Any) -> None:
    """Ask for nothing: the page is saved whole."""


def address_save(form: Any, *, user: User) -> None:
    """Write one filled-in address through the services."""
    names = (*FIELDS, "is_default_shipping", "is_default_billing")
    typed = {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}
    if form.cleaned_data.get("DELETE"):
        address_delete(user_id=user.pk, address_id=form.instance.pk, precondition=_any_version)
    elif form.instance._state.adding:  # noqa: SLF001 (Django's documented name)
        address_create(user_id=user.pk, data=typed)
    else:
        address_update(user_id=user.pk, address_id=form.instance.pk, changes=typed, precondition=_any_version)


class NewUserForm(UserCreationForm):
    """An account with a password, or without one until the person sets it."""

    class Meta:
        """The log-in is the e-mail."""

        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, Any]] = {}


class UserForm(UserChangeForm):
    """An account; its password is changed by the form beside it."""

    tax_exemption_country = CountryField(
        required=False, label="Tax exemption country", help_text="Where it holds; blank is everywhere."
    )

    class Meta:
        """What staff may see of people."""

        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, Any]] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ServiceAdmin):  # type: ignore[misc] # Django types its own class's parts.
    """Customers and staff."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("person", "language", "role_list", "is_staff", "is_active", "created_at", "last_login")
    list_display_links = ("person",)
    list_filter = ("is_staff", "is_active", "roles", "created_at")
    search_fields = ("email__icontains", "name__icontains", "phone")
    search_help_text = "A part of an e-mail, name or phone number."
    ordering = ("-created_at", "-id")
    filter_horizontal = ()
    autocomplete_fields = ("roles",)
    readonly_fields = ("created_at", "last_login", "order_link", "is_verified")
    fieldsets = (
        (
            None,
            {"fields": (("email", "name"), ("phone", "language"), "password", "note", ("order_link", "is_verified"))},
        ),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "roles"), "classes": ("tab",)}),
        (
            "Tax exemption",
            {
                "fields": (
                    ("tax_exemption_reason", "tax_exemption_number", "tax_exemption_country"),
                    ("tax_exemption_from", "tax_exemption_until"),
                ),
                "classes": ("tab",),
            },
        ),
        ("Times", {"fields": (("created_at", "last_login"),), "classes": ("tab",)}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    inlines = (AddressInline,)

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Load the roles of a page's people at once."""
        return queryset.prefetch_related(Prefetch("roles", Role.objects.order_by("name")))

    @display(description="person", ordering="email", header=True)
    def person(self, user: User) -> tuple[str, str, str]:
        """Give name and e-mail, and a letter in a circle."""
        return (user.name or user.email, user.email if user.name else "", (user.name or user.email)[:1])

    @display(description="roles")
    def role_list(self, user: User) -> str:
        """Name the roles."""
        return "everything" if user.is_superuser else ", ".join(role.name for role in user.roles.all())

    @display(description="orders")
    def order_link(self, user: User) -> SafeString:
        """Lead to the person's orders."""
        query = f"customer__id__exact={user.pk}"
        return link(f"{reverse('admin:orders_order_changelist')}?{query}", "Orders of this person")

    @display(description="e-mail verified", boolean=True)
    def is_verified(self, user: User) -> bool:
        """Say whether the person has shown that the address is theirs."""
        return bool(getattr(account_get(user.pk), "is_email_verified", False))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse accounts that the person may not change; Django's password page asks here too."""
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the same to delete."""
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, user: User | None) -> bool:
        by = admin_caller(request)
        return user is None or may_change_account(user, caller=by, is_by_superuser=request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the fields that give access from people without the right to give it."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        if not admin_caller(request).may("access:write"):
            return (*fixed, "is_staff", "is_superuser", "roles")
        return fixed if request.user.is_superuser else (*fixed, "is_superuser")

    @method_decorator(sensitive_post_parameters())
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make an account. Django's own view opens a transaction here, inside which ours could not be durable."""
        return self._add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Make an account as Django does, with its hashed password; change one through the service."""
        if not change:
            obj.save()
        elif form.changed_data:
            account_update(
                user_id=obj.pk,
                changes={name: form.cleaned_data[name] for name in form.changed_data if name != "password"},
                caller=admin_caller(request),
                is_by_superuser=request.user.is_superuser,
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Write the address book through its services; the roles were written with the account."""
        for formset in formsets:
            for row in formset.forms:
                if row.has_changed():
                    address_save(row, user=form.instance)
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete an account without orders; the schema keeps those that have some."""
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete accounts that the person may change, and none when one of them isn't."""
        for user in list(queryset):
            if self.has_delete_permission(request, user):
                user.delete()


@admin.register(Address)
class AddressAdmin(ServiceAdmin):
    """Address books of all customers."""

    form = AddressForm
    list_display = ("name", "line1", "postal_code", "city", "country_name", "user", "is_default_shipping")
    list_select_related = ("user",)
    list_filter = ("is_default_shipping", "is_default_billing", "created_at")
    search_fields = ("user__email__istartswith", "name", "line1", "city", "postal_code__startswith")
    id_search_fields = ("id", "user_id")
    autocomplete_fields = ("user",)
    ordering = ("-created_at",)
    fields = ("user", *_ADDRESS_FIELDS)

    @display(description="country", ordering="country")
    def country_name(self, address: Address) -> str:
        """Name the country."""
        return country_name(address.country)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep an address with its person."""
        return () if obj is None else ("user",)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Address:
        """Add an address to a person's book."""
        user = values.pop("user")
        return address_create(user_id=user.pk, data=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change an address."""
        address_update(user_id=instance.user_id, address_id=instance.pk, changes=values, precondition=_any_version)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete an address; carts and orders keep their own copies."""
        address_delete(user_id=instance.user_id, address_id=instance.pk, precondition=_any_version)
