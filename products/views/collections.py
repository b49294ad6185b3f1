"""The endpoints of collections: read by all, written by staff, who also see what was picked by hand."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from products import services
from products.exceptions import CollectionNotFound
from products.fields import CollectionFields
from products.selectors.collections import collection_get, collection_list, collection_record
from products.selectors.pages import moved_slug
from products.serializers.shelves import CollectionInput, CollectionOutput, CollectionPatch, CollectionRecord
from products.serializers.views import either
from products.views.hot import moved_response
from users.authentication import caller_of
from users.resources import ResourceViewSet

TAGS = ["catalogue"]
_WRITE = "catalogue:write"
_NEEDS = "Needs the right catalogue:write and If-Match. "


class CollectionViewSet(ResourceViewSet):
    """Lists of products, picked by hand or by a rule."""

    guest_actions = frozenset({"list", "retrieve"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a collection as staff see it: who changes its products must have seen them."""
        return dict(CollectionRecord(collection_record(row.pk)).data)

    @extend_schema(
        summary="List collections",
        description="The active ones; the right catalogue:read shows all. Their products are "
        "`GET /products?collection=SLUG`.",
        parameters=[PageQuery],
        responses=CollectionOutput(many=True),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        found = collection_list(is_staff=caller_of(request).may("catalogue:read"))
        page = paginate(found, self.page((Sort("position", ("position", "id")),)))
        return page_response(request, page, list(CollectionOutput(page.results, many=True).data))

    @extend_schema(
        summary="Read a collection",
        description="By id or slug; an old slug answers 308. The right catalogue:read also shows the `products` that "
        "were picked by hand.",
        responses={200: either("CollectionView", CollectionOutput, CollectionRecord), 308: None},
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str) -> HttpResponseBase:
        """Answer one."""
        is_staff = caller_of(request).may("catalogue:read")
        try:
            found = collection_get(reference, is_staff=is_staff)
        except CollectionNotFound:
            return moved_response(request, reference, moved_slug("collection", reference, at=clock.now()))
        return self.answer(found) if is_staff else self.tagged(dict(CollectionOutput(found).data))

    @extend_schema(
        summary="Make a collection",
        description="Needs the right catalogue:write.",
        request=CollectionInput,
        responses={201: CollectionRecord},
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require(_WRITE)
        body = self.body(CollectionInput)
        products = body.pop("products", ())
        fields = cast("CollectionFields", body)
        return self.once(lambda: self.answer(services.collection_create(fields=fields, products=products), 201))

    @extend_schema(
        summary="Change a collection",
        description=_NEEDS + "A list of products replaces the one that there was.",
        request=CollectionPatch,
        responses=CollectionRecord,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require(_WRITE)
        body = self.body(CollectionPatch)
        products = body.pop("products", None)
        fields = cast("CollectionFields", body)
        return self.once(
            lambda: self.answer(
                services.collection_update(
                    collection_id=collection_get(reference, is_staff=True).pk,
                    changes=fields,
                    products=products,
                    precondition=self.check,
                )
            )
        )

    @extend_schema(
        summary="Delete a collection",
        description=_NEEDS + "Its products stay.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require(_WRITE)
        return self.gone(
            lambda: services.collection_delete(
                collection_id=collection_get(reference, is_staff=True).pk, precondition=self.check
            )
        )
