"""The token by which a guest reads an order: made from the order's id, so it needn't be kept to be told again.

Only its digest lies in the database, which therefore opens no order to who reads it.
"""

import base64
import hashlib
import uuid
from hmac import compare_digest

from django.conf import settings
from django.utils.crypto import salted_hmac


def token_of(order_id: uuid.UUID) -> str:
    """Return a new order's token."""
    return _made(order_id, settings.SECRET_KEY)


def token_again(order_id: uuid.UUID, digest: bytes) -> str | None:
    """Return the token of an order that was placed earlier; None if the key of that time is no longer among ours."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _made(order_id, key)
        if compare_digest(digest_of(token), digest):
            return token
    return None


def digest_of(token: str) -> bytes:
    """Return what is stored of a token, and compared with what a guest sends."""
    return hashlib.sha256(token.encode()).digest()


def _made(order_id: uuid.UUID, key: str | bytes) -> str:
    signature = salted_hmac("orders.token", str(order_id), secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
