"""The endpoints of products."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from core.serializers import QuerySerializer
from core.views import ViewSet
from products.serializers.queries import ProductQuery, ShownQuery
from products.serializers.shown import ProductOutput
from products.views.hot import product_detail, product_list


class ProductViewSet(ViewSet):
    """Products."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": ProductQuery, "retrieve": ShownQuery}
    serializer_class = ProductOutput

    @extend_schema(
        summary="List products",
        parameters=[ProductQuery],
        responses={200: ProductOutput(many=True)},
        tags=["catalogue"],
    )
    def list(self, request: Request) -> Any:
        """Page through products."""
        return product_list(request._request)  # noqa: SLF001

    @extend_schema(summary="Read a product", responses={200: ProductOutput}, tags=["catalogue"])
    def retrieve(self, request: Request, reference: str) -> Any:
        """Return one product."""
        return product_detail(request._request, reference)  # noqa: SLF001
