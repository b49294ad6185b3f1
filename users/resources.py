"""What the resources that staff set up have in common: rights, conditions, idempotency. The resources are the apps'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from core.etags import check_if_match, etag_of, is_unchanged
from core.rendering import dumps
from core.transactions import run_in_envelope
from core.views import ViewSet
from events.idempotency import run_once
from users.authentication import caller_of


def answers(value: dict[str, Any]) -> OpenApiExample:
    """Return an example of an answer for the OpenAPI document."""
    return OpenApiExample("Answer", value=value, response_only=True)


def asks(value: dict[str, Any]) -> OpenApiExample:
    """Return an example of a request for the OpenAPI document."""
    return OpenApiExample("Request", value=value, request_only=True)


class ResourceViewSet(ViewSet):
    """A resource whose tag is the digest of what is answered, and which staff change under If-Match."""

    def render(self, row: Any) -> dict[str, Any]:
        """Return a row as it is answered."""
        raise NotImplementedError

    def answer(self, row: Any, status: int = 200) -> Response:
        """Answer one row with its tag, or 304 to a GET whose If-None-Match knows it."""
        return self.tagged(self.render(row), status)

    def tagged(self, body: dict[str, Any], status: int = 200) -> Response:
        """Answer a body with its tag, or 304 to a GET whose If-None-Match knows it."""
        tag = etag_of(dumps(body))
        if self.request.method == "GET" and is_unchanged(self.request, tag):
            return Response(status=304, headers={"ETag": tag})
        return Response(body, status=status, headers={"ETag": tag})

    def check(self, row: Model) -> None:
        """Refuse a change of a row that the client hasn't seen as it is."""
        check_if_match(self.request, etag_of(dumps(self.render(row))), required=True)

    def once(self, work: Callable[[], Response]) -> HttpResponseBase:
        """Run a write, once per Idempotency-Key."""
        return run_once(self.request, caller=caller_of(self.request).actor, work=work)

    def whole(self, work: Callable[[], Response]) -> HttpResponseBase:
        """Run a write that calls several services: in one transaction, with or without an Idempotency-Key."""
        return self.once(lambda: run_in_envelope(work))

    def gone(self, delete: Callable[[], None]) -> HttpResponseBase:
        """Run a deletion, once per Idempotency-Key; there is nothing to answer."""

        def work() -> Response:
            delete()
            return Response(status=204)

        return self.once(work)
