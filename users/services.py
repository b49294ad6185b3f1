"""Every write of keys and roles. People's own writes are in users/accounts.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from core import clock
from core.transactions import entry
from users.callers import Caller
from users.exceptions import RightsExceeded, RightUnknown
from users.keys import key_draw
from users.models import ApiKey
from users.rights import ALL_RIGHTS


@entry
def api_key_create(
    *, name: str, scopes: Collection[str], caller: Caller | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret text, which nobody can read again.

    `caller` is who makes it: nobody gives a key more rights than their own. None is the operator at the shell.

    Raises:
        RightUnknown: a scope is not one of the vocabulary's.
        RightsExceeded: the maker lacks a scope.
    """
    scopes_check(scopes, caller=caller)
    drawn = key_draw()
    key = ApiKey.objects.create(
        name=name,
        prefix=drawn.prefix,
        digest=drawn.digest,
        scopes=sorted(set(scopes)),
        created_by_id=caller.user_id if caller else None,
        expires_at=expires_at,
    )
    return key, drawn.secret


def api_key_touch(*, key_id: uuid.UUID) -> None:
    """Write that a key was used now. Nothing depends on it, so it takes no part in the request's transaction."""
    ApiKey.objects.filter(pk=key_id).update(last_used_at=clock.now())


def scopes_check(scopes: Collection[str], *, caller: Caller | None) -> None:
    """Refuse rights that are not in the vocabulary, or that the giver doesn't have.

    Raises:
        RightUnknown, RightsExceeded: as said.
    """
    unknown = sorted(set(scopes) - ALL_RIGHTS)
    if unknown:
        raise RightUnknown(unknown)
    missing = sorted(set(scopes) - caller.rights) if caller is not None else []
    if missing:
        raise RightsExceeded(missing)
