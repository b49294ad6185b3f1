"""Problems: every refusal is an RFC 9457 document. The apps' own reasons live in their exceptions.py."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg2 import errorcodes
from rest_framework import exceptions as drf
from structlog.contextvars import get_contextvars

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_REFUSED_UNREAD = "The request was refused before it was read; check its host and headers."


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one place of the input: `pointer` into the body (RFC 6901), or a query `parameter`."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the members that are set."""
        place = {"pointer": self.pointer} if self.parameter is None else {"parameter": self.parameter}
        return {key: value for key, value in place.items() if value is not None} | {
            "code": self.code,
            "detail": self.detail,
        }


class Problem(Exception):
    """A refusal with a reason. Subclass it once per reason; raise it from services with a sentence for the reader.

    Class attributes are the published catalogue; `extra` members of an instance join the document
    (a 409 for a changed price carries the new quote).
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "The request is not valid."
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        """Keep the sentence, the places it is about, response headers and extra members."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = extra

    @classmethod
    def at(cls, pointer: str, detail: str, *, code: str = "") -> Self:
        """Return the refusal of one place of the body; `code` says more of that place than the problem's own."""
        place = f"{pointer}: {detail}" if pointer else detail
        return cls(place, errors=(FieldError(code=code or cls.code, detail=detail, pointer=pointer),))

    def as_dict(self) -> dict[str, Any]:
        """Return the problem document, without the request's id."""
        return {
            "type": f"urn:tienda:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
            "errors": [error.as_dict() for error in self.errors],
            **self.extra,
        }


class InvalidInput(Problem):
    """The input is malformed or breaks a field's rule."""

    code = "invalid_input"
    title = "The input is not valid."


class MalformedBody(Problem):
    """The body can't be read at all."""

    code = "malformed_body"
    title = "The body can't be read."


class NotAuthenticated(Problem):
    """Nobody is logged in, or the credentials are not valid."""

    status = 401
    code = "not_authenticated"
    title = "Log in, or send a valid key."


class PermissionRefused(Problem):
    """The caller is known and lacks a right for this."""

    status = 403
    code = "permission_denied"
    title = "You may not do this."


class NotFound(Problem):
    """There is no such thing, or it isn't yours."""

    status = 404
    code = "not_found"
    title = "There is nothing here."


class MethodNotAllowed(Problem):
    """The resource doesn't know this method."""

    status = 405
    code = "method_not_allowed"
    title = "This resource does not take that method."


class NotAcceptable(Problem):
    """Nothing the resource can send fits the Accept header."""

    status = 406
    code = "not_acceptable"
    title = "This resource has no representation that you accept."


class Conflict(Problem):
    """The request is fine in itself and contradicts how things stand."""

    status = 409
    code = "conflict"
    title = "That contradicts how things stand."


class Busy(Conflict):
    """Another request holds what this one needs; nothing was done."""

    code = "busy"
    title = "Somebody else is changing this right now; try again."
    retryable = True

    def __init__(self, detail: str = "") -> None:
        """Tell the client to come back in a second."""
        super().__init__(detail, headers={"Retry-After": "1"})


class PreconditionFailed(Problem):
    """The resource was changed since the client read it (If-Match)."""

    status = 412
    code = "precondition_failed"
    title = "It was changed since you read it; read it again."


class PayloadTooLarge(Problem):
    """The body is larger than is taken here."""

    status = 413
    code = "payload_too_large"
    title = "The body is too large."


class UnsupportedMediaType(Problem):
    """The body's media type isn't taken here."""

    status = 415
    code = "unsupported_media_type"
    title = "The body's media type is not taken here."


class PreconditionRequired(Problem):
    """The change needs an If-Match header."""

    status = 428
    code = "precondition_required"
    title = "Send If-Match with the ETag that you read."


class TooManyRequests(Problem):
    """A rate limit is used up."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests; wait a little."
    retryable = True


class ServerError(Problem):
    """Something broke here; the log has it under the request's id."""

    status = 500
    code = "server_error"
    title = "Something broke on our side."
    retryable = True


class Unavailable(Problem):
    """A thing that this needs, such as the database, can't be reached."""

    status = 503
    code = "unavailable"
    title = "The shop can't be reached right now; try again."
    retryable = True


_OF_DRF: dict[type[drf.APIException], type[Problem]] = {
    drf.ParseError: MalformedBody,
    drf.AuthenticationFailed: NotAuthenticated,
    drf.NotAuthenticated: NotAuthenticated,
    drf.PermissionDenied: PermissionRefused,
    drf.NotFound: NotFound,
    drf.MethodNotAllowed: MethodNotAllowed,
    drf.NotAcceptable: NotAcceptable,
    drf.UnsupportedMediaType: UnsupportedMediaType,
    drf.Throttled: TooManyRequests,
}


def problem_of(error: BaseException) -> Problem | None:  # noqa: PLR0911 (a table in the shape of a function)
    """Return the problem that an exception stands for; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, drf.ValidationError):
        return InvalidInput(_sentence(errors := tuple(_flatten(error.get_full_details()))), errors=errors)
    if isinstance(error, drf.APIException):
        for kind, problem in _OF_DRF.items():
            if isinstance(error, kind):
                return problem(str(error.detail), headers=_headers(error))
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return PermissionRefused()
    if isinstance(error, SuspiciousOperation):
        return MalformedBody(_REFUSED_UNREAD)
    if isinstance(error, DatabaseError):
        return _problem_of_database(error)
    return None


def _problem_of_database(error: DatabaseError) -> Problem | None:
    code = getattr(error.__cause__, "pgcode", None)
    if code in {errorcodes.LOCK_NOT_AVAILABLE, errorcodes.DEADLOCK_DETECTED, errorcodes.SERIALIZATION_FAILURE}:
        return Busy()
    if code == errorcodes.FOREIGN_KEY_VIOLATION:
        return Conflict("Something that this names was deleted meanwhile, or is still named by something else.")
    # Without a code the server never answered: it is down, restarting or out of connections.
    if isinstance(error, OperationalError) and (code is None or code.startswith(("53", "57", "08"))):
        return Unavailable(headers={"Retry-After": "2"})
    return None


def _headers(error: drf.APIException) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if getattr(error, "wait", None) is not None:
        headers["Retry-After"] = str(max(1, int(error.wait) + 1))  # type: ignore[attr-defined]
    return headers


def _flatten(details: Any, pointer: str = "") -> Iterator[FieldError]:
    """Walk DRF's nested error details; every leaf becomes an error with a JSON pointer."""
    if isinstance(details, list):
        for index, item in enumerate(details):
            # A list of leaves belongs to its field; a list of mappings is one per element of a JSON array.
            leaf = isinstance(item, dict) and set(item) == {"message", "code"}
            yield from _flatten(item, pointer if leaf else f"{pointer}/{index}")
    elif isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        yield FieldError(code=details["code"], detail=str(details["message"]), pointer=pointer)
    elif isinstance(details, dict):
        for key, value in details.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from _flatten(value, pointer if key == "non_field_errors" else f"{pointer}/{name}")


def _sentence(errors: tuple[FieldError, ...]) -> str:
    if not errors:
        return InvalidInput.title
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.pointer or 'The body'}: {first.detail}{more}"


def _document(problem: Problem) -> dict[str, Any]:
    return problem.as_dict() | {"request_id": get_contextvars().get("request_id")}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Answer for DRF: render what is a problem, let the rest rise to `server_error`.

    A plain response, so that a view with another renderer (the HTML of the docs) refuses with the same document.
    """
    del context
    problem = problem_of(error)
    return None if problem is None else problem_response(problem)


def problem_response(problem: Problem) -> HttpResponse:
    """Return the document as a response."""
    if problem.status == NotAuthenticated.status:
        problem.headers.setdefault("WWW-Authenticate", "Bearer")
    return HttpResponse(
        orjson.dumps(_document(problem), default=str),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def answer_with(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the document, or the page that says the same to whoever sits at a browser's path."""
    if not request.path.startswith(settings.BROWSER_PATHS):
        return problem_response(problem)
    told = {"problem": problem, "request_id": get_contextvars().get("request_id")}
    return HttpResponse(render_to_string("problem.html", told), status=problem.status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for a path that the router doesn't know."""
    del exception
    return answer_with(request, NotFound(f"There is no resource at {request.path[:200]}."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for what Django itself refuses before any view (a bad host, too many fields)."""
    del exception
    return answer_with(request, MalformedBody(_REFUSED_UNREAD))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for a refusal that no view handled."""
    del exception
    return answer_with(request, PermissionRefused())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for whatever nobody foresaw; says nothing of the inside."""
    return answer_with(request, ServerError())
