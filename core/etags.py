"""Conditional requests (RFC 9110, 8.8 and 13; RFC 6585, 3): strong ETags made of ids and versions."""

import hashlib
import re

from django.http import HttpRequest

from core.problems import PreconditionFailed, PreconditionRequired

_TAGS = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def etag_of(*parts: object) -> str:
    """Return a strong entity tag for whatever these parts identify: ids, versions, the market, the language."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def is_unchanged(request: HttpRequest, etag: str) -> bool:
    """Tell whether If-None-Match names this tag, so that a 304 is the answer (weak comparison, as GET wants)."""
    header = request.headers.get("If-None-Match", "")
    return header.strip() == "*" or etag in {tag.removeprefix("W/") for tag in _TAGS.findall(header)}


def check_if_match(request: HttpRequest, etag: str, *, required: bool) -> None:
    """Refuse a change of something that the client hasn't seen as it now is.

    Raises:
        PreconditionRequired: no If-Match header though this resource demands one (428).
        PreconditionFailed: none of its tags is the current one, by strong comparison (412).
    """
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise PreconditionRequired
        return
    if header.strip() != "*" and etag not in _TAGS.findall(header):
        raise PreconditionFailed(headers={"ETag": etag})
