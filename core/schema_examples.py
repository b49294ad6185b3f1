"""An example for every body of the OpenAPI document that has none: its component's own, or made of its fields."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

_REF = "#/components/schemas/"
_OF_FORMAT = {
    "uuid": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10",
    "date-time": "2026-11-23T12:00:00Z",
    "date": "2026-11-23",
    "email": "ana@example.com",
    "uri": "https://shop.example/things/1",
    "uri-reference": "/things/1",
    "binary": "...",
}


class Examples:
    """Makes examples; remembers those that the endpoints gave of a component, to show the same thing the same way."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Learn what is there."""
        self.schemas = document.get("components", {}).get("schemas", {})
        self.known: dict[str, Any] = {}
        for content in contents(document):
            example = _given(content)
            if example is not None:
                self._learn(content.get("schema", {}), example)

    def of(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """Return an example of a schema."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            if name not in self.known:
                self.known[name] = self.of(self.schemas[name], depth + 1)
            return copy.deepcopy(self.known[name])
        for word in ("example", "const", "default"):
            if word in schema:
                return schema[word]
        if schema.get("enum"):
            return schema["enum"][0]
        for word in ("oneOf", "anyOf"):
            if word in schema and "properties" not in schema:
                return self.of(schema[word][0], depth)
        if "allOf" in schema:
            parts = [self.of(part, depth) for part in schema["allOf"]]
            return {name: value for part in parts for name, value in part.items()} if len(parts) > 1 else parts[0]
        return self._plain(schema, depth)

    def _plain(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = next(name for name in kind if name != "null")
        if kind == "object":
            return {name: self.of(child, depth + 1) for name, child in self._members(schema)}
        if kind == "array":
            return [self.of(schema.get("items", {}), depth + 1)]
        if kind == "boolean":
            return True
        if kind in {"integer", "number"}:
            return max(1, schema.get("minimum", 1))
        text = _OF_FORMAT.get(schema.get("format", ""), "text")
        return text[: schema.get("maxLength", len(text))]

    @staticmethod
    def _members(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Walk the properties; of alternatives that demand one each, only the first's."""
        first, *others = schema.get("oneOf") or [{}]
        left_out = {name for other in others for name in other.get("required", [])} - set(first.get("required", []))
        for name, child in schema.get("properties", {}).items():
            if name not in left_out:
                yield name, child

    def _learn(self, schema: dict[str, Any], example: Any) -> None:
        """Remember an example of a component, and what it shows of the components inside."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            if name in self.known or example is None:
                return
            self.known[name] = example
            schema = self.schemas.get(name, {})
        if isinstance(example, dict):
            for name, child in schema.get("properties", {}).items():
                if example.get(name) is not None:
                    self._learn(child, example[name])
        elif isinstance(example, list) and example:
            self._learn(schema.get("items", {}), example[0])


def fill(document: dict[str, Any]) -> None:
    """Give every body without an example one."""
    examples = Examples(document)
    for item in document.get("paths", {}).values():
        for operation in item.values():
            for body in _bodies(operation):
                given: dict[str, Any] = next((content for content in body.values() if _given(content) is not None), {})
                kept = {word: given[word] for word in ("example", "examples") if word in given}
                for content in body.values():
                    if _given(content) is None and "schema" in content:
                        # A PATCH is the same in both of its media types.
                        content.update(kept or {"example": examples.of(content["schema"])})


def contents(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk every body of every operation: its media type object."""
    for item in document.get("paths", {}).values():
        for operation in item.values():
            for body in _bodies(operation):
                yield from body.values()


def _bodies(operation: Any) -> Iterator[dict[str, Any]]:
    if isinstance(operation, dict):
        for body in [operation.get("requestBody", {}), *operation.get("responses", {}).values()]:
            yield body.get("content", {})


def _given(content: dict[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    return next((example.get("value") for example in content.get("examples", {}).values()), None)
