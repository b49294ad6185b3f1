"""The OpenAPI document: what drf-spectacular can't know by itself. Each endpoint describes its own body."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema

from core.problems import CONTENT_TYPE
from core.serializers import StrictSerializer

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 200, "example": "urn:tienda:problem:invalid_input"},
        "title": {"type": "string", "maxLength": 200},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 10000},
        "code": {"type": "string", "maxLength": 60, "example": "invalid_input"},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "errors": {
            "type": "array",
            "maxItems": 10000,
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "maxLength": 1000, "description": "RFC 6901, into the body."},
                    "parameter": {"type": "string", "maxLength": 200, "description": "The query parameter."},
                    "code": {"type": "string", "maxLength": 60},
                    "detail": {"type": "string", "maxLength": 1000},
                },
                "required": ["code", "detail"],
            },
        },
        "request_id": {"type": ["string", "null"], "maxLength": 200},
    },
    "required": ["type", "title", "status", "detail", "code", "retryable", "errors"],
}

_TITLES = {
    "400": "The input is malformed or breaks a rule; `errors` names each place.",
    "401": "Nobody is logged in, or the credentials are not valid.",
    "403": "The caller lacks a right for this.",
    "404": "There is no such thing, or it is not yours.",
    "405": "The resource does not take this method.",
    "406": "No representation fits the Accept header.",
    "409": "The request contradicts how things stand (stock, price, state), or somebody else is changing it.",
    "412": "It was changed since it was read (If-Match).",
    "413": "The body is too large.",
    "415": "The body's media type is not taken here.",
    "422": "The Idempotency-Key was used with another body.",
    "428": "Send If-Match.",
    "429": "Too many requests.",
    "500": "Something broke on the server's side.",
    "503": "The database can't be reached.",
}


IDEMPOTENCY_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {
        "type": "string",
        "pattern": r'^("[ !#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$',
        "minLength": 1,
        "maxLength": 257,
    },
    "description": "New for each new intention, such as a UUID; a guest's has 16 characters at least. Sent again with "
    "the same body, it gets the first answer again.",
}


class AutoSchema(SpectacularSchema):
    """Adds to every operation what all have: the problems it can answer with, the key of writes, closed inputs."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its problem responses."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        codes = ["400", "401", "403", "404", "405", "406", "409", "429", "500", "503"]
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            codes += ["412", "413", "415", "422", "428"]
            parameters = operation.setdefault("parameters", [])
            if IDEMPOTENCY_KEY["name"] not in {parameter.get("name") for parameter in parameters}:
                parameters.append(IDEMPOTENCY_KEY)
        for code in sorted(codes):
            operation["responses"].setdefault(code, {"$ref": f"#/components/responses/Problem{code}"})
        return operation

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Return an object's schema; one that refuses unknown names says so."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        kind = serializer if isinstance(serializer, type) else type(serializer)
        return schema | {"additionalProperties": False} if issubclass(kind, StrictSerializer) else schema


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the shared problem schema and responses into the components."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {
        f"Problem{code}": {
            "description": title,
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for code, title in _TITLES.items()
    }
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
