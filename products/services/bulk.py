"""Many products in one call: all or none of them, or as many as can be."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from core.problems import FieldError, PreconditionFailed, Problem, problem_of
from core.transactions import entry
from products.fields import ProductFields
from products.models import Product, Variant
from products.services.locks import Precondition, no_precondition, products_lock, stock_lock
from products.services.products import product_create_part, product_delete_part, product_update_part

Action = Literal["create", "update", "delete"]
Policy = Literal["all_or_nothing", "skip_failed"]
MAX_ITEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """One thing to do. `version`, when it is given, must be the product's: the bulk form of If-Match."""

    action: Action
    id: uuid.UUID | None = None
    version: int | None = None
    fields: ProductFields | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """What became of one item: the product (None when it is gone), or the problem."""

    action: Action
    id: uuid.UUID | None
    product: Product | None = None
    problem: Problem | None = None


def products_bulk(*, items: Sequence[BulkItem], policy: Policy, actor: str) -> list[BulkResult]:
    """Create, change and delete products, in the order of the list.

    `all_or_nothing` is one transaction, and the first refusal is raised with the item's place before its pointers.
    `skip_failed` does each item by itself, whole or not at all, and reports what was refused.
    """
    if policy == "all_or_nothing":
        return _all(items=items, actor=actor)
    return [_attempt(item, actor) for item in items]


@entry
def _all(*, items: Sequence[BulkItem], actor: str) -> list[BulkResult]:
    # In the order of ids, so that two bulk calls that name the same products wait and don't block each other.
    may_drop = {item.id for item in items if item.action == "delete" or "variants" in (item.fields or {})}
    stock_lock(Variant.objects.filter(product__in=may_drop - {None}).values_list("pk", flat=True))
    products_lock(item.id for item in items if item.id is not None)
    results = []
    for index, item in enumerate(items):
        try:
            results.append(_do(item, actor))
        except Problem as problem:
            raise _placed(problem, index) from problem
    return results


def _attempt(item: BulkItem, actor: str) -> BulkResult:
    try:
        # Under an Idempotency-Key there is a transaction already, and this is a savepoint of it.
        with transaction.atomic():
            return _do(item, actor)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        return BulkResult(action=item.action, id=item.id, problem=problem)


def _do(item: BulkItem, actor: str) -> BulkResult:
    if item.action == "create":
        made = product_create_part(fields=item.fields or {}, actor=actor)
        return BulkResult(action=item.action, id=made.pk, product=made)
    assert item.id is not None  # noqa: S101 (the input's serializer asks for it)
    precondition = _at_version(item.version)
    if item.action == "update":
        changed = product_update_part(
            product_id=item.id, changes=item.fields or {}, actor=actor, precondition=precondition
        )
        return BulkResult(action=item.action, id=item.id, product=changed)
    product_delete_part(product_id=item.id, actor=actor, precondition=precondition)
    return BulkResult(action=item.action, id=item.id)


def _at_version(version: int | None) -> Precondition[Product]:
    if version is None:
        return no_precondition

    def check(product: Product) -> None:
        if product.version != version:
            raise PreconditionFailed

    return check


def _placed(problem: Problem, index: int) -> Problem:
    """Put the item's place before what the problem points at."""
    before = f"/items/{index}"
    problem.errors = tuple(
        FieldError(code=error.code, detail=error.detail, pointer=f"{before}{error.pointer or ''}")
        for error in problem.errors
    ) or (FieldError(code=problem.code, detail=problem.detail, pointer=before),)
    problem.detail = f"{before}: {problem.detail}"
    return problem
