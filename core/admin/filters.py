"""Filters of lists that cost the same on a table of any size: no list of distinct values is read for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest


def one_of(field: str, choices: Sequence[tuple[str, str]], *, title: str = "") -> type[SimpleListFilter]:
    """Make a filter by a column whose values are known without asking the table."""

    class OneOf(SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
            return choices

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            return queryset.filter(**{field: value}) if value in dict(choices) else queryset

    OneOf.title = title or field.rsplit("__", 1)[-1].replace("_", " ")
    return OneOf
