"""Reading JSON bodies with guards: depth, size, NUL, duplicate names. What the values mean belongs to serializers."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

import orjson
from django.conf import settings
from rest_framework.parsers import BaseParser

from core.problems import FieldError, InvalidInput, MalformedBody, PayloadTooLarge

MAX_DEPTH = 24
MAX_INTEGER = 2**63 - 1


class JSONParser(BaseParser):
    """`application/json`: UTF-8, one value, names unique, no NUL and no lone surrogate in any text."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the body's value.

        Raises:
            PayloadTooLarge: more bytes than `MAX_BODY_BYTES`.
            MalformedBody: not JSON, or nested too deeply.
            InvalidInput: a text with NUL, a name given twice.
        """
        del media_type, parser_context
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            message = f"A body may have {settings.MAX_BODY_BYTES:,} bytes at the most."
            raise PayloadTooLarge(message)
        return loads(body)


class MergePatchParser(JSONParser):
    """`application/merge-patch+json` (RFC 7396): what is named changes, null clears, lists replace."""

    media_type = "application/merge-patch+json"


def loads(body: bytes) -> Any:
    """Read one guarded JSON value; see `JSONParser.parse` for what is refused."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON: {error}."
        raise MalformedBody(message) from error
    _guard(value)
    # orjson takes the last of two equal names in silence; a reader who sent both meant something else.
    json.loads(body, object_pairs_hook=_unique, parse_int=_bounded, parse_float=_bounded_float)
    return value


def _guard(value: Any) -> None:
    queue: list[tuple[Any, str, int]] = [(value, "", 1)]
    while queue:
        item, pointer, depth = queue.pop()
        if depth > MAX_DEPTH:
            message = f"The body is nested deeper than {MAX_DEPTH} levels."
            raise MalformedBody(message)
        if isinstance(item, str):
            if "\0" in item:
                _refuse(pointer, "nul", "Text can't hold the NUL character; leave it out.")
        elif isinstance(item, dict):
            for name, child in item.items():
                if "\0" in name:
                    _refuse(pointer, "nul", "A name can't hold the NUL character; leave it out.")
                queue.append((child, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth + 1))
        elif isinstance(item, list):
            queue.extend((child, f"{pointer}/{index}", depth + 1) for index, child in enumerate(item))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _refuse(f"/{twice}", "duplicate_name", f"The name {twice[:60]!r} is given twice; send it once.")
    return found


def _bounded(digits: str) -> int:
    if len(digits.lstrip("-")) > 19 or abs(int(digits)) > MAX_INTEGER:  # noqa: PLR2004 (digits of 2**63)
        _refuse("", "too_large", f"The number {digits[:30]} is larger than any taken here.")
    return int(digits)


def _bounded_float(digits: str) -> float:
    # PostgreSQL gives 1e19 back as the integer that it is, and that is one which can't be written any more.
    if abs(float(digits)) > MAX_INTEGER:
        _refuse("", "too_large", f"The number {digits[:30]} is larger than any taken here.")
    return float(digits)


def _refuse(pointer: str, code: str, detail: str) -> NoReturn:
    raise InvalidInput(detail, errors=(FieldError(code=code, detail=detail, pointer=pointer),))
