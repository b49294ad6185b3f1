"""JSON bodies: what is odd is refused with its place, and what is read is what was sent."""

import pytest

from core.parsing import MAX_DEPTH, loads
from core.problems import InvalidInput, MalformedBody


def test_plain_json_is_read() -> None:
    body = '{"a": [1, 2.5, null, true, "ñ\\u00e9"], "b": {"c": -9223372036854775807}}'.encode()
    assert loads(body) == {"a": [1, 2.5, None, True, "ñé"], "b": {"c": -9223372036854775807}}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'"\\ud800"', b"NaN", b"Infinity", b"[1,]", b'{"a":1}{}', b"[" * 5000],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        loads(body)


def test_depth_is_bounded() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(MalformedBody):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"a": {"b/c": "x\\u0000y"}}', "/a/b~1c", "nul"),
        (b'{"a": ["x", "\\u0000"]}', "/a/1", "nul"),
        (b'{"x\\u0000": 1}', "", "nul"),
        (b'{"quantity": 1, "quantity": 2}', "/quantity", "duplicate_name"),
        (b'{"amount": 99999999999999999999}', "", "too_large"),
        (b'{"amount": 9223372036854775808}', "", "too_large"),
        (b'{"metadata": {"a": 9223372036854775808.0}}', "", "too_large"),
        (b'{"metadata": {"a": -1.8e243}}', "", "too_large"),
    ],
)
def test_odd_values_are_refused_with_their_place(body: bytes, pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        loads(body)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [(pointer, code)]
