"""Posting JSON to a service and reading its JSON, by the standard library: one address, no redirects, bounded in size.

What the JSON says belongs to who asks.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from core.outside.services import Failure, ServiceFailed

MAX_ANSWER_BYTES = 256 * 1024
_PIECE = 16 * 1024
_LEAST_SECONDS = 0.001
_TOO_SLOW = "its answer came too slowly"


@dataclass(frozen=True, slots=True)
class JsonEndpoint:
    """An address that takes our JSON by POST and answers JSON; `secret` goes along as a bearer token."""

    url: str
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never be called, when the shop starts and not at the first cart."""
        parts = urlsplit(self.url)
        # Python takes its time to look at a port until it is read.
        is_plain = self.url.isascii() and self.url.isprintable() and " " not in self.url and parts.port != 0
        if not is_plain or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
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
        hangs_up = threading.Timer(seconds, _hang_up, (connection,))
        hangs_up.daemon = True
        hangs_up.start()
        try:
            return _read(self._asked(connection, orjson.dumps(body)), connection, deadline)
        except TimeoutError as error:
            raise ServiceFailed(Failure.TIMEOUT, str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                raise ServiceFailed(Failure.TIMEOUT, _TOO_SLOW) from error
            failure = Failure.UNREACHABLE if isinstance(error, OSError) else Failure.MALFORMED
            raise ServiceFailed(failure, type(error).__name__) from error
        finally:
            hangs_up.cancel()
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


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End a connection whose time is over: the socket's own time-out begins anew with each byte of the headers."""
    if connection.sock is not None:
        with suppress(OSError):
            # The plain socket's way: TLS would begin to forget what the other thread is reading with.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float) -> Any:
    if response.status != http.client.OK:
        raise ServiceFailed(Failure.REFUSED, f"status {response.status}")
    content = bytearray()
    piece = b"-"
    while piece:
        if connection.sock is not None:
            connection.sock.settimeout(max(deadline - time.monotonic(), _LEAST_SECONDS))
        piece = response.read1(_PIECE)
        # An end may be that of its time: what has come until then is no answer.
        if time.monotonic() >= deadline:
            raise ServiceFailed(Failure.TIMEOUT, _TOO_SLOW)
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
