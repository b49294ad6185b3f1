"""What all pages share: a save is one transaction, a refusal is shown in the form, and a ledger can't be touched.

The pages themselves are in the apps' admin.py; the sidebar is in config/settings/unfold.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, IntegrityError
from django.db.models import DateTimeField, Model, Q, QuerySet, URLField, UUIDField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold import admin as unfold
from unfold.contrib.forms.widgets import ArrayWidget
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from core.admin.columns import NOTHING
from core.admin.forms import DayAndTimeField
from core.problems import Conflict, FieldError, Problem, problem_of
from core.transactions import run_in_envelope


def refusal_of(error: Exception) -> Problem | None:
    """Return the problem to tell the person at the form; None for what nobody foresaw."""
    if isinstance(error, IntegrityError):
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        return Conflict(f"That contradicts what is stored already (rule {rule or 'unknown'}); nothing was saved.")
    return problem_of(error)


def sentences_of(problem: Problem) -> list[str]:
    """Return what to tell about a problem: each place that it names and what is wrong there, else its own sentence."""
    return [_at(error) for error in problem.errors] or [problem.detail]


def _at(error: FieldError) -> str:
    """Write `/variants/2/sku` as people count: `Variants, row 3, sku`."""
    steps = [step for step in (error.pointer or "").split("/") if step]
    words = [f"row {int(step) + 1}" if step.isdecimal() else step.replace("_", " ") for step in steps]
    place = ", ".join(words)
    return f"{place[:1].upper()}{place[1:]}: {error.detail}" if place else error.detail


def add_refusal(form: forms.BaseForm, problem: Problem) -> None:
    """Put a problem into a form: beside the fields that it names, the rest on top."""
    for error in problem.errors:
        name = (error.pointer or "").strip("/")
        if name in form.fields:
            form.add_error(name, error.detail)
        else:
            form.add_error(None, _at(error))
    if not problem.errors:
        form.add_error(None, problem.detail)


def merge_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what, merged into the old object, leaves exactly the new one: services take objects as merge patches."""
    return dict.fromkeys(old, None) | dict(new)


class Listing(ChangeList):
    """A list with what only lists need; its count, while nothing is searched for, is the count of everything."""

    full_result_count: int | None
    root_queryset: QuerySet[Any]
    is_prepared = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Add what the columns show, which a row's own page doesn't need."""
        if not self.is_prepared:
            self.root_queryset = self.model_admin.for_list(self.root_queryset)
            self.is_prepared = True
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """Count once."""
        super().get_results(request)
        if self.full_result_count is None and not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class ModelAdmin(unfold.ModelAdmin):
    """The base of all pages: a save is one durable transaction that services join; a refusal keeps what was typed."""

    list_per_page = 50
    # Counting a whole table for "x of y" costs more than the page on a large shop.
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = False
    empty_value_display = NOTHING
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        ArrayField: {"widget": ArrayWidget},
        URLField: {"assume_scheme": "https"},
        DateTimeField: {"form_class": DayAndTimeField},
    }
    id_search_fields: ClassVar[Sequence[str]] = ()
    """Columns of UUIDs that a whole id in the search box is looked up in; the row's own id where none are named."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; what a service refuses while saving is shown in the form, and nothing is kept."""
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view()
        try:
            return run_in_envelope(view)
        except (Problem, DatabaseError) as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
        for _name, uploads in request.FILES.lists():
            for upload in uploads:
                upload.seek(0)
        # The second run can't save anything: `get_form` makes a form of it that is never valid.
        request.refusal = refusal  # type: ignore[attr-defined]
        return view()

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> type[forms.ModelForm]:
        """Return the form; after a refusal, one that carries it as its error."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: Problem | None = getattr(request, "refusal", None)
        if refusal is None:
            return form
        told: Problem = refusal

        class RefusedForm(form):  # type: ignore[valid-type, misc]
            def clean(self) -> Any:
                cleaned = super().clean()
                add_refusal(self, told)
                return cleaned

        return RefusedForm

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that doesn't call its first count a result of a search."""
        return Listing

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then delete; a refusal is a message."""
        return self._refusable(request, partial(super().delete_view, request, object_id, extra_context))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """List what goes too. Who may delete the whole may delete its parts; the schema protects the rest."""
        to_delete, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List, or do an action for the chosen rows; a refusal is a message."""
        return self._refusable(request, partial(super().changelist_view, request, extra_context))

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add what the list's columns show: counts, sums, rows beside the rows."""
        return queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look a whole id up by its index; search everything else in the fields of `search_fields`."""
        try:
            wanted = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        paths = self.id_search_fields or (("pk",) if isinstance(self.opts.pk, UUIDField) else ())
        wants = Q.create([(path, wanted) for path in paths], connector=Q.OR)
        return (queryset.filter(wants) if paths else queryset.none()), False

    def _refusable(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        if request.method != "POST":
            return view()
        try:
            return run_in_envelope(view)
        except (Problem, DatabaseError) as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
        for sentence in sentences_of(refusal):
            messages.error(request, sentence)
        return HttpResponseRedirect(request.get_full_path())


class ServiceAdmin(ModelAdmin):
    """The base of pages whose rows are written by services: a page says which, and this calls them."""

    # Django's pages have a metaclass of their own, so these can't be abstract methods. No default would be right: a
    # page that forgets one must not write past its service. tests/admin/test_every_model.py sees that none is reached.

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Model:
        """Make a row of what was typed."""
        raise NotImplementedError

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change the fields that were typed anew."""
        raise NotImplementedError

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a row."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Hand what was typed to the service."""
        if not change:
            self.adopt(obj, self.create(request, dict(form.cleaned_data)))
        elif form.changed_data:
            self.update(request, obj, {name: form.cleaned_data[name] for name in form.changed_data})

    def adopt(self, instance: Any, made: Model) -> None:
        """Make the form's row the one that the service made, so that the page goes on with it."""
        instance.__dict__ |= {name: value for name, value in made.__dict__.items() if name != "_state"}
        instance._state.adding = False  # noqa: SLF001 (Django's documented name for it)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Let the service delete."""
        self.remove(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Let the service delete one after the other; all or none, since a refusal takes the others back."""
        for row in list(queryset):
            self.remove(request, row)


class Readable:
    """Mixed into a page or inline: who may only look sees fields as people read them, not as they are stored."""

    readable: ClassVar[Mapping[str, str]] = {}
    """The field of the form, and the column that shows it."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the columns in the fields' places for who may not change them."""
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return fieldsets
        return [(title, options | {"fields": self._shown(options["fields"])}) for title, options in fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Name the columns, so that they may stand among the fields."""
        return (*super().get_readonly_fields(request, obj), *self.readable.values())  # type: ignore[misc]

    def _shown(self, fields: Sequence[Any]) -> list[Any]:
        return [self.readable.get(name, name) if isinstance(name, str) else self._shown(name) for name in fields]


class ReadOnlyAdmin(ModelAdmin):
    """The base of ledgers and of what only services write: found and read here, never made, changed or deleted."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class LedgerAdmin(ReadOnlyAdmin):
    """The base of lists that grow for ever: their pages lead on without a count of the whole table."""

    paginator = InfinitePaginator


class ReadOnlyInline(unfold.TabularInline):
    """Rows shown within another page, never changed there."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False
