"""The parts of the OpenAPI document that endpoints share: problems, headers, codes. What uses them is in schema.py."""

from __future__ import annotations

from typing import Any

from core.money import CURRENCIES
from core.places import COUNTRIES
from core.problems import (
    CONTENT_TYPE,
    Busy,
    FieldError,
    InvalidInput,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    PayloadTooLarge,
    PermissionRefused,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    ServerError,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details. Some codes add members of their own; docs/errors.md lists all codes.",
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
    "required": ["type", "title", "status", "detail", "code", "retryable", "errors", "request_id"],
    "additionalProperties": True,
}

SCHEMAS = {
    "Problem": PROBLEM_SCHEMA,
    "Currency": {"type": "string", "enum": sorted(CURRENCIES), "description": "ISO 4217.", "example": "EUR"},
    "Country": {"type": "string", "enum": sorted(COUNTRIES), "description": "ISO 3166-1 alpha-2.", "example": "ES"},
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
# No pattern: a tag that isn't ours is a 412 or simply no match, never a malformed request.
IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string", "example": "*"},
    "description": "The ETag as you read it, or `*`. Refused (412) when it was changed since.",
}
IF_NONE_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "An ETag that you have: 304 when nothing changed.",
}

_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1, "maximum": 86400}}
_REQUEST_ID = {
    "description": "The request's id: yours, if you sent a plain one.",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}
_ETAG = {"description": "A strong entity tag.", "required": True, "schema": {"type": "string", "maxLength": 100}}
HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": _REQUEST_ID,
    "ETag": _ETAG,
    "ETagSometimes": {**_ETAG, "required": False},
    "Location": {
        "description": "Where it is.",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 2000},
    },
    "Link": {
        "description": "The neighbouring pages (RFC 8288).",
        "schema": {"type": "string", "maxLength": 10000},
    },
    "IdempotentReplayed": {
        "description": "`true` when this is the first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RetryAfter": _RETRY_AFTER,
    "Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "required": True,
        "schema": {"type": "string", "maxLength": 200},
    },
    "Allow": {
        "description": "The methods that the resource takes.",
        "required": True,
        "schema": {"type": "string", "maxLength": 200},
    },
    "AcceptPatch": {
        "description": "The media types that a PATCH of it takes (RFC 5789).",
        "schema": {"type": "string", "maxLength": 200},
    },
}

_PROBLEMS: dict[str, tuple[str, Problem, dict[str, str]]] = {
    "400": (
        "The input is malformed or breaks a rule; `errors` names each place.",
        InvalidInput(
            "/lines/0/quantity: A valid integer is required.",
            errors=(FieldError("invalid", "A valid integer is required.", pointer="/lines/0/quantity"),),
        ),
        {},
    ),
    "401": (
        "Nobody is logged in, or the credentials are not valid.",
        NotAuthenticated(),
        {"WWW-Authenticate": "Authenticate"},
    ),
    "403": (
        "The caller lacks a right for this.",
        PermissionRefused("This needs the right orders:read.", required_right="orders:read"),
        {},
    ),
    "404": ("There is no such thing, or it is not yours.", NotFound(), {}),
    "405": ("The resource does not take this method.", MethodNotAllowed(), {"Allow": "Allow"}),
    "406": ("No representation fits the Accept header.", NotAcceptable(), {}),
    "409": (
        "The request contradicts how things stand (stock, price, state), or somebody else is changing it.",
        Busy(),
        {"Retry-After": "RetryAfter"},
    ),
    "412": ("It was changed since it was read (If-Match).", PreconditionFailed(), {"ETag": "ETagSometimes"}),
    "413": ("The body is too large.", PayloadTooLarge(), {}),
    "415": ("The body's media type is not taken here.", UnsupportedMediaType(), {"Accept-Patch": "AcceptPatch"}),
    "422": (
        "The Idempotency-Key was used with another body.",
        Problem(),
        {},
    ),
    "428": ("Send If-Match.", PreconditionRequired(), {}),
    "429": ("Too many requests.", TooManyRequests(), {"Retry-After": "RetryAfter"}),
    "500": ("Something broke on the server's side.", ServerError(), {}),
    "503": ("The database can't be reached.", Unavailable(), {"Retry-After": "RetryAfter"}),
}


_EXAMPLE_ID = "0b9f5f0e-6b0c-4d0e-9a1c-3a9d8f0f6a51"
_KEY_REUSED = "This Idempotency-Key was used with another body; send a new one."
# Its class belongs to an app above this one.
_OF_APPS: dict[str, dict[str, Any]] = {
    "422": {
        "type": "urn:tienda:problem:idempotency_key_reused",
        "title": _KEY_REUSED,
        "status": 422,
        "detail": _KEY_REUSED,
        "code": "idempotency_key_reused",
    }
}


def header_refs(names: dict[str, str]) -> dict[str, Any]:
    """Return a response's headers: those given by header name and component, and the id that every answer has."""
    return {
        name: {"$ref": f"#/components/headers/{component}"}
        for name, component in {"X-Request-Id": "RequestId", **names}.items()
    }


def problem_responses() -> dict[str, Any]:
    """Return the problem responses, each under `Problem` and its status."""
    return {
        f"Problem{status}": {
            "description": description,
            "headers": header_refs(headers),
            "content": {
                CONTENT_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": problem.as_dict() | _OF_APPS.get(status, {}) | {"request_id": _EXAMPLE_ID},
                }
            },
        }
        for status, (description, problem, headers) in _PROBLEMS.items()
    }
