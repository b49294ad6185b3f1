"""Doing a request once: the answer is kept in the transaction of its effect, and a repetition gets it again.

Semantics of the IETF's Idempotency-Key draft; see docs/api.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from django.core.files import File
from django.db import connection
from django.http import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.rendering import dumps
from core.transactions import run_in_envelope, with_last
from events.exceptions import (
    IdempotencyInFlight,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from events.models import IdempotencyKey

KEPT_FOR = timedelta(hours=48)
_KEY = re.compile(r'^(?:"(?P<quoted>[\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|(?P<bare>[\x21\x23-\x5b\x5d-\x7e]{1,255}))$')
_MIN_GUEST_KEY = 16
_MAX_SCOPE = 300
_NOT_KEPT = {409, 412, 428, 429}


Secrets = Mapping[str, Callable[[Mapping[str, Any]], Any]]
"""Members of an answer that must not lie in the database, each with a function that makes it again at a replay."""


def run_once(
    request: Request,
    *,
    caller: str,
    work: Callable[[], Response],
    required: bool = False,
    secrets: Secrets | None = None,
) -> HttpResponseBase:
    """Run a write, once per Idempotency-Key of a caller, method and path.

    Without a key it simply runs (or is refused when `required`). The entry services that `work` calls join the
    transaction in which the key's record is written, so neither is ever there without the other. `work` raises its
    problems, and then nothing is kept: a refusal can be tried again with the same key. `secrets` names the members of
    the answer that aren't written down.

    Raises:
        IdempotencyKeyRequired, IdempotencyKeyInvalid: 400.
        IdempotencyInFlight: the same key is being worked on right now, 409.
        IdempotencyKeyReused: the key came with another body before, 422.
    """
    key = _key_of(request, is_guest=caller == "guest", required=required)
    if key is None:
        return work()
    scope = _scope_of(request, caller)
    digest = _digest_of(request)

    def once() -> HttpResponseBase:
        known = _claim(scope, key)
        if known is not None:
            return _replay(known, digest, secrets or {})
        # The record is written before what the work wants to do last: locks that others queue for are had for the
        # commit only.
        with with_last():
            response = work()
            if response.status_code < 500 and response.status_code not in _NOT_KEPT:  # noqa: PLR2004
                _keep(scope, key, digest, response, secrets or {})
        return response

    return run_in_envelope(once)


def _key_of(request: Request, *, is_guest: bool, required: bool) -> str | None:
    header = request.headers.get("Idempotency-Key")
    if header is None:
        if required:
            raise IdempotencyKeyRequired
        return None
    match = _KEY.match(header.strip(" \t"))
    key = (match["quoted"] or match["bare"]) if match else ""
    # Guests share one scope: a short key of one could be another's. A UUID can't.
    if not key or (is_guest and len(key) < _MIN_GUEST_KEY):
        raise IdempotencyKeyInvalid
    return key


def _scope_of(request: Request, caller: str) -> str:
    scope = f"{caller} {request.method} {request.path}"
    if len(scope) <= _MAX_SCOPE:
        return scope
    return f"{scope[:200]} {hashlib.sha256(scope.encode()).hexdigest()}"


def _digest_of(request: Request) -> bytes:
    """Return a digest of all that a request says besides its path: the query, the values of the body, its files."""
    values = dict(request.data.lists()) if isinstance(request.data, MultiValueDict) else request.data
    said = [request.META.get("QUERY_STRING", ""), values]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=_plain)).digest()


def _plain(value: Any) -> Any:
    if not isinstance(value, File):
        return str(value)
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return [value.name, content.hexdigest()]


def _claim(scope: str, key: str) -> IdempotencyKey | None:
    """Take the key's lock for this transaction without waiting; return the record if there is one already."""
    number = int.from_bytes(hashlib.sha256(f"{scope}\0{key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise IdempotencyInFlight(headers={"Retry-After": "1"})
    # A statement of its own: one that also took the lock would look at what was there before it had it, and miss the
    # record of who held it until just then.
    return IdempotencyKey.objects.filter(scope=scope, key=key, expires_at__gt=clock.now()).first()


def _replay(known: IdempotencyKey, digest: bytes, secrets: Secrets) -> Response:
    if bytes(known.body_digest) != digest:
        raise IdempotencyKeyReused
    body: Any = orjson.loads(bytes(known.body)) if known.body else None
    for name, make in secrets.items():
        body[name] = make(body)
    return Response(
        body,
        status=known.status,
        headers={**known.headers, "Idempotent-Replayed": "true"},
    )


def _keep(scope: str, key: str, digest: bytes, response: Response, secrets: Secrets) -> None:
    now = clock.now()
    body = {name: value for name, value in response.data.items() if name not in secrets} if secrets else response.data
    # An expired record of the same key may still lie there until the sweeper takes it.
    IdempotencyKey.objects.bulk_create(
        [
            IdempotencyKey(
                scope=scope,
                key=key,
                body_digest=digest,
                status=response.status_code,
                headers={name: response.headers[name] for name in ("ETag", "Location") if name in response.headers},
                body=b"" if body is None else dumps(body),
                created_at=now,
                expires_at=now + KEPT_FOR,
            )
        ],
        update_conflicts=True,
        unique_fields=["scope", "key"],
        update_fields=["body_digest", "status", "headers", "body", "created_at", "expires_at"],
    )
