"""Turning answers into bytes: the JSON renderer, and the bounded cache of bytes kept under a version."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

from core import clock


class JSONRenderer(BaseRenderer):
    """JSON by orjson: compact, UTF-8, ids and times as text."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes; nothing at all for an answer without a body."""
        del accepted_media_type, renderer_context
        return b"" if data is None else dumps(data)


def dumps(data: Any) -> bytes:
    """Encode one value as JSON."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    # Lazy translations, DRF's ReturnDict and ErrorDetail are subclasses that orjson doesn't look through.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    return str(value)


_Entry = tuple[bytes, datetime | None, datetime | None]


class BytesCache:
    """Rendered bytes under a key that names a version, so that an entry is never wrong, only unused.

    Bounded by the bytes it holds; the least recently used goes first. Safe to share between threads.
    An entry may hold only from one time until another (a price that begins and ends), whatever the clock does.
    """

    def __init__(self, max_bytes: int) -> None:
        """Hold at most this many bytes of values."""
        self._max_bytes = max_bytes
        self._held_bytes = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Return the bytes kept under the key; None when there are none, or not at this time."""
        return self.get_many([key])[0]

    def get_many(self, keys: Sequence[Hashable]) -> list[bytes | None]:
        """Return what `get` returns for each key."""
        found: list[_Entry | None] = []
        with self._lock:
            for key in keys:
                entry = self._entries.get(key)
                found.append(entry)
                if entry is not None:
                    self._entries.move_to_end(key)
        return [entry and (entry[0] if entry[1] is entry[2] is None else _at_this_time(*entry)) for entry in found]

    def put(self, key: Hashable, value: bytes, *, since: datetime | None = None, until: datetime | None = None) -> None:
        """Keep the bytes under the key: from a time and until a time, exclusive, if they are given."""
        with self._lock:
            replaced = self._entries.pop(key, None)
            self._held_bytes += len(value) - (len(replaced[0]) if replaced else 0)
            self._entries[key] = (value, since, until)
            while self._held_bytes > self._max_bytes and self._entries:
                _, (dropped, _, _) = self._entries.popitem(last=False)
                self._held_bytes -= len(dropped)

    def clear(self) -> None:
        """Forget everything (tests that count queries begin here)."""
        with self._lock:
            self._entries.clear()
            self._held_bytes = 0


def _at_this_time(value: bytes, since: datetime | None, until: datetime | None) -> bytes | None:
    now = clock.now()
    return value if (since is None or since <= now) and (until is None or now < until) else None
