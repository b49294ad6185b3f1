"""What pages show: money as people read it, labels, pictures, and who did something."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Expression, Model, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from core.money import Money

NOTHING = "—"

Column = Callable[[Any, Any], Any]
"""A column of a list or a read-only field: a method of a ModelAdmin that is given the row."""


def follow(instance: Any, path: str) -> Any:
    """Return what a dotted path leads to, or None where a link of it is empty: `order.currency`."""
    return reduce(lambda thing, name: None if thing is None else getattr(thing, name), path.split("."), instance)


def money_text(amount: int | None, currency: str | None) -> str:
    """Write an amount as people read it; a dash for none."""
    return NOTHING if amount is None or not currency else Money(amount, currency).format()


def money_column(field: str, description: str, *, currency: str = "currency") -> Column:
    """Make a sortable column that writes an amount of minor units with the currency at the end of a dotted path."""

    @display(description=description, ordering=field)
    def column(_admin: Any, instance: Any) -> str:
        return money_text(getattr(instance, field), follow(instance, currency))

    return column


def label_column(field: str, description: str, colours: Mapping[str, str]) -> Column:
    """Make a sortable column that shows a choice as a coloured label: info, success, warning or danger."""

    # A choice without a colour is shown plainly, but by its name: the library would show the bare value.
    @display(description=description, ordering=field, label=defaultdict(str, colours))
    def column(_admin: Any, instance: Any) -> tuple[str, str]:
        return getattr(instance, field), getattr(instance, f"get_{field}_display")()

    return column


def count_of(model: type[Model], field: str) -> Expression:
    """Return the number of rows that refer to a list's row, counted for the rows of the page only.

    A joined count would group the whole table before the first page of it is cut off.
    """
    rows = model._default_manager.filter(**{field: OuterRef("pk")}).order_by()  # noqa: SLF001 (Django's documented name)
    return Coalesce(Subquery(rows.values(field).annotate(number=Count("pk")).values("number")), 0)


def thumbnail(url: str | None, alt: str = "", *, size: int = 40) -> SafeString:
    """Return a small square picture, or an empty square of the same size so that rows keep their height."""
    if not url:
        return format_html('<span class="tnd-thumb" style="width:{0}px;height:{0}px"></span>', size)
    return format_html(
        '<img class="tnd-thumb" src="{0}" alt="{1}" width="{2}" height="{2}" loading="lazy">', url, alt, size
    )


def link(url: str, text: str) -> SafeString:
    """Return a link within the admin."""
    return format_html('<a class="text-link" href="{}">{}</a>', url, text)


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Return how people call the actors that ledgers name (`user:ID`): e-mail addresses, in one query."""
    ids = {}
    for actor in actors:
        kind, _, value = actor.partition(":")
        if kind == "user":
            try:
                ids[uuid.UUID(value)] = actor
            except ValueError:
                continue
    users = get_user_model()._default_manager.filter(pk__in=ids).values_list("pk", "email") if ids else ()  # noqa: SLF001
    return {ids[pk]: email for pk, email in users}


class ActorColumn:
    """Mixed into an admin whose rows have an `actor`: names the people of a page in one query."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Read the names of the page's actors beside its rows."""
        changelist = super().get_changelist_instance(request)  # type: ignore[misc]
        rows = list(changelist.result_list)
        names = actor_names({row.actor for row in rows})
        for row in rows:
            row.actor_name = names.get(row.actor, row.actor)
        changelist.result_list = rows
        return changelist

    @display(description="by", ordering="actor")
    def who(self, instance: Any) -> str:
        """Return who did it: an e-mail address, `key:PREFIX`, `guest` or `system`."""
        name = getattr(instance, "actor_name", None) or actor_names([instance.actor]).get(instance.actor)
        return name or instance.actor or NOTHING
