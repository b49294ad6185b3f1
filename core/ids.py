"""Identifiers: time-ordered ones for rows, random ones for capabilities. Human numbers belong to the apps."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, 12 of their fraction (6.2, method 3), 62 random bits.

    Rows made later sort later, within a process strictly so, which keeps B-tree inserts at the right edge and lists in
    the order they were made. Ids can't be counted through.
    """
    global _last  # noqa: PLW0603 (the last time given out belongs to the process)
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    moment = milliseconds << 12 | nanoseconds * 4096 // 1_000_000
    with _lock:
        _last = moment = max(moment, _last + 1)
    value = moment >> 12 << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def capability() -> uuid.UUID:
    """Return a fully random UUIDv4: whoever holds it holds the thing it names (a guest's cart)."""
    return uuid.uuid4()


def token() -> str:
    """Return 256 random bits as URL-safe text, for secrets that are shown once and stored as a digest."""
    return secrets.token_urlsafe(32)


def as_uuid(text: str) -> uuid.UUID | None:
    """Return the id that a text spells in the one canonical form, or None when it is something else: a slug, a SKU."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
