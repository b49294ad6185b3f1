"""Slugs: made of titles, unique, never mistaken for an id. Redirects from old ones are written by the database."""

import re
import secrets
from typing import Any

from django.db import models
from django.utils.text import slugify

from core.ids import as_uuid
from core.problems import InvalidInput

RESERVED = frozenset({"bulk"})
"""Names that paths of the API use where a slug could stand."""

_LONGEST = 120
_TRIED = 20
_SLUG = re.compile(r"^[-\w]+\Z")


def slug_check(slug: str, *, pointer: str = "/slug") -> str:
    """Return a slug that somebody chose.

    Raises:
        InvalidInput: it has other characters than letters, digits, hyphens and underscores, or names something else.
    """
    if not _SLUG.match(slug):
        detail = "A slug has letters, digits, hyphens and underscores only."
        raise InvalidInput.at(pointer, detail, code="invalid_slug")
    if _is_ambiguous(slug):
        detail = "This slug would be mistaken for an id or for another path; choose another."
        raise InvalidInput.at(pointer, detail, code="invalid_slug")
    return slug


def slug_make(model: type[models.Model], title: str) -> str:
    """Return a free slug for a title: ASCII where that leaves something, else the title's own letters.

    Somebody else may take it before it is written; then the constraint refuses.
    """
    kind = model.__name__.lower()
    base = slugify(title)[:_LONGEST].strip("-_") or slugify(title, allow_unicode=True)[:_LONGEST].strip("-_") or kind
    if _is_ambiguous(base):
        base = f"{kind}-{base}"
    candidates = [base, *(f"{base}-{number}" for number in range(2, _TRIED))]
    rows: Any = model._default_manager  # noqa: SLF001 (Django's documented name for it)
    taken = set(rows.filter(slug__in=candidates).values_list("slug", flat=True))
    free = next((slug for slug in candidates if slug not in taken), None)
    return free or f"{base}-{secrets.token_hex(4)}"


def _is_ambiguous(slug: str) -> bool:
    return slug in RESERVED or as_uuid(slug) is not None
