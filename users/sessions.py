"""Tokens: allauth's sessions and JWTs behind our own names. Who may have them is decided in users/accounts.py.

A session row in the database is the log-in itself; access tokens (minutes) and refresh tokens (weeks, each good once)
point to it. No cookie ever carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.headless.internal.sessionkit import new_session
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase

from users.models import User
from users.selectors import password_mark


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets at log-in and at each refresh."""

    access_token: str
    refresh_token: str
    expires_in: int


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
    return tokens_issue(user=user, session=session)


def tokens_issue(*, user: User, session: SessionBase) -> Tokens:
    """Issue the first pair of tokens of a session that has been saved; its refresh token is written into it."""
    access_token = jwt.create_access_token(user, session, TokenStrategy().get_claims(user))
    refresh_token = jwt.create_refresh_token(user, session)
    session.modified = True
    session.save()
    return Tokens(access_token, refresh_token, settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN)
