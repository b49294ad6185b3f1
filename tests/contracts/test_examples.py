"""Every example of the OpenAPI document is what the document says it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def _bodies() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield each example: where it stands, its value, and the schema that it stands under."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            contents = {"request": operation.get("requestBody", {}).get("content", {})}
            contents |= {code: answer.get("content", {}) for code, answer in operation["responses"].items()}
            for part, content in contents.items():
                for media_type in content.values():
                    for name, example in media_type.get("examples", {}).items():
                        yield f"{method} {path} {part} {name}", example["value"], media_type["schema"]


BODIES = {place: (value, schema) for place, value, schema in _bodies()}


def test_there_are_examples() -> None:
    assert len(BODIES) > 50


@pytest.mark.parametrize("place", sorted(BODIES))
def test_the_example_fits_its_schema(place: str) -> None:
    value, schema = BODIES[place]
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)] == []
