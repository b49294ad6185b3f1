"""Our own format: strict JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.importing import tienda
from products.importing.opening import FileUnreadable
from products.importing.rows import KEEP, ImportedStock, Severity
from tests.products.imports.conftest import Reading, read_with

Read = Callable[..., Reading]


@pytest.fixture
def lines(tmp_path: Path) -> Read:
    """Write values as lines of JSON, and texts as they are, and read them."""

    def read(*values: Any, skip: int = 0, end: str = "\n") -> Reading:
        path = tmp_path / "products.jsonl"
        texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
        path.write_text("\n".join(texts) + end, encoding="utf-8")
        return read_with(tienda, path, skip=skip)

    return read


def test_names_that_are_left_out_keep_and_empty_ones_clear(lines: Read) -> None:
    kept, cleared = lines(
        {"slug": "a", "variants": [{"sku": "x"}]},
        {
            "slug": "b",
            "brand": None,
            "tags": [],
            "published_from": None,
            "variants": [{"sku": "x", "weight_grams": None}],
        },
    ).products

    assert (kept.brand, kept.tags, kept.published_from, kept.option_names, kept.title) == (KEEP,) * 5
    assert (kept.variants[0].weight_grams, kept.variants[0].all_prices, kept.variants[0].stock) == (KEEP,) * 3
    assert (cleared.brand, cleared.tags, cleared.published_from) == ("", (), None)
    assert cleared.variants[0].weight_grams is None


def test_stock_of_every_location_is_read(lines: Read) -> None:
    stock = [{"location": "main", "on_hand": 3}, {"location": "far", "on_hand": 1, "backorder_limit": None}]

    product = lines({"slug": "a", "variants": [{"stock": stock}]}).products[0]

    assert product.variants[0].stock == (
        ImportedStock(location="main", on_hand=3),
        ImportedStock(location="far", on_hand=1, backorder_limit=None),
    )


PRICE = {"market": "eu", "currency": "EUR", "amount": 1}


@pytest.mark.parametrize(
    ("product", "pointer"),
    [
        ({"title": "x"}, "/slug"),
        ({"slug": 5}, "/slug"),
        ({"slug": "a\0b"}, "/slug"),
        ({"colour": "red"}, "/colour"),
        ({"status": "sleeping"}, "/status"),
        ({"tags": "pino"}, "/tags"),
        ({"tags": [1]}, "/tags"),
        ({"categories": ["Home"]}, "/categories"),
        ({"categories": [[]]}, "/categories"),
        ({"published_from": "2026-01-01"}, "/published_from"),
        ({"published_from": "2026-01-01T00:00:00"}, "/published_from"),
        ({"published_from": "2026-13-01T00:00:00Z"}, "/published_from"),
        ({"metadata": []}, "/metadata"),
        ({"seo": "x"}, "/seo"),
        ({"seo": {"words": "x"}}, "/seo/words"),
        ({"options": [{"values": ["S"]}]}, "/options/0/name"),
        ({"attributes": [{"code": "a", "value": 1.5}]}, "/attributes/0/value"),
        ({"attributes": [{"code": "a", "value": None}]}, "/attributes/0/value"),
        ({"attributes": [{"code": "a", "value": 1, "kind": "date"}]}, "/attributes/0/kind"),
        ({"translations": [{"language": "es"}]}, "/translations/0/title"),
        ({"images": [{"alt": "x"}]}, "/images/0/url"),
        ({"images": [{"url": "https://x.test/a", "file": "b"}]}, "/images/0/url"),
        ({"images": [{"url": "javascript:x"}]}, "/images/0/url"),
        ({"images": [{"file": "../secret"}]}, "/images/0/file"),
        ({"images": [{"file": "/etc/passwd"}]}, "/images/0/file"),
        ({"variants": {}}, "/variants"),
        ({"variants": [[]]}, "/variants/0"),
        ({"variants": [{}] * 5001}, "/variants"),
        ({"variants": [{"images": [0]}]}, "/variants/0/images"),
        ({"variants": [{"weight_grams": 1.5}]}, "/variants/0/weight_grams"),
        ({"variants": [{"weight_grams": "NaN"}]}, "/variants/0/weight_grams"),
        ({"variants": [{"weight_grams": "-1"}]}, "/variants/0/weight_grams"),
        ({"variants": [{"length_mm": -1}]}, "/variants/0/length_mm"),
        ({"variants": [{"released_on": "2026-02-30"}]}, "/variants/0/released_on"),
        ({"variants": [{"released_on": "soon"}]}, "/variants/0/released_on"),
        ({"variants": [{"length_mm": True}]}, "/variants/0/length_mm"),
        ({"variants": [{"max_order_quantity": 0}]}, "/variants/0/max_order_quantity"),
        ({"variants": [{"is_taxable": 1}]}, "/variants/0/is_taxable"),
        ({"variants": [{"cost": {"amount": 5}}]}, "/variants/0/cost/currency"),
        ({"variants": [{"prices": [PRICE | {"amount": 1.5}]}]}, "/variants/0/prices/0/amount"),
        ({"variants": [{"prices": [PRICE | {"amount": None}]}]}, "/variants/0/prices/0/amount"),
        ({"variants": [{"prices": [PRICE | {"market": ""}]}]}, "/variants/0/prices/0/market"),
        (
            {
                "variants": [
                    {"prices": [PRICE | {"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}]}
                ]
            },
            "/variants/0/prices/0/valid_until",
        ),
        (
            {"variants": [{"stock": [{"location": "a", "on_hand": 1}, {"location": "a", "on_hand": 2}]}]},
            "/variants/0/stock/1/location",
        ),
        ({"variants": [{"stock": [{"location": "a", "on_hand": -1}]}]}, "/variants/0/stock/0/on_hand"),
        ({"variants": [{"stock": [{"location": "a", "on_hand": 1_000_000_001}]}]}, "/variants/0/stock/0/on_hand"),
    ],
)
def test_a_value_that_is_wrong_is_an_error_with_a_pointer_to_it(
    lines: Read, product: dict[str, Any], pointer: str
) -> None:
    whole = product if "title" in product else {"slug": "a"} | product

    found = lines(whole).products[0]

    assert pointer in [problem.column for problem in found.problems]
    assert found.verdict is Severity.ERROR


def test_lines_that_are_no_products_are_reported_and_the_rest_read(lines: Read) -> None:
    reading = lines({"slug": "a"}, "{broken", "[]", "", {"slug": "b"})

    assert [product.handle for product in reading.products] == ["a", "b"]
    assert [(p.code, p.line) for p in reading.loose] == [("json", 2), ("json", 3)]


def test_a_file_that_is_none_of_ours_is_refused(lines: Read) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        lines("Handle,Title", "a,A")

    assert refusal.value.problem.code == "json"


def test_a_cut_line_is_known_as_one(lines: Read) -> None:
    reading = lines({"slug": "a"}, '{"slug": "b", "tit', end="")

    assert [product.handle for product in reading.products] == ["a"]
    assert [(p.code, p.line) for p in reading.loose] == [("file_cut", 2)]


def test_half_a_surrogate_is_no_text(lines: Read) -> None:
    reading = lines({"slug": "a"}, '{"slug": "b", "title": "\\ud800"}')

    assert [(p.code, p.line) for p in reading.loose] == [("json", 2)]


def test_skipping_products_resumes(lines: Read) -> None:
    reading = lines({"slug": "a"}, "{broken", {"slug": "b"}, {"slug": "c"}, skip=2)

    assert [product.handle for product in reading.products] == ["c"]
    assert reading.loose == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    "slug title status tags categories options attributes seo images variants translations metadata brand".split()
)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_json_is_read_or_reported(tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("any") / "p.jsonl"
    path.write_text('{"slug": "first"}\n' + json.dumps(value) + "\n", encoding="utf-8")

    reading = read_with(tienda, path)

    assert len(reading.products) + len(reading.loose) == 2
