"""The endpoints of products and their variants; hot.py answers the reads of shoppers that are documented here."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import orjson
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.etags import etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.problems import Problem
from core.serializers import QuerySerializer
from markets.selectors import language_for, market_for
from products import services
from products.exceptions import VariantNotFound
from products.fields import ProductFields, VariantFields
from products.models import Product
from products.rendering import products_rendered
from products.selectors import sellable_variants
from products.selectors.pages import product_row
from products.selectors.price_history import price_history
from products.selectors.records import product_record, product_records, variant_record
from products.serializers.price_lists import (
    OwnPriceOutput,
    OwnPriceQuery,
    PriceHistoryQuery,
    PriceStateOutput,
    own_price_body,
)
from products.serializers.queries import ProductQuery, RecordQuery, ShownQuery
from products.serializers.records import (
    BulkInput,
    BulkOutput,
    PricesInput,
    ProductInput,
    ProductPatch,
    ProductRecord,
    VariantInput,
    VariantPatch,
    VariantRecord,
)
from products.serializers.shown import ProductOutput, VariantOutput
from products.serializers.views import either
from users.authentication import caller_of
from users.resources import ResourceViewSet

TAGS = ["catalogue"]
_WRITE = "catalogue:write"
_READ = "catalogue:read"
_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 when nothing changed.")
_STATUS = OpenApiParameter("status", str, enum=["draft", "active", "archived"], description="With `view=staff`.")


class ProductViewSet(ResourceViewSet):
    """Products."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": RecordQuery, "retrieve": ShownQuery}
    guest_actions = frozenset({"list", "retrieve"})

    def render(self, row: Any) -> dict[str, Any]:
        """Return a product as staff see it."""
        return dict(ProductRecord(product_record(str(row.pk))).data)

    @extend_schema(
        summary="List products",
        description="What the shoppers of a market see, with filters, sorts, search and facets. With `view=staff` and "
        "the right catalogue:read: every product as it is written, by `status` and `q`, newest first.",
        parameters=[ProductQuery, _STATUS, _NONE_MATCH],
        responses={200: either("ProductView", ProductOutput, ProductRecord, many=True)},
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through products as staff see them; hot.py answers shoppers."""
        caller_of(request).require(_READ)
        products = product_records(status=self.query.get("status"), words=self.query.get("q"))
        page = paginate(products, self.page((Sort("newest", ("created_at", "id"), is_descending=True),)))
        return page_response(request, page, cast("list[Any]", ProductRecord(page.results, many=True).data))

    @extend_schema(
        summary="Make a product",
        description="With options, variants, prices, categories and translations, all or nothing. Needs the right "
        "catalogue:write.",
        request=ProductInput,
        responses={201: ProductRecord},
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        fields = cast("ProductFields", self.body(ProductInput))
        return self.once(lambda: self.answer(services.product_create(fields=fields, actor=caller.actor), 201))

    @extend_schema(
        summary="Read a product",
        description="By id or slug, as the shoppers of a market see it; an old slug answers 308 with the new one. With "
        "`view=staff` and the right catalogue:read: as it is written, with the ETag that changing it asks for.",
        parameters=[ShownQuery],
        responses={200: either("ProductView", ProductOutput, ProductRecord), 308: None},
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        """Answer one as staff see it; hot.py answers shoppers."""
        caller_of(request).require(_READ)
        return self.answer(product_record(reference))

    @extend_schema(
        summary="Change a product",
        description="Lists replace what there was, objects are merged. Needs the right catalogue:write and If-Match "
        "with the ETag of `view=staff`.",
        request=ProductPatch,
        responses=ProductRecord,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str) -> HttpResponseBase:
        """Change one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        changes = cast("ProductFields", self.body(ProductPatch))
        return self.once(
            lambda: self.answer(
                services.product_update(
                    product_id=product_record(reference).pk,
                    changes=changes,
                    actor=caller.actor,
                    precondition=self.check,
                )
            )
        )

    @extend_schema(
        summary="Delete a product",
        description="One whose stock has a history is archived instead. Needs the right catalogue:write and If-Match.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str) -> HttpResponseBase:
        """Delete one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        return self.gone(
            lambda: services.product_delete(
                product_id=product_record(reference).pk, actor=caller.actor, precondition=self.check
            )
        )

    @extend_schema(
        summary="Write many products",
        description="Up to 500 creations, changes and deletions: all or nothing, or with `error_policy` `skip_failed` "
        "as many as can be, each with its own problem. Needs the right catalogue:write.",
        request=BulkInput,
        responses=BulkOutput,
        tags=TAGS,
    )
    def bulk(self, request: Request) -> HttpResponseBase:
        """Do many."""
        caller = caller_of(request)
        caller.require(_WRITE)
        body = self.body(BulkInput)
        items = [
            services.BulkItem(
                action=item["action"], id=item.get("id"), version=item.get("version"), fields=item.get("product")
            )
            for item in body["items"]
        ]

        def work() -> Response:
            policy = body.get("error_policy", "all_or_nothing")
            results = services.products_bulk(items=items, policy=policy, actor=caller.actor)
            return Response({"results": [_result(result) for result in results]})

        return self.once(work)

    @extend_schema(
        summary="Add a variant",
        description="At the end of the product's list. Needs the right catalogue:write.",
        request=VariantInput,
        responses={201: VariantRecord},
        tags=TAGS,
    )
    def variant(self, request: Request, reference: str) -> HttpResponseBase:
        """Add one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        fields = cast("VariantFields", self.body(VariantInput))

        def work() -> Response:
            made = services.variant_create(product_id=product_record(reference).pk, fields=fields, actor=caller.actor)
            return Response(dict(VariantRecord(variant_record(str(made.pk))).data), status=201)

        return self.once(work)


class VariantViewSet(ResourceViewSet):
    """Variants by themselves."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {
        "retrieve": ShownQuery,
        "own_price": OwnPriceQuery,
        "price_history": PriceHistoryQuery,
    }
    guest_actions = frozenset({"retrieve", "own_price"})

    def render(self, row: Any) -> dict[str, Any]:
        """Return a variant as staff see it."""
        return dict(VariantRecord(variant_record(str(row.pk))).data)

    @extend_schema(
        summary="Read a variant",
        description="By id or SKU, as the shoppers of a market see it. With `view=staff` and the right catalogue:read: "
        "as it is written, with the ETag that changing it asks for.",
        parameters=[ShownQuery],
        responses=either("VariantView", VariantOutput, VariantRecord),
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str) -> HttpResponseBase:
        """Answer one."""
        variant = variant_record(reference)
        if self.query.get("view") == "staff":
            caller_of(request).require(_READ)
            return self.answer(variant)
        now = clock.now()
        market, row = product_row(str(variant.product_id), market=self.query.get("market"), now=now)
        accepted = request.headers.get("Accept-Language", "")
        language = language_for(market.languages, wanted=self.query.get("language"), accepted=accepted)
        shown = products_rendered([row], market=market, language=language, now=now) if row else []
        found = [one for product in shown for one in orjson.loads(product)["variants"] if one["id"] == str(variant.pk)]
        if not found:
            raise VariantNotFound
        body = orjson.dumps(found[0])
        headers = {"ETag": etag_of(body), "Cache-Control": "public, no-cache", "Content-Language": language}
        if is_unchanged(request, headers["ETag"]):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(body, content_type="application/json", headers=headers)

    @extend_schema(
        summary="Change a variant",
        description="Needs the right catalogue:write and If-Match with the ETag of `view=staff`.",
        request=VariantPatch,
        responses=VariantRecord,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str) -> HttpResponseBase:
        """Change one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        changes = cast("VariantFields", self.body(VariantPatch))
        return self.once(
            lambda: self.answer(
                services.variant_update(
                    variant_id=variant_record(reference).pk,
                    changes=changes,
                    actor=caller.actor,
                    precondition=self.check,
                )
            )
        )

    @extend_schema(
        summary="Delete a variant",
        description="Orders keep what they say of it. Needs the right catalogue:write and If-Match.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str) -> HttpResponseBase:
        """Delete one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        return self.gone(
            lambda: services.variant_delete(
                variant_id=variant_record(reference).pk, actor=caller.actor, precondition=self.check
            )
        )

    @extend_schema(
        summary="Read what the caller pays for a variant",
        description="For a quantity, by the price lists that the caller can buy by: those for everybody, and those of "
        "customer groups that they are in. Product pages show the base price, the same to everybody.",
        parameters=[OwnPriceQuery],
        responses=OwnPriceOutput,
        tags=TAGS,
    )
    def own_price(self, request: Request, reference: str) -> HttpResponseBase:
        """Answer it, for the caller alone."""
        market = market_for(self.query.get("market"))
        variant_id = variant_record(reference).pk
        buyer = caller_of(request).user_id
        variant = sellable_variants([variant_id], market, clock.now(), customer_id=buyer).get(variant_id)
        if variant is None:
            raise VariantNotFound
        response = self.tagged(own_price_body(variant, market, self.query["quantity"]))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @extend_schema(
        summary="List what a variant's base prices were",
        description="Every state that they had, the newest first: since when, until when, and by whom. Needs the right "
        "catalogue:read.",
        parameters=[PriceHistoryQuery],
        responses=PriceStateOutput(many=True),
        tags=TAGS,
    )
    def price_history(self, request: Request, reference: str) -> Response:
        """Page through them."""
        caller_of(request).require(_READ)
        states = price_history(variant_record(reference).pk, market=self.query.get("market"))
        page = paginate(states, self.page((Sort("newest", ("id",), is_descending=True),)))
        return page_response(request, page, list(PriceStateOutput(page.results, many=True).data))

    @extend_schema(
        summary="Replace a variant's prices",
        description="All of them, or with `market` those of one market. Needs the right catalogue:write and If-Match.",
        request=PricesInput,
        responses=VariantRecord,
        tags=TAGS,
    )
    def prices(self, request: Request, reference: str) -> HttpResponseBase:
        """Replace them."""
        caller = caller_of(request)
        caller.require(_WRITE)
        body = self.body(PricesInput)
        return self.once(
            lambda: self.answer(
                services.prices_replace(
                    variant_id=variant_record(reference).pk,
                    prices=body["prices"],
                    market=body.get("market"),
                    actor=caller.actor,
                    precondition=self.check,
                )
            )
        )


def _result(result: services.BulkResult) -> dict[str, Any]:
    product: Product | None = result.product
    problem: Problem | None = result.problem
    return {
        "action": result.action,
        "id": result.id,
        "version": product.version if product else None,
        "problem": problem.as_dict() if problem else None,
    }
