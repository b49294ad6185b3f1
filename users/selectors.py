"""Every read of people and keys, scoped to who asks."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, Func, OuterRef, QuerySet, TextField, Value

from core import clock
from users.callers import Caller
from users.keys import key_digest, key_prefix
from users.models import ApiKey, Role, User
from users.rights import ALL_RIGHTS

_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TokenUser:
    """The person behind an access token, and the session that the token belongs to."""

    user: User
    caller: Caller
    session_key: str


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """The machine behind an API key, and whether the time of its last use is due to be written."""

    key_id: uuid.UUID
    caller: Caller
    is_touch_due: bool


def user_of_access_token(token: str) -> TokenUser | None:
    """Return the active person whom a valid access token names, in one query; None for any other text.

    A token is good while its session is (log-out ends it at once) and while the password is the one that it was
    issued under.
    """
    payload = jwt.decode_token(token, "access")
    session_key = jwt.session_key_from_sid(payload["sid"]) if payload else None
    user_id = _uuid_of(payload["sub"]) if payload else None
    if payload is None or session_key is None or user_id is None:
        return None
    sessions = Session.objects.filter(session_key=session_key, expire_date__gt=clock.now())
    user = _with_rights(User.objects.filter(Exists(sessions), pk=user_id, is_active=True)).first()
    if user is None or not hmac.compare_digest(str(payload.get("pwd", "")), password_mark(user)):
        return None
    return TokenUser(user=user, caller=caller_of_user(user), session_key=session_key)


def password_mark(user: User) -> str:
    """Return what an access token carries of the password's hash, so that changing it ends every token."""
    return user.get_session_auth_hash()[:16]


def caller_of_user(user: User) -> Caller:
    """Return the person as a caller: staff with their roles' rights (superusers with all), customers with none."""
    return Caller(user_id=user.pk, rights=rights_of(user), is_staff=user.is_staff)


def rights_of(user: User) -> frozenset[str]:
    """Return the rights of a person; no query when `role_rights` was loaded with them."""
    if not (user.is_staff and user.is_active):
        return frozenset()
    if user.is_superuser:
        return ALL_RIGHTS
    loaded: Iterable[str] | None = getattr(user, "role_rights", None)
    if loaded is None:
        loaded = {right for role in user.roles.all() for right in role.rights}
    return ALL_RIGHTS & frozenset(loaded)


def caller_of_key(secret: str, *, now: datetime | None = None) -> KeyCaller | None:
    """Return the machine behind a key, in one query; None when it is unknown, revoked or expired."""
    now = now or clock.now()
    prefix = key_prefix(secret)
    key = ApiKey.objects.filter(prefix=prefix).first() if prefix else None
    if key is None or not hmac.compare_digest(bytes(key.digest), key_digest(secret)):
        return None
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    caller = Caller(key_prefix=key.prefix, rights=ALL_RIGHTS & frozenset(key.scopes))
    is_touch_due = key.last_used_at is None or key.last_used_at <= now - _TOUCH_AFTER
    return KeyCaller(key_id=key.pk, caller=caller, is_touch_due=is_touch_due)


def _with_rights(users: QuerySet[User]) -> QuerySet[Any]:
    each = Role.objects.filter(users=OuterRef("pk")).order_by()
    right = Func(F("rights"), function="unnest", output_field=TextField())
    return users.annotate(role_rights=ArraySubquery(each.annotate(right=right).values("right"), default=Value([])))


def _uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
