"""Every read of imports. They belong to whoever may import: the views ask for that right."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from markets.models import Market
from products.importing.exceptions import ImportNotFound
from products.importing.models import Import


def import_list() -> QuerySet[Import]:
    """Return all imports with their markets."""
    return Import.objects.select_related("market")


def import_get(import_id: uuid.UUID) -> Import:
    """Return one import with its market.

    Raises:
        ImportNotFound: there is none.
    """
    row = import_list().filter(id=import_id).first()
    if row is None:
        raise ImportNotFound
    return row


def imports_open() -> QuerySet[Import]:
    """Return the uploaded imports that haven't come to their end, or whose end nobody was told of."""
    return Import.objects.exclude(file="")


def import_unfinished(*, sha256: str, file_format: str, market: Market) -> Import | None:
    """Return the newest import of this very file that didn't come to its end, None when there is none."""
    rows = import_list().filter(sha256=sha256, format=file_format, market=market, is_dry_run=False)
    newest = rows.order_by("-created_at", "-id").first()
    return newest if newest is not None and newest.status != Import.Status.DONE else None
