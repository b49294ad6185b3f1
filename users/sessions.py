"""Log-ins: allauth's sessions and JWTs behind our own names. Who somebody is has been made sure of before.

A session row in the database is the log-in itself; access tokens (minutes) and refresh tokens (weeks, each good once)
point to it. No cookie ever carries it outside the admin.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import Login
from allauth.headless.constants import Client
from allauth.headless.internal.decorators import mark_request_as_headless
from allauth.headless.internal.sessionkit import lookup_session, new_session
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from core import clock
from core.problems import Problem
from core.transactions import assert_in_transaction, entry
from users.exceptions import EmailUnverified, RefreshRefused, RefreshUsedJustNow, SecondFactorRequired
from users.models import Session, User
from users.selectors import password_mark

_LAST_USED = "refresh_token_last_used"
_JUST_NOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets at log-in and at each refresh."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody and their tokens."""

    user: User
    tokens: Tokens


class TokenStrategy(JWTTokenStrategy):
    """allauth's JWT strategy with the password's mark in each access token."""

    def get_claims(self, user: AbstractBaseUser) -> dict[str, Any]:
        """Return what an access token says besides allauth's own claims."""
        return {"pwd": password_mark(user)} if isinstance(user, User) else {}


def session_begin(*, user: User) -> Tokens:
    """Log a person in without asking for anything: the caller has made sure of who they are."""
    session = new_session()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return _next_tokens(user, session)


def session_begin_by_password(request: HttpRequest, *, user: User) -> Tokens | Problem:
    """Log a person in whose password was right, through allauth's further steps; part of the caller's transaction.

    A step that is still to be done comes back as the problem to answer with, so that what the step wrote is kept.
    """
    assert_in_transaction()
    with _allauth_request(request):
        perform_password_login(request, {"email": user.email}, Login(user=user, email=user.email))
        if request.user.is_authenticated:
            return _next_tokens(user, request.session)
        stage = get_pending_stage(request)
        return EmailUnverified() if stage is not None and stage.key == "verify_email" else SecondFactorRequired()


def session_refresh(*, refresh_token: str) -> LoggedIn:
    """Exchange a refresh token, which is good once, for the next pair.

    A token that was exchanged before is a sign that somebody else holds a copy of one: its whole session ends, since
    nobody can tell which of the two is the thief (RFC 9700, 4.14.2). Only one exchanged a moment ago is merely
    refused: two tabs, or a retry after a lost answer, look like that.

    Raises:
        RefreshRefused: expired, used before, logged out, or the password was changed since.
        RefreshUsedJustNow: used a moment ago.
    """
    outcome = _rotate(refresh_token=refresh_token)
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def session_end(*, session_key: str) -> None:
    """Log out: the session's tokens are worth nothing from now on."""
    Session.objects.filter(pk=session_key).delete()


def sessions_end(*, user: User) -> None:
    """Log a person out everywhere, the admin included."""
    Session.objects.filter(user=user).delete()


def refresh_token_session(refresh_token: str) -> str | None:
    """Return the session that a refresh token belongs to, whether or not it was used; None for any other text."""
    payload = jwt.decode_token(refresh_token, "refresh")
    return jwt.session_key_from_sid(payload["sid"]) if payload else None


@entry
def _rotate(*, refresh_token: str) -> LoggedIn | Problem:
    payload = jwt.decode_token(refresh_token, "refresh")
    session_key = jwt.session_key_from_sid(payload["sid"]) if payload else None
    live = Session.objects.filter(pk=session_key, expire_date__gt=clock.now())
    # The row's lock makes two exchanges of one token take turns: the second finds it used.
    if payload is None or session_key is None or live.select_for_update().first() is None:
        return RefreshRefused()
    valid = jwt.validate_refresh_token(refresh_token)
    if valid is None:
        if _is_used_just_now(lookup_session(session_key), payload["jti"]):
            return RefreshUsedJustNow()
        session_end(session_key=session_key)
        return RefreshRefused()
    user, session, _ = valid
    jwt.invalidate_refresh_token(session, payload)
    session[_LAST_USED] = [payload["jti"], clock.now().timestamp()]
    return LoggedIn(user=user, tokens=_next_tokens(user, session))


def _is_used_just_now(session: SessionBase | None, token_id: str) -> bool:
    last_id, at = session.get(_LAST_USED, ["", 0.0]) if session is not None else ("", 0.0)
    return bool(last_id == token_id and clock.now().timestamp() - at <= _JUST_NOW_SECONDS)


def _next_tokens(user: User, session: SessionBase) -> Tokens:
    access_token = jwt.create_access_token(user, session, TokenStrategy().get_claims(user))
    refresh_token = jwt.create_refresh_token(user, session)
    # The refresh token's number lies deep in the session's data, where Django can't see that it was added.
    session.save()
    return Tokens(access_token, refresh_token, settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN)


@contextmanager
def _allauth_request(request: HttpRequest) -> Iterator[None]:
    """Lend the request a session of its own, never one out of a cookie, for as long as allauth works on it."""
    mark_request_as_headless(request, Client.APP)
    request.session = new_session()
    request.user = AnonymousUser()
    try:
        yield
    finally:
        del request.session, request.user
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
