"""Descriptions: what stays of somebody's HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.html import clean_html


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<p onclick='x()'>a &amp; b</p><script>steal()</script>", "<p>a &amp; b</p>"),
        ('<a href="javascript:x()">k</a>', '<a rel="noopener noreferrer">k</a>'),
        ('<p style="position:fixed">a</p><style>p{}</style><iframe src="//x"></iframe>', "<p>a</p>"),
        ("<img src=x onerror=x()>", '<img src="x">'),
        ("  plain text  ", "plain text"),
        (
            "<table><tr><td colspan=2>1</td></tr></table>",
            '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        ),
        ("<p>unclosed", "<p>unclosed</p>"),
    ],
)
def test_only_harmless_html_stays(text: str, clean: str) -> None:
    assert clean_html(text) == clean


@given(st.text(alphabet="<>/&;\"'= abpsctriel\n", max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_html(text)

    assert clean_html(once) == once
