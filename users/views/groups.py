"""The endpoints of customer groups, for staff."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks
from users.selectors import customer_group_get, customer_group_list
from users.serializers import CustomerGroupInput, CustomerGroupOutput, CustomerGroupPatch, MembersInput
from users.services import (
    customer_group_create,
    customer_group_delete,
    customer_group_members_change,
    customer_group_update,
)

TAGS = ["customers"]
_NEW = {"code": "wholesale", "name": "Wholesale"}
_GROUP = {
    "id": "01941f29-7c00-7a30-8000-5d0b7c1f2a10",
    **_NEW,
    "members_count": 12,
    "created_at": "2026-11-23T12:00:00Z",
}


class CustomerGroupViewSet(ResourceViewSet):
    """Customers who are treated alike."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a group as it is answered."""
        return dict(CustomerGroupOutput(row).data)

    @extend_schema(
        summary="List customer groups",
        description="By code. Needs the right customers:read. `GET /customers?group=` lists who is in one.",
        parameters=[PageQuery],
        responses=CustomerGroupOutput(many=True),
        examples=[answers(_GROUP)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through groups."""
        page = paginate(customer_group_list(caller_of(request)), self.page((Sort("code", ("code",)),)))
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(
        summary="Make a customer group",
        description="Needs the rights customers:read and customers:write.",
        request=CustomerGroupInput,
        responses={201: CustomerGroupOutput},
        examples=[asks(_NEW), answers(_GROUP)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller = caller_of(request)
        caller.require("customers:write")
        values = self.body(CustomerGroupInput)
        return self.once(lambda: self.answer(customer_group_create(caller=caller, values=values), 201))

    @extend_schema(
        summary="Read a customer group",
        description="Needs the right customers:read.",
        responses=CustomerGroupOutput,
        examples=[answers(_GROUP)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        return self.answer(customer_group_get(caller_of(request), id))

    @extend_schema(
        summary="Change a customer group",
        description="Needs the rights customers:read and customers:write, and If-Match.",
        request=CustomerGroupPatch,
        responses=CustomerGroupOutput,
        examples=[asks({"name": "Resellers"}), answers(_GROUP)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller = caller_of(request)
        caller.require("customers:write")
        changes = self.body(CustomerGroupPatch)
        return self.once(
            lambda: self.answer(
                customer_group_update(caller=caller, group_id=id, changes=changes, precondition=self.check)
            )
        )

    @extend_schema(
        summary="Delete a customer group",
        description="Needs the rights customers:read and customers:write, and If-Match. Its members stay customers; "
        "one that a price list or a promotion is for stays.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller = caller_of(request)
        caller.require("customers:write")
        return self.gone(lambda: customer_group_delete(caller=caller, group_id=id, precondition=self.check))

    @extend_schema(
        summary="Change who is in a customer group",
        description="Adds and removes customers by their ids, all or none; who is in or out already stays so. Needs "
        "the rights customers:read and customers:write.",
        request=MembersInput,
        responses=CustomerGroupOutput,
        examples=[
            asks({"add": ["0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10"], "remove": []}),
            answers(_GROUP),
        ],
        tags=TAGS,
    )
    def members(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change them."""
        caller = caller_of(request)
        caller.require("customers:write")
        who = self.body(MembersInput)
        return self.once(lambda: self.answer(customer_group_members_change(caller=caller, group_id=id, **who)))
