"""The OpenAPI document: valid 3.1, the one in the repository, and complete enough to work from."""

import json
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_it_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_snapshot_is_current(document: dict[str, Any]) -> None:
    """Renew it by `python3 manage.py spectacular --format openapi-json --file docs/openapi.json`."""
    assert json.loads(SNAPSHOT.read_text()) == document


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    operations = _operations(document)
    assert operations
    assert [name for name, operation in operations if not operation.get("summary")] == []
    assert [name for name, operation in operations if not operation.get("tags")] == []
    assert [name for name, operation in operations if not operation.get("description")] == []


def test_every_operation_names_its_problems(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        assert {"400", "401", "403", "404", "405", "406", "429", "500"} <= set(operation["responses"]), name


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    without = []
    for name, operation in _operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media, content in body.get("content", {}).items():
                if media == "application/json" and not (content.get("examples") or "example" in content):
                    without.append(name)
    assert sorted(set(without)) == []
