"""The OpenAPI document: valid 3.1, the one in the repository, complete, and true where one call can tell."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from tests.factories.users import user_make
from users.models import User

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}
NOBODY = "00000000-0000-7000-8000-000000000007"


@cache
def made() -> dict[str, Any]:
    """Return the document, as a client reads it."""
    GENERATOR_STATS.reset()
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.loads(json.dumps(made, default=str))


@pytest.fixture
def document() -> dict[str, Any]:
    return made()


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, operation in _operations(document):
        yield from ((name, media, body) for media, body in operation.get("requestBody", {}).get("content", {}).items())
        for code, response in operation["responses"].items():
            yield from ((f"{name} {code}", media, body) for media, body in response.get("content", {}).items())
    for name, response in document["components"]["responses"].items():
        yield from ((name, media, body) for media, body in response["content"].items())


def _examples(body: dict[str, Any]) -> list[Any]:
    return [body["example"]] if "example" in body else [item["value"] for item in body.get("examples", {}).values()]


def test_it_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_is_made_without_a_guess(document: dict[str, Any]) -> None:
    # drf-spectacular warns where it can't tell a type, a name or a serializer, and goes on.
    assert GENERATOR_STATS._warn_cache == {}
    assert GENERATOR_STATS._error_cache == {}


def test_the_snapshot_is_current(document: dict[str, Any]) -> None:
    """Renew it by `python3 manage.py spectacular --format openapi-json --file docs/openapi.json`."""
    assert json.loads(SNAPSHOT.read_text()) == document


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    operations = _operations(document)
    assert operations
    tags = {tag["name"] for tag in document["tags"]}
    for word in ("summary", "description", "operationId", "tags"):
        assert [name for name, operation in operations if not operation.get(word)] == []
    assert {tag for _, operation in operations for tag in operation["tags"]} <= tags
    ids = [operation["operationId"] for _, operation in operations]
    assert sorted(name for name in ids if ids.count(name) > 1) == []


def test_every_operation_names_its_problems(document: dict[str, Any]) -> None:
    always = {"400", "401", "403", "404", "405", "406", "429", "500", "503"}
    for name, operation in _operations(document):
        headers = {item["name"]: item for item in operation["parameters"] if item["in"] == "header"}
        answers = set(operation["responses"])
        assert always <= answers, name
        assert ("412" in answers) == ("If-Match" in headers), name
        assert ("428" in answers) == headers.get("If-Match", {}).get("required", False), name
        assert ("422" in answers) == ("Idempotency-Key" in headers), name
        assert ("409" in answers) == (not name.startswith("GET")), name
        assert ("304" in answers) == ("If-None-Match" in headers), name


def test_every_write_takes_an_idempotency_key_but_for_a_reason(document: dict[str, Any]) -> None:
    without = {
        name
        for name, operation in _operations(document)
        if not name.startswith("GET") and all(item["name"] != "Idempotency-Key" for item in operation["parameters"])
    }
    secrets_answered = {"POST /api-keys", "POST /auth/login", "POST /auth/refresh", "POST /me/password"}
    used_up_by_themselves = {"POST /auth/logout", "POST /auth/password-reset/confirm", "POST /auth/verify-email"}
    answered_alike_each_time = {"POST /auth/signup", "POST /auth/password-reset"}
    changes_nothing = {"POST /promotions/{id}/simulate"}
    assert without == secrets_answered | used_up_by_themselves | answered_alike_each_time | changes_nothing


def test_every_body_has_examples_that_fit_its_schema(document: dict[str, Any]) -> None:
    wrong = []
    for name, media, body in _bodies(document):
        examples = _examples(body)
        if not examples and media != "multipart/form-data":
            wrong.append((name, media, "has no example"))
        schema = {**body["schema"], "components": document["components"]}
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        for example in examples:
            wrong += [
                (name, "/".join(map(str, error.absolute_path)), error.message[:200])
                for error in validator.iter_errors(example)
            ]
    assert wrong == []


def test_examples_show_no_unknown_member(document: dict[str, Any]) -> None:
    """Answers may grow, so their schemas are open; what is shown of them is in the schema all the same."""
    schemas = document["components"]["schemas"]
    unknown = [
        place
        for name, media, body in _bodies(document)
        if media == "application/json"
        for example in _examples(body)
        for place in _unknown(schemas, body["schema"], example, name)
    ]
    assert unknown == []


def _unknown(schemas: dict[str, Any], schema: dict[str, Any], value: Any, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", []):
        yield from _unknown(schemas, part, value, place)
    for word in {"oneOf", "anyOf"} & schema.keys() if "properties" not in schema else ():
        # What fits one of them is known.
        yield from min((list(_unknown(schemas, part, value, place)) for part in schema[word]), key=len)
    if isinstance(value, list):
        for item in value:
            yield from _unknown(schemas, schema.get("items", {}), item, place)
    elif isinstance(value, dict) and "properties" in schema:
        for member, child in value.items():
            if member not in schema["properties"]:
                yield f"{place}.{member}"
            else:
                yield from _unknown(schemas, schema["properties"][member], child, f"{place}.{member}")


def _inputs(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk every schema that something sent is read by, each component once."""
    seen: set[str] = set()
    for name, operation in _operations(document):
        for body in operation.get("requestBody", {}).get("content", {}).values():
            yield from _walk(document["components"]["schemas"], seen, name, body["schema"])
        for parameter in operation["parameters"]:
            if parameter["in"] != "header":
                place = f"{name} {parameter['name']}"
                yield from _walk(document["components"]["schemas"], seen, place, parameter["schema"])


def _walk(
    schemas: dict[str, Any], seen: set[str], place: str, schema: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            yield from _walk(schemas, seen, name, schemas[name])
        return
    yield place, schema
    inside = [(place, part) for word in ("oneOf", "anyOf", "allOf") for part in schema.get(word, [])]
    inside += [(f"{place}.{name}", child) for name, child in schema.get("properties", {}).items()]
    inside += [(f"{place}[]", schema["items"])] if isinstance(schema.get("items"), dict) else []
    for where, child in inside:
        yield from _walk(schemas, seen, where, child)


def test_everything_sent_is_closed_and_bounded(document: dict[str, Any]) -> None:
    loose = []
    for place, schema in _inputs(document):
        kinds = schema.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        if schema.keys() & {"enum", "const"} or "nullable" in schema:
            continue
        if "object" in kinds and "additionalProperties" not in schema:
            loose.append(f"{place}: open")
        if "array" in kinds and "maxItems" not in schema:
            loose.append(f"{place}: unbounded list")
        if "string" in kinds and not schema.keys() & {"maxLength"} and schema.get("format") not in _BOUNDED:
            loose.append(f"{place}: unbounded text")
        if "integer" in kinds and not {"minimum", "maximum"} <= schema.keys():
            loose.append(f"{place}: unbounded number")
    assert sorted(loose) == []


_BOUNDED = {"uuid", "date-time", "date", "binary"}


def test_nothing_is_left_of_openapi_30(document: dict[str, Any]) -> None:
    assert '"nullable"' not in json.dumps(document)


def _call(client: APIClient, name: str, operation: dict[str, Any]) -> Any:
    """Send an operation its own example, about things that aren't there."""
    method, path = name.split(" ")
    path = re.sub(r"\{[^}]+\}", NOBODY, path)
    content = operation.get("requestBody", {}).get("content", {})
    body = next((example for item in content.values() for example in _examples(item)), None)
    headers = {"Idempotency-Key": NOBODY} if "422" in operation["responses"] else {}
    headers |= {"If-Match": "*"} if "412" in operation["responses"] else {}
    query = "&".join(
        f"{item['name']}={item['schema'].get('enum', ['text'])[0]}"
        for item in operation["parameters"]
        if item["in"] == "query" and item.get("required")
    )
    data, media = (json.dumps(body), "application/json") if body is not None else ("", "application/octet-stream")
    return client.generic(method, f"/api/v1{path}?{query}", data, content_type=media, headers=headers)


@pytest.mark.django_db
def test_guests_are_let_in_exactly_where_the_document_says(document: dict[str, Any], api: APIClient) -> None:
    for name, operation in _operations(document):
        is_open = not operation["security"] or {} in operation["security"]
        response = _call(api, name, operation)
        code = response.json()["code"] if response.status_code >= 400 else ""
        is_let_in = code != "not_authenticated"
        assert is_let_in == (is_open and name != "POST /auth/logout"), (name, response.content[:300])


@pytest.mark.django_db
def test_every_example_is_read_and_answered_as_documented(
    document: dict[str, Any], client_of: Callable[[User | str], APIClient]
) -> None:
    client = client_of(user_make(is_staff=True, is_superuser=True))
    for name, operation in _operations(document):
        if operation["operationId"] in {"auth_logout", "me_password"}:
            continue  # They end the session that the next ones need.
        response = _call(client, name, operation)
        assert str(response.status_code) in operation["responses"], (name, response.content[:300])
        if response.status_code >= 400:
            for error in response.json()["errors"]:
                assert error["code"] not in _UNREAD, (name, error)


_UNREAD = {"unknown_field", "required", "invalid_choice", "max_length", "min_value", "max_value"}


def test_the_document_is_made_once_and_read_again_only_when_it_has_changed(
    api: APIClient, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.get("/api/v1/openapi.json")
    assert json.loads(first.content)["paths"] == document["paths"]
    monkeypatch.setattr("core.document.SchemaGenerator.get_schema", None)
    again = api.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get("/api/v1/openapi.json").content == first.content
