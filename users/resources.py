"""What the resources that staff set up have in common: rights, conditions, idempotency. The resources are the apps'."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.etags import check_if_match, etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.rendering import dumps
from core.serializers import QuerySerializer
from core.transactions import run_in_envelope
from core.views import PageQuery, ViewSet
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

    # Here and below, what a base leaves to its views is no abstract method: DRF makes views without asking for those,
    # and a view that is only read has no writes to leave out. No default would be right.
    # tests/contracts/test_routes.py sees that every view answers what its routes ask it for.

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

    def seen(self, row: Model) -> None:
        """Refuse what was decided from an older state, if the client says from which (If-Match)."""
        check_if_match(self.request, etag_of(dumps(self.render(row))), required=False)

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


class SetUpViewSet(ResourceViewSet):
    """A resource that staff set up: listed, made, read, changed under If-Match, deleted; each write once per key.

    A view says what is taken and answered, and which selectors and services do it; `documented` tells the document.
    """

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}
    input_serializer: ClassVar[type[Serializer[Any]]]
    patch_serializer: ClassVar[type[Serializer[Any]]]
    output_serializer: ClassVar[type[Serializer[Any]]]
    sort: ClassVar[Sort]
    read_right: ClassVar[str] = "settings:read"
    """Of those actions that aren't a guest's."""
    write_right: ClassVar[str] = "settings:write"

    def row_list(self) -> QuerySet[Any]:
        """Return what the caller may see of what the query asks for."""
        raise NotImplementedError

    def row_get(self, id: uuid.UUID) -> Any:
        """Return one that the caller may see."""
        raise NotImplementedError

    def row_create(self, values: dict[str, Any]) -> Any:
        """Make one."""
        raise NotImplementedError

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> Any:
        """Change one, if `check` agrees to its state."""
        raise NotImplementedError

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one, if `check` agrees to its state."""
        raise NotImplementedError

    def render(self, row: Any) -> dict[str, Any]:
        """Return a row as it is answered."""
        return dict(self.output_serializer(row).data)

    def list(self, request: Request) -> Response:
        """Page through them."""
        self._may_read()
        page = paginate(self.row_list(), self.page((self.sort,)))
        return page_response(request, page, [self.render(row) for row in page.results])

    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        self._may_write()
        values = self.body(self.input_serializer)
        return self.once(lambda: self.answer(self.row_create(values), 201))

    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        self._may_read()
        return self.answer(self.row_get(id))

    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        self._may_write()
        changes = self.body(self.patch_serializer)
        return self.once(lambda: self.answer(self.row_update(id, changes)))

    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        self._may_write()
        return self.gone(lambda: self.row_delete(id))

    def _may_read(self) -> None:
        if self.action not in self.guest_actions:
            caller_of(self.request).require(self.read_right)

    def _may_write(self) -> None:
        caller_of(self.request).require(self.write_right)


V = TypeVar("V", bound=type[SetUpViewSet])


def documented(
    one: str,
    many: str,
    *,
    tags: Sequence[str],
    asked: dict[str, Any],
    changed: dict[str, Any],
    answered: dict[str, Any],
    reading: str = "",
    changing: str = "",
    deleting: str = "",
) -> Callable[[V], V]:
    """Write the OpenAPI document of a `SetUpViewSet`, of whose rows `one` is the noun with its article.

    `asked`, `changed` and `answered` are examples of bodies. `reading` says who sees what, where that isn't the right
    alone; `changing` and `deleting` say what else comes of it.
    """

    def decorate(view: V) -> V:
        needs = f"Needs the right {view.write_right}"
        seen = reading or f"Needs the right {view.read_right}."
        query, output = view.query_serializers["list"], view.output_serializer
        answer, kind = answers(answered), list(tags)
        return extend_schema_view(
            list=extend_schema(
                summary=f"List {many}",
                description=seen,
                parameters=[query],
                responses=output(many=True),
                examples=[answer],
                tags=kind,
            ),
            create=extend_schema(
                summary=f"Make {one}",
                description=f"{needs}.",
                request=view.input_serializer,
                responses={201: output},
                examples=[asks(asked), answer],
                tags=kind,
            ),
            retrieve=extend_schema(
                summary=f"Read {one}", description=seen, responses=output, examples=[answer], tags=kind
            ),
            partial_update=extend_schema(
                summary=f"Change {one}",
                description=f"{needs} and If-Match. {changing}".rstrip(),
                request=view.patch_serializer,
                responses=output,
                examples=[asks(changed), answer],
                tags=kind,
            ),
            destroy=extend_schema(
                summary=f"Delete {one}",
                description=f"{needs} and If-Match. {deleting}".rstrip(),
                responses={204: None},
                tags=kind,
            ),
        )(view)

    return decorate
