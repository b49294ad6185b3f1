"""The endpoints of promotions and codes, for staff. What buyers get of them is at their cart."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.money import Money
from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from promotions.models import Code, Promotion
from promotions.selectors import code_list, promotion_get, promotion_list
from promotions.serializers import (
    BatchOutput,
    CodeInput,
    CodeOutput,
    CodeQuery,
    CodesGenerateInput,
    PromotionInput,
    PromotionOutput,
    PromotionPatch,
    PromotionQuery,
    PromotionUseOutput,
)
from promotions.services import (
    code_create,
    code_delete,
    codes_generate,
    promotion_create,
    promotion_delete,
    promotion_update,
)
from users.authentication import caller_of
from users.resources import ResourceViewSet, SetUpViewSet, answers, asks, documented

TAGS = ["promotions"]
_ID = "01941f29-7c00-7a20-8000-5d0b7c1f2a10"
_CATEGORY = "01941f29-7c00-7a21-8000-5d0b7c1f2a10"
_EUR_50 = {"amount": 5000, "currency": "EUR"}
_NEW = {
    "name": "10 % for shoes over 50",
    "label": "10 % off shoes",
    "benefit": {"kind": "percent", "rate_ppm": 100_000},
    "requires_code": True,
    "goods": [{"category_id": _CATEGORY}],
    "min_amount": _EUR_50,
}
_PROMOTION: dict[str, Any] = {
    "id": _ID,
    "name": "10 % for shoes over 50",
    "label": "10 % off shoes",
    "benefit": {
        "kind": "percent",
        "rate_ppm": 100_000,
        "amount": None,
        "is_per_unit": False,
        "shipping_methods": [],
        "buy_quantity": None,
        "get_quantity": None,
        "max_times": None,
        "reward": [],
        "parts": [],
        "variant_id": None,
    },
    "is_active": True,
    "requires_code": True,
    "priority": 0,
    "group": "",
    "is_exclusive": False,
    "starts_at": None,
    "ends_at": None,
    "weekdays": [],
    "markets": [],
    "countries": [],
    "customer_groups": [],
    "is_first_order_only": False,
    "goods": [{"product_id": None, "variant_id": None, "category_id": _CATEGORY, "collection_id": None}],
    "excluded_goods": [],
    "min_quantity": 0,
    "min_amount": _EUR_50,
    "max_amount": None,
    "budget": None,
    "use_limit": None,
    "customer_use_limit": None,
    "created_at": "2026-11-24T10:00:00Z",
    "updated_at": "2026-11-24T10:00:00Z",
}
_CODE = {"code": "SHOES10", "use_limit": None, "used_count": None, "batch": None, "created_at": "2026-11-24T10:00:00Z"}
_BATCH = {"batch": "01941f29-7c00-7a22-8000-5d0b7c1f2a10", "count": 100_000}


@documented(
    "a promotion",
    "promotions",
    tags=TAGS,
    asked=_NEW,
    changed={"is_active": False},
    answered=_PROMOTION,
    changing="Carts are reckoned by what it is then, orders keep what they had. Lists and the benefit are replaced "
    "whole.",
    deleting="Its codes go with it; orders keep what they had.",
)
class PromotionViewSet(SetUpViewSet):
    """What the shop gives, to whom, and when."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PromotionQuery}
    input_serializer = PromotionInput
    patch_serializer = PromotionPatch
    output_serializer = PromotionOutput
    sort = Sort("newest", ("id",), is_descending=True)
    read_right = "promotions:read"
    write_right = "promotions:write"

    def row_list(self) -> QuerySet[Promotion]:
        """Return those that are asked for."""
        return promotion_list(is_active=self.query.get("is_active"), requires_code=self.query.get("requires_code"))

    def row_get(self, id: uuid.UUID) -> Promotion:
        """Return one."""
        return promotion_get(id)

    def row_create(self, values: dict[str, Any]) -> Promotion:
        """Make one."""
        return promotion_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> Promotion:
        """Change one."""
        return promotion_update(promotion_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one with its codes."""
        promotion_delete(promotion_id=id, precondition=self.check)

    @extend_schema(
        summary="Read what is used of a promotion",
        description="Needs the right promotions:read. Counted is what has a limit.",
        responses=PromotionUseOutput,
        examples=[answers({"used_count": 12, "spent": _EUR_50, "code_count": 1})],
        tags=TAGS,
    )
    def usage(self, request: Request, id: uuid.UUID) -> Response:
        """Answer its counters."""
        caller_of(request).require("promotions:read")
        promotion = promotion_get(id)
        used = {row["scope"]: row["used"] for row in promotion.used}  # type: ignore[attr-defined]  # Annotated.
        body = {
            "used_count": None if promotion.use_limit is None else used.get("promotion", 0),
            "spent": None if promotion.budget_amount is None else Money(used.get("budget", 0), promotion.currency),
            "code_count": code_list(id).count(),
        }
        return self.tagged(dict(PromotionUseOutput(body).data))


class CodeViewSet(ResourceViewSet):
    """The codes of a promotion."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": CodeQuery}

    def render(self, row: Code) -> dict[str, Any]:
        """Return a code as it is answered."""
        return dict(CodeOutput(row).data)

    @extend_schema(
        summary="List a promotion's codes",
        description="Needs the right promotions:read. The newest first; `batch` are those generated together.",
        parameters=[CodeQuery],
        responses=CodeOutput(many=True),
        examples=[answers(_CODE)],
        tags=TAGS,
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        """Page through them."""
        caller_of(request).require("promotions:read")
        codes = code_list(id, batch=self.query.get("batch"))
        page = paginate(codes, self.page((Sort("newest", ("id",), is_descending=True),)))
        return page_response(request, page, [self.render(code) for code in page.results])

    @extend_schema(
        summary="Make a code",
        description="Needs the right promotions:write. A code is one promotion's in the whole shop (409 `code_taken`); "
        "a promotion takes 250,000 (409 `promotion_codes_full`).",
        request=CodeInput,
        responses={201: CodeOutput},
        examples=[asks({"code": "SHOES10"}), answers(_CODE)],
        tags=TAGS,
    )
    def create(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("promotions:write")
        body = self.body(CodeInput)
        return self.once(lambda: self.answer(code_create(promotion_id=id, **body), 201))

    @extend_schema(
        summary="Generate codes",
        description="Needs the right promotions:write. Up to 100,000 at once, all or none, that nobody can guess (63 "
        "random bits) or misread (no 0, O, 1, I, L, U); a promotion takes 250,000 (409 `promotion_codes_full`). Each "
        "is good for one order unless `use_limit` says otherwise.",
        request=CodesGenerateInput,
        responses={201: BatchOutput},
        examples=[asks({"count": 100_000, "prefix": "SPRING"}), answers(_BATCH)],
        tags=TAGS,
    )
    def generate(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Make very many."""
        caller_of(request).require("promotions:write")
        body = self.body(CodesGenerateInput)
        return self.once(lambda: Response(BatchOutput(codes_generate(promotion_id=id, **body)).data, status=201))

    @extend_schema(
        summary="Delete a code",
        description="Needs the right promotions:write. Carts lose it; orders keep what they had by it.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID, code: str) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("promotions:write")
        return self.gone(lambda: code_delete(promotion_id=id, code=code))
