"""Identifiers: time-ordered ones for rows, random ones for capabilities. Human numbers belong to the apps."""

import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits.

    Rows made later sort later, so B-tree inserts stay at the right edge, and ids can't be counted through.
    """
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random_bits >> 62) << 64 | 0b10 << 62
    return uuid.UUID(int=value | random_bits & (1 << 62) - 1)


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
