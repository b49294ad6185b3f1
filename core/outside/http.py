"""Posting JSON to a service and reading its JSON, by the standard library: one address, no redirects, bounded in size.

What the JSON says belongs to who asks.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from core.outside.services import Failure, ServiceFailed

MAX_ANSWER_BYTES = 256 * 1024
_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class JsonEndpoint:
    """An address that takes our JSON by POST and answers JSON; `secret` goes along as a bearer token."""

    url: str
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never be called, when the shop starts and not at the first cart."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            message = "its URL must read https://HOST/PATH, and a secret belongs into the setting for secrets"
            raise ValueError(message)
        if not (self.secret.isascii() and self.secret.isprintable()):
            message = "its secret must be printable ASCII"
            raise ValueError(message)

    def post(self, body: Mapping[str, Any], *, seconds: float) -> Any:
        """Return the parsed answer of a 200; a redirect is an answer that can't be used like any other.

        Raises:
            ServiceFailed: no answer in time, or none that is JSON of a bounded size.
        """
        deadline = time.monotonic() + seconds
        connection = self._connection(seconds)
        try:
            return _read(self._asked(connection, orjson.dumps(body)), connection, deadline)
        except TimeoutError as error:
            raise ServiceFailed(Failure.TIMEOUT, str(error)) from error
        except OSError as error:
            raise ServiceFailed(Failure.UNREACHABLE, type(error).__name__) from error
        except http.client.HTTPException as error:
            raise ServiceFailed(Failure.MALFORMED, type(error).__name__) from error
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        assert parts.hostname is not None  # noqa: S101 (__post_init__ has looked)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=_tls())
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)

    def _asked(self, connection: http.client.HTTPConnection, body: bytes) -> http.client.HTTPResponse:
        parts = urlsplit(self.url)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Tienda"}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body=body, headers=headers)
        return connection.getresponse()


def _read(response: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float) -> Any:
    if response.status != http.client.OK:
        raise ServiceFailed(Failure.REFUSED, f"status {response.status}")
    content = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ServiceFailed(Failure.TIMEOUT, "its answer came too slowly")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        piece = response.read1(_PIECE)
        if not piece:
            break
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            raise ServiceFailed(Failure.TOO_LARGE, f"more than {MAX_ANSWER_BYTES} bytes")
    try:
        return orjson.loads(bytes(content))
    except orjson.JSONDecodeError as error:
        raise ServiceFailed(Failure.MALFORMED, str(error)) from error


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
