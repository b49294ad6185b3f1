"""Codes of gift cards: made from the card's id and the shop's key, so they needn't be kept to be told again.

80 bits of a keyed digest can't be guessed or counted through; only the digest of the code lies in the database, which
therefore pays for nobody who reads it.
"""

import hashlib
import uuid
from hmac import compare_digest

from django.conf import settings
from django.utils.crypto import salted_hmac

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without the letters that people take for digits (I, L, O) or that make words (U)."""
_READ = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})
_LENGTH = 16


def code_of(card_id: uuid.UUID) -> str:
    """Return a new card's code, in groups of four."""
    return _made(card_id, settings.SECRET_KEY)


def code_again(card_id: uuid.UUID, digest: bytes) -> str | None:
    """Return the code of a card that was issued earlier; None if the key of that time is no longer among ours.

    Such a card pays as before: only the shop can't tell its code any more.
    """
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        code = _made(card_id, key)
        if compare_digest(digest_of(code), digest):
            return code
    return None


def digest_of(code: str) -> bytes:
    """Return what is stored of a code, however somebody types it."""
    return hashlib.sha256(_plain(code).encode()).digest()


def is_like_a_code(text: str) -> bool:
    """Tell whether a text could be a card's code."""
    plain = _plain(text)
    return len(plain) == _LENGTH and all(character in _ALPHABET for character in plain)


def _plain(code: str) -> str:
    return code.upper().translate(_READ)


def _made(card_id: uuid.UUID, key: str | bytes) -> str:
    signature = salted_hmac("promotions.gift_card", str(card_id), secret=key, algorithm="sha256").digest()
    number = int.from_bytes(signature[: _LENGTH * 5 // 8])
    text = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(text[start : start + 4] for start in range(0, _LENGTH, 4))
