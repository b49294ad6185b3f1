"""A page that is read, with buttons: each leads to a form of its own, which calls a service. Which is the page's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.admin.bases import ModelAdmin, add_refusal, refusal_of
from core.problems import Conflict, NotFound, Problem
from users.admin.caller import admin_caller


class ActionForm(forms.Form):
    """A form about one row of a page."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        """Keep the row that it is about."""
        super().__init__(*args, **kwargs)
        self.row = row

    def quantity_fields(self) -> list[Any]:
        """Return the fields that ask how many of something, for the template, which puts them into columns."""
        return []

    def other_fields(self) -> list[Any]:
        """Return the rest of what is seen, for the template."""
        numbers = {field.name for field in self.quantity_fields()}
        return [field for field in self.visible_fields() if field.name not in numbers]


class VersionedForm(ActionForm):
    """A form about one row, which remembers the version of it that the page showed."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Write down the version."""
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.row.version

    def seen(self, row: Any) -> None:
        """Refuse what was decided from an older state; for the service, which shows the row under its lock.

        Raises:
            Conflict: somebody else has changed it since.
        """
        if row.version != self.cleaned_data["version"]:
            message = "Somebody else has changed this since you opened the form. Go back and look again."
            raise Conflict(message)


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a page: its words, its right, when it is there, its form, and what it does with what was typed."""

    name: str
    title: str
    icon: str
    right: str
    form: type[ActionForm]
    question: Callable[[Any], str]
    is_possible: Callable[[Any], bool]
    run: Callable[[Any, Any, str], object]
    done: str
    is_dangerous: bool = False


class ActingAdmin(ModelAdmin):
    """The base of pages whose rows are changed only by their actions; nothing is deleted.

    Beside it stands the base that says whether rows are made in a form: `ServiceAdmin` or `ReadOnlyAdmin`.
    """

    acts: ClassVar[Mapping[str, Action]] = {}
    """By the last part of their paths."""
    page_template: ClassVar[str]
    too_late: ClassVar[str] = "This has come to its end; nothing more can be done with it."
    """What is said of an action that isn't possible any more; `{row}` in it is the row's title."""

    # See ServiceAdmin: not abstract methods, and no default would be right; the same test sees that none is forgotten.

    def load(self, row_id: uuid.UUID) -> Any:
        """Return the row with all that its page shows.

        Raises:
            NotFound: there is none.
        """
        raise NotImplementedError

    def page_of(self, row: Any) -> dict[str, Any]:
        """Return the page's parts, for its template."""
        raise NotImplementedError

    def title_of(self, row: Any) -> str:
        """Return what the page of a row is called."""
        return str(row)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the actions' pages."""
        act = self.admin_site.admin_view(self.action_view)
        base = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(f"<uuid:row_id>/{name}/", act, {"action": action}, name=f"{base}_{name.replace('-', '_')}")
            for name, action in self.acts.items()
        ] + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Make a new row, or show one; there is nothing to post to a row's page."""
        if object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        row = self._row(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        caller = admin_caller(request)
        context = {
            **self._context(request, row),
            **self.page_of(row),
            "actions": [act for act in self.acts.values() if caller.may(act.right) and act.is_possible(row)],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.page_template, context)

    def action_view(self, request: HttpRequest, row_id: uuid.UUID, action: Action) -> HttpResponse:
        """Ask, then call the action's service; what it refuses is shown in the form."""
        row = self._row(request, str(row_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(row_id))
        caller = admin_caller(request)
        if not caller.may(action.right):
            raise PermissionDenied
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        if not action.is_possible(row):
            messages.warning(request, self.too_late.format(row=self.title_of(row)))
            return HttpResponseRedirect(page)
        form = action.form(request.POST if request.method == "POST" else None, row=row)
        if form.is_valid():
            refusal = _run(action, row, form, actor=caller.actor)
            if refusal is None:
                messages.success(request, action.done)
                return HttpResponseRedirect(page)
            add_refusal(form, refusal)
        context = {
            **self._context(request, row),
            "title": action.title,
            "action": action,
            "question": action.question(row),
            "form": form,
            "page": page,
        }
        return TemplateResponse(request, "admin/action.html", context)

    def _row(self, request: HttpRequest, row_id: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return self.load(uuid.UUID(row_id))
        except (ValueError, NotFound):
            return None

    def _context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": self.title_of(row),
            "opts": self.opts,
            "original": row,
            "object": row,
            "media": self.media,
        }


def _run(action: Action, row: Any, form: Any, *, actor: str) -> Problem | None:
    """Do it, and return what it was refused for, if it was."""
    try:
        action.run(row, form, actor)
    except (Problem, DatabaseError) as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        return refusal
    return None
