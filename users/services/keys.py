"""Making and revoking API keys."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from core import clock
from core.transactions import entry
from events.services import event_record
from users.callers import SYSTEM_ACTOR, Caller
from users.keys import key_draw
from users.models import ApiKey
from users.selectors import api_key_get, rights_check


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
    rights_check(scopes, giver=caller, pointer="/scopes")
    drawn = key_draw()
    key = ApiKey.objects.create(
        name=name,
        prefix=drawn.prefix,
        digest=drawn.digest,
        scopes=sorted(set(scopes)),
        created_by_id=caller.user_id if caller else None,
        expires_at=expires_at,
    )
    _tell("api_key.created", key, caller.actor if caller else SYSTEM_ACTOR)
    return key, drawn.secret


@entry
def api_key_revoke(*, key_id: uuid.UUID, caller: Caller) -> ApiKey:
    """End a key for good; revoking it again changes nothing. Whoever manages access may end any key.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `access:write`.
        NotFound: there is no such key.
    """
    is_new = ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=clock.now())
    key = api_key_get(caller, key_id)
    if is_new:
        _tell("api_key.revoked", key, caller.actor)
    return key


def api_key_touch(*, key_id: uuid.UUID) -> None:
    """Write that a key was used now. Nothing depends on it, so it takes no part in the request's transaction."""
    ApiKey.objects.filter(pk=key_id).update(last_used_at=clock.now())


def _tell(what: str, key: ApiKey, actor: str) -> None:
    data = {"name": key.name, "prefix": key.prefix, "scopes": key.scopes}
    event_record(type=what, aggregate_type="api_key", aggregate_id=key.pk, data=data, actor=actor)
