"""The base of the apps' viewsets: strict query parameters and one way to read a body. No endpoint of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from core.pagination import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT, PageRequest, PageSchema, Sort
from core.parsing import JSONParser, MergePatchParser
from core.problems import FieldError, InvalidInput, NotFound
from core.serializers import QuerySerializer


class NoQuery(QuerySerializer):
    """An endpoint without query parameters."""


class PageQuery(QuerySerializer):
    """The query parameters of every list."""

    limit = serializers.IntegerField(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT, help_text="How many, 1 to 100."
    )
    cursor = serializers.CharField(
        required=False, max_length=MAX_CURSOR, help_text="From the `next` or `previous` of another page; opaque."
    )
    count = serializers.ChoiceField(
        choices=["exact"], required=False, help_text="Ask for the number of all results, which costs a query."
    )


class ViewSet(GenericViewSet[Any]):
    """A viewset whose actions declare their query parameters: an unknown or bad one is a 400 that names it.

    `query_serializers` maps an action to its `QuerySerializer`; an action that isn't there takes none.
    Put the same class into the action's `@extend_schema(parameters=[...])`.
    """

    parser_classes: Sequence[type[BaseParser]] = (JSONParser, MergePatchParser)
    pagination_class = PageSchema
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {}
    guest_actions: ClassVar[frozenset[str]] = frozenset()
    """Those that a guest may call, as the document says; what each may see and do, selectors and services decide."""
    keyless_actions: ClassVar[frozenset[str]] = frozenset()
    """Writes whose answer isn't kept under an Idempotency-Key."""
    query: dict[str, Any]

    def get_parsers(self) -> list[BaseParser]:
        """Return what reads this request's body: a merge patch is for PATCH only."""
        # There is no request while the OpenAPI document is made ready.
        is_patch = getattr(self.request, "method", None) == "PATCH"
        return [parser for parser in super().get_parsers() if is_patch or not isinstance(parser, MergePatchParser)]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the path and the query parameters before the action runs."""
        super().initial(request, *args, **kwargs)
        if any(isinstance(value, str) and "\0" in value for value in kwargs.values()):
            # Nothing has such a name, and PostgreSQL can't even be asked.
            raise NotFound
        # A method that the resource doesn't take is a 405, whatever its query.
        self.query = read_query(request, self.query_serializers.get(self.action, NoQuery)) if self.action else {}

    def body(self, serializer_class: type[serializers.Serializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """Return the request's validated body.

        Raises:
            ValidationError: with a pointer to each field that is wrong.
        """
        serializer = serializer_class(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def page(self, sorts: tuple[Sort, ...]) -> PageRequest:
        """Return what the client asked of this list; the first sort is the default."""
        wanted = self.query.get("sort", sorts[0].name)
        return PageRequest(
            sort=next(sort for sort in sorts if sort.name == wanted),
            limit=self.query["limit"],
            cursor=self.query.get("cursor"),
            is_count_wanted=bool(self.query.get("count")),
        )


class PersonalViewSet(ViewSet):
    """A viewset whose answers are for the caller alone: no cache keeps them, not even the browser's own."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Forbid keeping, for refusals too."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def read_query(request: Request, serializer_class: type[QuerySerializer]) -> dict[str, Any]:
    """Return the validated query parameters.

    Raises:
        InvalidInput: an unknown parameter, one given twice that takes one value, or a bad value.
    """
    return read_params(request.query_params, serializer_class)


def read_params(params: QueryDict, serializer_class: type[QuerySerializer]) -> dict[str, Any]:
    """Return validated query parameters for a view that isn't DRF's; see `read_query`."""
    lists = {name for name, field in serializer_class().fields.items() if isinstance(field, serializers.ListField)}
    twice = [name for name in params if name not in lists and len(params.getlist(name)) > 1]
    if twice:
        _refuse([FieldError(code="given_twice", detail="Give this parameter once.", parameter=twice[0])])
    serializer = serializer_class(
        data={name: params.getlist(name) if name in lists else params[name] for name in params}
    )
    if not serializer.is_valid():
        _refuse(
            [
                FieldError(code=leaf.code or "invalid", detail=str(leaf), parameter=str(name)[:80])
                for name, details in serializer.errors.items()
                for leaf in _leaves(details)
            ]
        )
    if any("\0" in value for name in params for value in params.getlist(name)):
        _refuse(
            [FieldError(code="nul", detail="A parameter can't hold the NUL character.", parameter=next(iter(params)))]
        )
    return serializer.validated_data


def _leaves(details: Any) -> list[ErrorDetail]:
    if isinstance(details, ErrorDetail):
        return [details]
    items = details.values() if isinstance(details, dict) else details
    return [leaf for item in items for leaf in _leaves(item)]


def _refuse(errors: list[FieldError]) -> None:
    first = errors[0]
    raise InvalidInput(f"Query parameter {first.parameter}: {first.detail}", errors=tuple(errors))
