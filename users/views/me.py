"""What belongs to the one who calls: their account, password and addresses. Their orders are in orders."""

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
from users.authentication import caller_of, user_of
from users.models import Address, User
from users.selectors import account_get, address_get, address_list
from users.serializers import (
    AccountOutput,
    BookAddressInput,
    BookAddressOutput,
    BookAddressPatch,
    LoggedInOutput,
    PasswordChangeInput,
    ProfilePatch,
)
from users.services import address_create, address_delete, address_update, password_change, profile_update
from users.views.answers import IF_MATCH, check_seen, conditional, tagged
from users.views.auth import ACCOUNT_EXAMPLE, LOGGED_IN_EXAMPLE, account_body, logged_in_response

_ACCOUNT = OpenApiExample("A customer", value=ACCOUNT_EXAMPLE, response_only=True, status_codes=["200"])
_TYPED = {
    "name": "Ana Pérez",
    "line1": "Calle Mayor 1, 2º A",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
    "phone": "912 345 678",
}
_NEW_ADDRESS = OpenApiExample("A flat in Madrid", value=_TYPED, request_only=True)
_ADDRESS = OpenApiExample(
    "A flat in Madrid",
    value={
        **_TYPED,
        "company": "",
        "line2": "",
        "region": "M",
        "phone": "+34912345678",
        "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c11",
        "region_name": "Madrid",
        "is_default_shipping": True,
        "is_default_billing": True,
        "created_at": "2026-11-23T12:00:00Z",
    },
    response_only=True,
)


class MeViewSet(PersonalViewSet):
    """The caller's own account. A key has none."""

    keyless_actions = frozenset({"password"})
    serializer_class = AccountOutput

    @extend_schema(
        operation_id="me_retrieve",
        summary="Read your account",
        description="The person whose access token it is. Staff find their rights here.",
        responses={200: AccountOutput},
        examples=[_ACCOUNT],
        tags=["me"],
    )
    def retrieve(self, request: Request) -> Response:
        """Return the caller's account."""
        return conditional(request, account_body(account_get(user_of(request).pk)))

    @extend_schema(
        operation_id="me_update",
        summary="Change your account",
        description="Name, phone and language. If-Match is honoured when it is sent.",
        parameters=[IF_MATCH],
        request=ProfilePatch,
        responses={200: AccountOutput},
        examples=[OpenApiExample("A name", value={"name": "Ana Pérez"}, request_only=True), _ACCOUNT],
        tags=["me"],
    )
    def partial_update(self, request: Request) -> Any:
        """Change the caller's account."""
        user_id = user_of(request).pk
        changes = self.body(ProfilePatch)

        def seen(account: User) -> None:
            check_seen(request, account_body(account), required=False)

        def work() -> Response:
            return tagged(account_body(profile_update(user_id=user_id, changes=changes, precondition=seen)))

        return run_once(request, caller=caller_of(request).actor, work=work)

    @extend_schema(
        operation_id="me_password",
        summary="Change your password",
        description="Ends every log-in of the account, this one too, and begins a new one: go on with the tokens of "
        "the answer.",
        request=PasswordChangeInput,
        responses={200: LoggedInOutput},
        examples=[
            OpenApiExample(
                "Old and new",
                value={"current_password": "three-blue-herons", "new_password": "four-green-kettles"},
                request_only=True,
            ),
            LOGGED_IN_EXAMPLE,
        ],
        tags=["me"],
    )
    def password(self, request: Request) -> Response:
        """Change the caller's password."""
        user = user_of(request)
        return logged_in_response(password_change(user_id=user.pk, **self.body(PasswordChangeInput)))


class AddressViewSet(PersonalViewSet):
    """The caller's address book. Another person's address is simply not there."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}
    serializer_class = BookAddressOutput

    @extend_schema(
        operation_id="me_addresses_list",
        summary="List your addresses",
        description="Oldest first.",
        parameters=[PageQuery],
        responses={200: BookAddressOutput(many=True)},
        examples=[_ADDRESS],
        tags=["me"],
    )
    def list(self, request: Request) -> Response:
        """Page through the caller's addresses."""
        page = paginate(address_list(user_of(request).pk), self.page((Sort("oldest", ("created_at", "id")),)))
        return page_response(request, page, list(BookAddressOutput(page.results, many=True).data))

    @extend_schema(
        operation_id="me_addresses_create",
        summary="Add an address",
        description="Checked and tidied by the rules of its country; each error names its field and gives an example. "
        "The first address becomes the default of both kinds; a new default takes the place of the old one.",
        request=BookAddressInput,
        responses={201: BookAddressOutput},
        examples=[_NEW_ADDRESS, _ADDRESS],
        tags=["me"],
    )
    def create(self, request: Request) -> Any:
        """Add an address to the caller's book."""
        user_id = user_of(request).pk
        data = self.body(BookAddressInput)

        def work() -> Response:
            address = address_create(user_id=user_id, data=data)
            return tagged(_body(address), 201, location=reverse("me-address-detail", args=[address.pk]))

        return run_once(request, caller=caller_of(request).actor, work=work)

    @extend_schema(
        operation_id="me_addresses_retrieve",
        summary="Read an address",
        description="One of your own.",
        responses={200: BookAddressOutput},
        examples=[_ADDRESS],
        tags=["me"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one of the caller's addresses."""
        return conditional(request, _body(address_get(user_of(request).pk, id)))

    @extend_schema(
        operation_id="me_addresses_update",
        summary="Change an address",
        description="What is left out stays; the whole must be right afterwards. If-Match is honoured when it is sent.",
        parameters=[IF_MATCH],
        request=BookAddressPatch,
        responses={200: BookAddressOutput},
        examples=[OpenApiExample("Another flat", value={"line1": "Calle Mayor 1, 3º B"}, request_only=True), _ADDRESS],
        tags=["me"],
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Any:
        """Change one of the caller's addresses."""
        user_id = user_of(request).pk
        changes = self.body(BookAddressPatch)

        def seen(address: Address) -> None:
            check_seen(request, _body(address), required=False)

        def work() -> Response:
            address = address_update(user_id=user_id, address_id=id, changes=changes, precondition=seen)
            return tagged(_body(address))

        return run_once(request, caller=caller_of(request).actor, work=work)

    @extend_schema(
        operation_id="me_addresses_destroy",
        summary="Delete an address",
        description="Carts and orders keep their own copies. If-Match is honoured when it is sent.",
        parameters=[IF_MATCH],
        responses={204: None},
        tags=["me"],
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Any:
        """Delete one of the caller's addresses."""
        user_id = user_of(request).pk

        def seen(address: Address) -> None:
            check_seen(request, _body(address), required=False)

        def work() -> Response:
            address_delete(user_id=user_id, address_id=id, precondition=seen)
            return Response(status=204)

        return run_once(request, caller=caller_of(request).actor, work=work)


def _body(address: Address) -> dict[str, Any]:
    return dict(BookAddressOutput(address).data)
