"""The OpenAPI document: what drf-spectacular can't know by itself. Each endpoint describes its own body.

What follows from how every endpoint works is added here, by rule: problems, headers, conditions, keys, who may call.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from rest_framework import serializers

from core import schema_examples
from core.schema_parts import (
    HEADERS,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    SCHEMAS,
    header_refs,
    problem_responses,
)
from core.serializers import StrictSerializer

_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_ALWAYS = {"400", "401", "403", "404", "405", "406", "429", "500", "503"}
_MAX_PATH_TEXT = 255
# Python takes four control characters more for blanks than regular expressions do.
_SOLID = r"[^\s\u001c-\u001f\u0085]"


class AutoSchema(SpectacularSchema):
    """Adds to every operation what follows from how all of them work.

    Of the view it asks: `guest_actions`, who may come without logging in; `keyless_actions`, which writes take no
    Idempotency-Key. By rule, a GET of one thing has an ETag and takes If-None-Match, and a PATCH, PUT or DELETE demands
    If-Match; an action that declares If-Match itself only honours it when it is sent.
    """

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its headers, conditions and problem responses."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation.setdefault("parameters", [])
        operation.setdefault("security", [])
        self._add_parameters(operation)
        has = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter["in"] == "header"}
        if "If-None-Match" in has:
            operation["responses"].setdefault("304", {"description": "It is as you have it."})
        for code, response in operation["responses"].items():
            if code < "400":
                response["headers"] = header_refs(self._headers(code, response, has)) | response.get("headers", {})
                response["description"] = response.get("description") or _DESCRIPTIONS.get(code, "Done.")
        problems = set(_ALWAYS)
        if self.method in _UNSAFE:
            problems |= {"409", "413", "415"}
            problems |= {"422"} if "Idempotency-Key" in has else set()
            problems |= {"412"} if "If-Match" in has else set()
            problems |= {"428"} if has.get("If-Match", {}).get("required") else set()
        for code in sorted(problems):
            operation["responses"].setdefault(code, {"$ref": f"#/components/responses/Problem{code}"})
        return operation

    def get_auth(self) -> list[Any]:
        """Return who may call: somebody logged in, or guests too."""
        requirements = super().get_auth()
        is_open = self._action in getattr(self.view, "guest_actions", ())
        return [*requirements, {}] if requirements and is_open else requirements

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", "") or ""

    def _add_parameters(self, operation: dict[str, Any]) -> None:
        parameters = operation["parameters"]
        names = {parameter["name"] for parameter in parameters}
        if self.method in _UNSAFE and self._action not in getattr(self.view, "keyless_actions", ()):
            parameters += [] if "Idempotency-Key" in names else [IDEMPOTENCY_KEY]
        if self.method in _UNSAFE - {"POST"} and "If-Match" not in names:
            parameters.append(IF_MATCH | {"required": True})
        if self.method == "GET" and self._is_one_thing(operation) and "If-None-Match" not in names:
            parameters.append(IF_NONE_MATCH)
        for parameter in parameters:
            _complete(parameter)

    def _is_one_thing(self, operation: dict[str, Any]) -> bool:
        body = operation["responses"].get("200", {}).get("content", {})
        return "application/json" in body and not self._is_list_view()

    def _headers(self, code: str, response: dict[str, Any], has: dict[str, Any]) -> dict[str, str]:
        """Return the headers of a response that is no problem, by name and component."""
        headers = {}
        if "If-None-Match" in has and code in {"200", "304"}:
            headers["ETag"] = "ETag"
        elif self.method in _UNSAFE and "content" in response:
            headers["ETag"] = "ETag" if self.method in {"PATCH", "PUT"} else "ETagSometimes"
        if code == "201" or (code.startswith("30") and code != "304"):
            headers["Location"] = "Location"
        if self.method == "GET" and code == "200" and self._is_list_view():
            headers["Link"] = "Link"
        if "Idempotency-Key" in has:
            headers["Idempotent-Replayed"] = "IdempotentReplayed"
        return headers

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Return an object's schema; one that refuses unknown names says so."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        kind = serializer if isinstance(serializer, type) else type(serializer)
        return schema | {"additionalProperties": False} if issubclass(kind, StrictSerializer) else schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002 (theirs)
        """Return a field's schema; text that is trimmed and may not be blank says so."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        is_text = isinstance(field, serializers.CharField) and "string" in (schema or {}).get("type", ())
        is_solid = is_text and direction == "request" and field.trim_whitespace and not field.allow_blank
        if is_solid and not schema.keys() & {"pattern", "format", "enum"}:
            schema["pattern"] = _SOLID
        if isinstance(field, serializers.ListSerializer):
            schema |= _list_bounds(field)
        return schema

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """Add what validators say; text that may be blank is any of two, since not everybody asserts formats."""
        if schema.get("pattern") == _SOLID and any(type(rule) is RegexValidator for rule in field.validators):
            # The field's own says more.
            del schema["pattern"]
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if {"type": "string", "maxLength": 0} in schema.get("oneOf", []):
            schema["anyOf"] = schema.pop("oneOf")
            if "default" in schema["anyOf"][0]:
                schema["default"] = schema["anyOf"][0].pop("default")


def _list_bounds(field: Any) -> dict[str, int]:
    """Return the bounds of a nested list, which drf-spectacular only tells of lists of plain values."""
    least = 1 if not field.allow_empty else field.min_length or 0
    return {"minItems": least} | ({"maxItems": field.max_length} if field.max_length is not None else {})


_DESCRIPTIONS = {
    "200": "As it is now.",
    "201": "Made.",
    "202": "Accepted.",
    "204": "Done; there is nothing to say.",
    "304": "It is as you have it.",
    "308": "It has another address now.",
}


def _complete(parameter: dict[str, Any]) -> None:
    """Give a parameter what its place or its name implies."""
    schema = parameter.get("schema", {})
    if parameter["name"] == IF_MATCH["name"]:
        parameter["schema"] = IF_MATCH["schema"]
    if parameter["in"] == "path" and schema.get("type") == "string" and "format" not in schema:
        schema.setdefault("minLength", 1)
        schema.setdefault("maxLength", _MAX_PATH_TEXT)


def add_parts(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put what all operations share into the components."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(SCHEMAS)
    for schema in components["schemas"].values():
        if schema.keys() == {"oneOf"}:
            # Answers may grow, so what fits one way of showing a thing may fit another one too.
            schema["anyOf"] = schema.pop("oneOf")
    components["headers"] = HEADERS
    components["responses"] = problem_responses()
    return result


def add_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every body an example."""
    schema_examples.fill(result)
    return result


def as_31(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Replace what 3.1 no longer knows: `nullable: true` becomes the type null (JSON Schema 2020-12)."""
    _denull(result)
    return result


def _denull(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _denull(item)
    elif isinstance(node, dict):
        if node.pop("nullable", False) is True:
            if isinstance(node.get("type"), str):
                node["type"] = [node["type"], "null"]
            elif "$ref" in node:
                node["oneOf"] = [{"$ref": node.pop("$ref")}, {"type": "null"}]
        for item in node.values():
            _denull(item)


def only_versioned(endpoints: list[tuple[str, str, str, Any]], **_: Any) -> list[tuple[str, str, str, Any]]:
    """Keep the paths of the public API."""
    return [endpoint for endpoint in endpoints if re.match(r"^/api/v1/", endpoint[0])]
