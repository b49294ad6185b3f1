"""What a batch will do to the database, gathered first. Deciding it is planning's, doing it writing's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Model

from products.importing.rows import Problem
from products.importing.stock import LevelTarget
from products.importing.surroundings import Path

Id = uuid.UUID
Verdict = Literal["created", "changed", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one product of the file; `changes` names what differs from the shop."""

    handle: str
    line: int
    last_line: int
    verdict: Verdict
    title: str = ""
    changes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class CategoryLinks:
    """The categories that a product shall be in, in order: known ones by id, others by their path of names."""

    product_id: Id
    wanted: list[Id | Path]


@dataclass(slots=True)
class Changes:
    """Rows to insert, update and delete by model; `links` are pictures of variants."""

    inserts: dict[type[Model], list[Model]] = field(default_factory=dict)
    updates: dict[type[Model], dict[Id, Model]] = field(default_factory=dict)
    updated_fields: dict[type[Model], set[str]] = field(default_factory=dict)
    deletes: dict[type[Model], list[Id]] = field(default_factory=dict)
    links: list[tuple[Id, Id]] = field(default_factory=list)
    unlinks: list[tuple[Id, Id]] = field(default_factory=list)
    categories: list[CategoryLinks] = field(default_factory=list)
    members: list[tuple[Id, Id]] = field(default_factory=list)
    stock: list[LevelTarget] = field(default_factory=list)
    lines: dict[Id, tuple[int, str]] = field(default_factory=dict)
    """Where in the file a variant stands, and under which handle, for problems that only writing can find."""

    def insert(self, row: Model) -> None:
        """Plan a new row."""
        self.inserts.setdefault(type(row), []).append(row)

    def update(self, row: Model, *fields: str) -> None:
        """Plan to write fields of a row that is there."""
        self.updates.setdefault(type(row), {})[row.pk] = row
        self.updated_fields.setdefault(type(row), set()).update(fields)

    def delete(self, row: Model) -> None:
        """Plan to delete a row."""
        self.deletes.setdefault(type(row), []).append(row.pk)

    def absorb(self, other: Changes) -> None:
        """Take over what was planned for one product, once it is sure that nothing is wrong with it."""
        for model, rows in other.inserts.items():
            self.inserts.setdefault(model, []).extend(rows)
        for model, found in other.updates.items():
            self.updates.setdefault(model, {}).update(found)
            self.updated_fields.setdefault(model, set()).update(other.updated_fields[model])
        for model, ids in other.deletes.items():
            self.deletes.setdefault(model, []).extend(ids)
        for name in ("links", "unlinks", "categories", "members", "stock"):
            getattr(self, name).extend(getattr(other, name))
        self.lines |= other.lines
