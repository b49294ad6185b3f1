"""What an API key is made of: pure text and digests. Keeping and finding keys is the services' and selectors' part."""

import hashlib
import secrets
from dataclasses import dataclass

KEY_START = "tnd_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME_LENGTH = 8
_SECRET_LENGTH = 43


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just drawn: the secret text, to be shown once, and what is kept of it."""

    secret: str
    prefix: str
    digest: bytes


def key_draw() -> NewKey:
    """Draw a key of 256 random bits: `tnd_NAME_SECRET`, of which `tnd_NAME` is public."""
    prefix = KEY_START + _draw(_NAME_LENGTH)
    secret = f"{prefix}_{_draw(_SECRET_LENGTH)}"
    return NewKey(secret=secret, prefix=prefix, digest=key_digest(secret))


def key_digest(secret: str) -> bytes:
    """Return what is kept of a key. A plain digest is enough: 256 random bits can't be guessed, unlike a password."""
    return hashlib.sha256(secret.encode()).digest()


def key_prefix(secret: str) -> str | None:
    """Return the public part of a key's text; None for a text that can't be a key."""
    prefix, _, rest = secret[len(KEY_START) :].partition("_")
    is_key = secret.startswith(KEY_START) and len(prefix) == _NAME_LENGTH and len(rest) == _SECRET_LENGTH
    return KEY_START + prefix if is_key else None


def _draw(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
