"""The endpoints of gift cards and store credit. Paying with them is the cart's business."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.problems import NotAuthenticated
from core.serializers import QuerySerializer
from core.views import PersonalViewSet
from events.idempotency import run_once
from promotions.credit.codes import code_again
from promotions.credit.selectors import (
    GiftCardFilter,
    gift_card_get,
    gift_card_list,
    store_credit_list,
)
from promotions.credit.serializers import (
    CreditAdjustInput,
    GiftCardInput,
    GiftCardOutput,
    GiftCardPatch,
    GiftCardQuery,
    GiftCardSummaryOutput,
    IssuedCardOutput,
    OwnCreditsOutput,
    StoreCreditsOutput,
)
from promotions.credit.services import (
    IssuedCard,
    gift_card_adjust,
    gift_card_issue,
    gift_card_update,
    store_credit_adjust,
)
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks
from users.selectors import customer_get
from users.views.answers import conditional

TAGS = ["credit"]
_EUR_50 = {"amount": 5000, "currency": "EUR"}
_ENTRY = {
    "id": 7,
    "kind": "issued",
    "amount": _EUR_50,
    "order_id": None,
    "order_number": None,
    "payment_id": None,
    "actor": "user:0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10",
    "reason": "",
    "created_at": "2026-11-23T12:00:00Z",
}
_SUMMARY = {
    "id": "01941f29-7c00-7a50-8000-5d0b7c1f2a10",
    "last_characters": "7K2P",
    "amount": _EUR_50,
    "balance": _EUR_50,
    "currency": "EUR",
    "is_active": True,
    "expires_at": "2029-12-31T23:59:59Z",
    "customer_id": None,
    "order_id": None,
    "note": "For the delay of T100042",
    "version": 1,
    "created_at": "2026-11-23T12:00:00Z",
    "updated_at": "2026-11-23T12:00:00Z",
}
_CARD = {**_SUMMARY, "entries": [_ENTRY]}
_NEW = {"amount": _EUR_50, "expires_at": "2029-12-31T23:59:59Z", "note": "For the delay of T100042"}
_ADJUSTMENT = {"amount": {"amount": -1000, "currency": "EUR"}, "reason": "Paid out in cash"}
_CREDIT = {
    "currency": "EUR",
    "balance": _EUR_50,
    "version": 2,
    "updated_at": "2026-11-23T12:00:00Z",
    "entries": [{**_ENTRY, "kind": "adjusted", "reason": "Sorry for the wait"}],
}


class GiftCardViewSet(ResourceViewSet):
    """Gift cards, for staff."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": GiftCardQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a card as it is answered."""
        return dict(GiftCardOutput(row).data)

    def issued(self, made: IssuedCard) -> Response:
        """Answer a new card with its code, under the tag that it has without it."""
        answer = self.tagged(self.render(made.card), 201)
        answer.data["code"] = made.code
        return answer

    @extend_schema(
        summary="List gift cards",
        description="The newest first. Needs the right gift-cards:read.",
        parameters=[GiftCardQuery],
        responses=GiftCardSummaryOutput(many=True),
        examples=[answers(_SUMMARY)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through cards."""
        caller_of(request).require("gift-cards:read")
        narrowed = GiftCardFilter(
            last_characters=self.query.get("last_characters"),
            customer_id=self.query.get("customer"),
            currency=self.query.get("currency"),
            is_active=self.query.get("is_active"),
            order_id=self.query.get("order"),
        )
        page = paginate(gift_card_list(narrowed), self.page((Sort("-id", ("-id",)),)))
        return page_response(request, page, [dict(GiftCardSummaryOutput(card).data) for card in page.results])

    @extend_schema(
        summary="Issue a gift card",
        description="The answer has its `code`, and no other answer ever has. Needs the right gift-cards:write.",
        request=GiftCardInput,
        responses={201: IssuedCardOutput},
        examples=[asks(_NEW), answers({**_CARD, "code": "4Z8Q-0N3T-WX5R-7K2P"})],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Issue one."""
        caller = caller_of(request)
        caller.require("gift-cards:write")
        values = self.body(GiftCardInput)
        return run_once(
            request,
            caller=caller.actor,
            work=lambda: self.issued(gift_card_issue(actor=caller.actor, **values)),
            secrets={"code": _code_of_answer},
        )

    @extend_schema(
        summary="Read a gift card",
        description="With what happened to its balance. Needs the right gift-cards:read.",
        responses=GiftCardOutput,
        examples=[answers(_CARD)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("gift-cards:read")
        return self.answer(gift_card_get(id))

    @extend_schema(
        summary="Change a gift card",
        description="Stop it, let it pay again, or change until when. Needs the right gift-cards:write, and If-Match.",
        request=GiftCardPatch,
        responses=GiftCardOutput,
        examples=[asks({"is_active": False}), answers({**_CARD, "is_active": False})],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller = caller_of(request)
        caller.require("gift-cards:write")
        changes = self.body(GiftCardPatch)
        return self.once(
            lambda: self.answer(
                gift_card_update(card_id=id, changes=changes, precondition=self.check, actor=caller.actor)
            )
        )

    @extend_schema(
        summary="Put more on a gift card, or take some off",
        description="Never more than is on it: 409 `credit_insufficient`. Needs the right gift-cards:write.",
        request=CreditAdjustInput,
        responses={201: GiftCardOutput},
        examples=[asks(_ADJUSTMENT), answers(_CARD)],
        tags=TAGS,
    )
    def adjust(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Write an entry."""
        caller = caller_of(request)
        caller.require("gift-cards:write")
        values = self.body(CreditAdjustInput)
        return self.once(
            lambda: self.answer(gift_card_adjust(card_id=id, precondition=self.seen, actor=caller.actor, **values), 201)
        )


class StoreCreditViewSet(ResourceViewSet):
    """What the shop owes one customer, for staff."""

    def render(self, row: Any) -> dict[str, Any]:
        """Return a customer's store credit as it is answered."""
        return dict(StoreCreditsOutput({"results": row}).data)

    @extend_schema(
        summary="Read a customer's store credit",
        description="By currency, with what happened to it. Needs the rights gift-cards:read and customers:read.",
        responses=StoreCreditsOutput,
        examples=[answers({"results": [_CREDIT]})],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer it."""
        caller = caller_of(request)
        caller.require("gift-cards:read")
        return self.answer(store_credit_list(customer_get(caller, id).pk))

    @extend_schema(
        summary="Give a customer store credit, or take some away",
        description="Never more than there is: 409 `credit_insufficient`. Needs the rights gift-cards:write and "
        "customers:read.",
        request=CreditAdjustInput,
        responses={201: StoreCreditsOutput},
        examples=[
            asks({"amount": _EUR_50, "reason": "Sorry for the wait"}),
            answers({"results": [_CREDIT]}),
        ],
        tags=TAGS,
    )
    def adjust(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Write an entry."""
        caller = caller_of(request)
        caller.require("gift-cards:write")
        customer = customer_get(caller, id)
        values = self.body(CreditAdjustInput)

        def work() -> Response:
            store_credit_adjust(customer_id=customer.pk, actor=caller.actor, **values)
            return self.answer(store_credit_list(customer.pk), 201)

        return self.once(work)


class OwnCreditViewSet(PersonalViewSet):
    """Your own store credit."""

    @extend_schema(
        summary="Read your store credit",
        description="By currency. To pay with it, set `use_store_credit` of your cart.",
        responses=OwnCreditsOutput,
        examples=[answers({"results": [{"currency": "EUR", "balance": _EUR_50}]})],
        tags=["me"],
    )
    def retrieve(self, request: Request) -> Response:
        """Answer it."""
        caller = caller_of(request)
        if caller.user_id is None:
            raise NotAuthenticated
        return conditional(request, OwnCreditsOutput({"results": store_credit_list(caller.user_id)}).data)


def _code_of_answer(body: Any) -> str | None:
    """Return the code of the card that an answer was about, for a replay of it."""
    card = gift_card_get(uuid.UUID(body["id"]))
    return code_again(card.id, bytes(card.code_digest))
