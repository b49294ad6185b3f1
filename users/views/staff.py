"""What staff see of customers, and how those who manage access do so: roles and API keys."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery, PersonalViewSet
from events.idempotency import run_once
from users.authentication import caller_of
from users.models import Role, User
from users.selectors import api_key_get, api_key_list, customer_get, customer_list, role_get, role_list
from users.serializers import (
    ApiKeyInput,
    ApiKeyOutput,
    CustomerDetailOutput,
    CustomerOutput,
    CustomerPatch,
    CustomerQuery,
    NewApiKeyOutput,
    RoleInput,
    RoleOutput,
    RolePatch,
)
from users.services import (
    api_key_create,
    api_key_revoke,
    customer_update,
    role_create,
    role_delete,
    role_update,
)
from users.views.answers import check_seen, conditional, tagged

_NEWEST = Sort("newest", ("created_at", "id"), is_descending=True)
_CUSTOMER_EXAMPLE = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10",
    "email": "ana@example.com",
    "name": "Ana Pérez",
    "phone": "+34912345678",
    "language": "es",
    "is_active": True,
    "note": "",
    "tax_exemption_reason": "Reseller",
    "tax_exemption_number": "RC-20417",
    "tax_exemption_country": "US",
    "tax_exemption_from": "2026-01-01",
    "tax_exemption_until": None,
    "created_at": "2026-11-23T12:00:00Z",
    "last_login": None,
}
_CUSTOMER = OpenApiExample(
    "A customer", value={**_CUSTOMER_EXAMPLE, "addresses": [], "groups": ["wholesale"]}, response_only=True
)
_KEY_EXAMPLE = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c12",
    "name": "Warehouse scanner",
    "prefix": "tnd_4fGh72Kq",
    "scopes": ["stock:read", "stock:write"],
    "created_at": "2026-11-23T12:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
}
_KEY = OpenApiExample("A key", value=_KEY_EXAMPLE, response_only=True, status_codes=["200"])
_ROLE = OpenApiExample(
    "Support",
    value={
        "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c13",
        "name": "Support",
        "rights": ["customers:read", "orders:read"],
    },
    response_only=True,
)
_NEW_ROLE = OpenApiExample(
    "Support", value={"name": "Support", "rights": ["customers:read", "orders:read"]}, request_only=True
)


class CustomerViewSet(PersonalViewSet):
    """Accounts of customers. Those of staff are not among them."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": CustomerQuery}
    serializer_class = CustomerOutput

    @extend_schema(
        summary="List customers",
        description="Newest first, or by e-mail address. Needs the right customers:read.",
        parameters=[CustomerQuery],
        responses={200: CustomerOutput(many=True)},
        examples=[OpenApiExample("A customer", value=_CUSTOMER_EXAMPLE, response_only=True)],
        tags=["customers"],
    )
    def list(self, request: Request) -> Response:
        """Page through customers."""
        found = customer_list(
            caller_of(request),
            q=self.query.get("q", ""),
            is_active=self.query.get("is_active"),
            group=self.query.get("group"),
        )
        page = paginate(found, self.page((_NEWEST, Sort("email", ("email",)))))
        return page_response(request, page, list(CustomerOutput(page.results, many=True).data))

    @extend_schema(
        summary="Read a customer",
        description="With their addresses. Needs the right customers:read.",
        responses={200: CustomerDetailOutput},
        examples=[_CUSTOMER],
        tags=["customers"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one customer."""
        return conditional(request, _customer_body(customer_get(caller_of(request), id)))

    @extend_schema(
        summary="Change a customer",
        description="Needs the rights customers:read and customers:write, and If-Match. Locking an account ends its "
        "log-ins at once.",
        request=CustomerPatch,
        responses={200: CustomerDetailOutput},
        examples=[OpenApiExample("Lock the account", value={"is_active": False}, request_only=True), _CUSTOMER],
        tags=["customers"],
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Any:
        """Change one customer."""
        caller = caller_of(request)
        caller.require("customers:write")
        changes = self.body(CustomerPatch)

        def seen(customer: User) -> None:
            check_seen(request, _customer_body(customer), required=True)

        def work() -> Response:
            customer = customer_update(caller=caller, customer_id=id, changes=changes, precondition=seen)
            return tagged(_customer_body(customer))

        return run_once(request, caller=caller.actor, work=work)


class ApiKeyViewSet(PersonalViewSet):
    """Machines' keys."""

    keyless_actions = frozenset({"create"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}
    serializer_class = ApiKeyOutput

    @extend_schema(
        summary="List API keys",
        description="Newest first, revoked ones too. Needs the right access:write.",
        parameters=[PageQuery],
        responses={200: ApiKeyOutput(many=True)},
        examples=[_KEY],
        tags=["access"],
    )
    def list(self, request: Request) -> Response:
        """Page through keys."""
        page = paginate(api_key_list(caller_of(request)), self.page((_NEWEST,)))
        return page_response(request, page, list(ApiKeyOutput(page.results, many=True).data))

    @extend_schema(
        summary="Make an API key",
        description="Shows the key, once: only its digest is kept, so an Idempotency-Key has no effect here. Needs the "
        "right access:write; nobody gives a key a right that they don't have themselves.",
        request=ApiKeyInput,
        responses={201: NewApiKeyOutput},
        examples=[
            OpenApiExample(
                "A scanner",
                value={"name": "Warehouse scanner", "scopes": ["stock:read", "stock:write"]},
                request_only=True,
            ),
            OpenApiExample(
                "A new key",
                value={**_KEY_EXAMPLE, "key": "tnd_4fGh72Kq_" + "0" * 43},
                response_only=True,
                status_codes=["201"],
            ),
        ],
        tags=["access"],
    )
    def create(self, request: Request) -> Response:
        """Make a key."""
        caller = caller_of(request)
        caller.require("access:write")
        key, secret = api_key_create(caller=caller, **self.body(ApiKeyInput))
        body = {**ApiKeyOutput(key).data, "key": secret}
        return Response(body, status=201, headers={"Location": reverse("api-key-detail", args=[key.pk])})

    @extend_schema(
        summary="Read an API key",
        description="Without its secret. Needs the right access:write.",
        responses={200: ApiKeyOutput},
        examples=[_KEY],
        tags=["access"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one key."""
        return conditional(request, dict(ApiKeyOutput(api_key_get(caller_of(request), id)).data))

    @extend_schema(
        operation_id="api_keys_revoke",
        summary="Revoke an API key",
        description="It opens nothing from now on; revoking it again changes nothing. Needs the right access:write.",
        request=None,
        responses={200: ApiKeyOutput},
        examples=[_KEY],
        tags=["access"],
    )
    def revoke(self, request: Request, id: uuid.UUID) -> Any:
        """End a key."""
        caller = caller_of(request)
        caller.require("access:write")

        def work() -> Response:
            return tagged(dict(ApiKeyOutput(api_key_revoke(key_id=id, caller=caller)).data))

        return run_once(request, caller=caller.actor, work=work)


class RoleViewSet(PersonalViewSet):
    """What kinds of staff there are."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}
    serializer_class = RoleOutput

    @extend_schema(
        summary="List roles",
        description="By name. Needs the right access:write.",
        parameters=[PageQuery],
        responses={200: RoleOutput(many=True)},
        examples=[_ROLE],
        tags=["access"],
    )
    def list(self, request: Request) -> Response:
        """Page through roles."""
        page = paginate(role_list(caller_of(request)), self.page((Sort("name", ("name",)),)))
        return page_response(request, page, list(RoleOutput(page.results, many=True).data))

    @extend_schema(
        summary="Make a role",
        description="Needs the right access:write; nobody gives a role a right that they don't have themselves.",
        request=RoleInput,
        responses={201: RoleOutput},
        examples=[_NEW_ROLE, _ROLE],
        tags=["access"],
    )
    def create(self, request: Request) -> Any:
        """Make a role."""
        caller = caller_of(request)
        caller.require("access:write")
        given = self.body(RoleInput)

        def work() -> Response:
            role = role_create(caller=caller, **given)
            return tagged(_role_body(role), 201, location=reverse("role-detail", args=[role.pk]))

        return run_once(request, caller=caller.actor, work=work)

    @extend_schema(
        summary="Read a role",
        description="Needs the right access:write.",
        responses={200: RoleOutput},
        examples=[_ROLE],
        tags=["access"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one role."""
        return conditional(request, _role_body(role_get(caller_of(request), id)))

    @extend_schema(
        summary="Change a role",
        description="Holds for its people from their next request on. Needs the right access:write, If-Match, and "
        "every right that is added or taken away.",
        request=RolePatch,
        responses={200: RoleOutput},
        examples=[OpenApiExample("Less", value={"rights": ["orders:read"]}, request_only=True), _ROLE],
        tags=["access"],
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Any:
        """Change a role."""
        caller = caller_of(request)
        caller.require("access:write")
        changes = self.body(RolePatch)

        def seen(role: Role) -> None:
            check_seen(request, _role_body(role), required=True)

        def work() -> Response:
            return tagged(_role_body(role_update(role_id=id, caller=caller, changes=changes, precondition=seen)))

        return run_once(request, caller=caller.actor, work=work)

    @extend_schema(
        summary="Delete a role",
        description="One that nobody has. Needs the right access:write, If-Match, and every right of the role.",
        responses={204: None},
        tags=["access"],
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Any:
        """Delete a role."""
        caller = caller_of(request)
        caller.require("access:write")

        def seen(role: Role) -> None:
            check_seen(request, _role_body(role), required=True)

        def work() -> Response:
            role_delete(role_id=id, caller=caller, precondition=seen)
            return Response(status=204)

        return run_once(request, caller=caller.actor, work=work)


def _customer_body(customer: User) -> dict[str, Any]:
    return dict(CustomerDetailOutput(customer).data)


def _role_body(role: Role) -> dict[str, Any]:
    return dict(RoleOutput(role).data)
