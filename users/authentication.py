"""From a request's Authorization header to its Caller. Logging in and issuing tokens is users/sessions.py.

The API takes no cookies: a session of the admin never authenticates a call, so no call can be forged across sites.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core.problems import NotAuthenticated, PermissionRefused
from users.callers import GUEST, Caller
from users.keys import KEY_START
from users.models import User
from users.selectors import caller_of_key, user_of_access_token
from users.services import api_key_touch

_MAX_CREDENTIALS = 4096
"""Longer than any token issued here, so that no one makes the server decode megabytes."""


def caller_of(request: HttpRequest | Request) -> Caller:
    """Return who makes a request: for DRF's requests and for plain ones, asked for once and remembered.

    One query for a token, one for a key (and one write a minute for when it was last used), none for a guest.

    Raises:
        NotAuthenticated: credentials were sent, and they are malformed, expired, revoked or of nobody.
    """
    return _authenticate(request)[1]


def user_of(request: HttpRequest | Request) -> User:
    """Return the person who is logged in.

    Raises:
        NotAuthenticated: a guest.
        PermissionRefused: a key, which is nobody's account.
    """
    user, caller, _ = _authenticate(request)
    if user is not None:
        return user
    if caller.is_guest:
        raise NotAuthenticated
    raise PermissionRefused("This belongs to a person's account, and a key has none: log in as a person.")


def session_of(request: HttpRequest | Request) -> str | None:
    """Return the key of the session that an access token belongs to; None for guests and API keys.

    Raises:
        NotAuthenticated: as `caller_of` says.
    """
    return _authenticate(request)[2]


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` with an access token from log-in, or an API key (`tnd_…`)."""

    def authenticate(self, request: Request) -> tuple[User | None, Caller] | None:
        """Return the user (None for a key) and the caller; None for a guest."""
        user, caller, _ = _authenticate(request)
        return None if caller is GUEST else (user, caller)

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is a 401."""
        del request
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as drf-spectacular has it
    """How the OpenAPI document names the one way of authentication."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        del auto_schema
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token from `POST /auth/login`, or an API key (`tnd_…`).",
        }


_Known = tuple[User | None, Caller, str | None]


def _authenticate(request: HttpRequest | Request) -> _Known:
    plain: Any = request._request if isinstance(request, Request) else request  # noqa: SLF001 (DRF has no other door)
    known: _Known | None = getattr(plain, "tienda_caller", None)
    if known is None:
        known = plain.tienda_caller = _read(plain.headers.get("Authorization"))
    return known


def _read(header: str | None) -> _Known:
    if header is None:
        return None, GUEST, None
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    is_plain = credentials.isascii() and credentials.isprintable() and len(credentials) <= _MAX_CREDENTIALS
    if scheme.lower() != "bearer" or not credentials or not is_plain:
        _refuse("The Authorization header must read: Bearer, a space, then an access token or an API key.")
    if credentials.startswith(KEY_START):
        return None, _read_key(credentials), None
    found = user_of_access_token(credentials)
    if found is None:
        _refuse("The access token is not valid or has expired; get a new one from /auth/refresh or log in again.")
    return found.user, found.caller, found.session_key


def _read_key(credentials: str) -> Caller:
    found = caller_of_key(credentials)
    if found is None:
        _refuse("The API key is not valid; it may have been revoked or have expired.")
    if found.is_touch_due:
        api_key_touch(key_id=found.key_id)
    return found.caller


def _refuse(detail: str) -> NoReturn:
    raise NotAuthenticated(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
