"""The endpoints of orders and of what belongs to them. Payments are in payment_views.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from cart.serializers import cart_body
from cart.services import asked_first
from core.etags import etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.problems import InvalidInput
from core.schema_parts import IDEMPOTENCY_KEY
from core.views import PersonalViewSet
from events.idempotency import run_once
from inventory.selectors import location_by_code
from orders import examples
from orders.exceptions import CartNotReady, CreditChanged, PriceChanged
from orders.fulfilment_serializers import FulfilmentInput, FulfilmentOutput, ReturnedGoodsInput
from orders.models import Order
from orders.proposal_serializers import RefundProposalOutput
from orders.proposing import refund_proposal
from orders.query_serializers import OrderQuery, OrderReadQuery, OrderTokenPageQuery, OrderTokenQuery
from orders.selectors import (
    OrderFilter,
    detail_of,
    fulfilment_list,
    is_buyer,
    order_get,
    order_history,
    order_list,
    order_own_list,
    order_token,
)
from orders.serializers import (
    NoteInput,
    OrderCancelInput,
    OrderHistoryOutput,
    OrderOutput,
    OrderPlaceInput,
    OrderSummaryOutput,
    PlacedOrderOutput,
    explained_body,
    history_body,
    order_body,
    placed_body,
)
from orders.services import (
    FulfilLine,
    ReturnLine,
    order_cancel,
    order_fulfil,
    order_goods_return,
    order_note_add,
    order_place,
)
from promotions.credit.selling import sold_cards
from users.authentication import caller_of, user_of
from users.views.answers import conditional

TAGS = ["orders"]
_SORTS = (
    Sort("newest", ("placed_at", "id"), is_descending=True),
    Sort("oldest", ("placed_at", "id")),
)
_HISTORY_SORTS = (Sort("oldest", ("id",)),)

KEY_REQUIRED = OpenApiParameter(
    IDEMPOTENCY_KEY["name"],
    IDEMPOTENCY_KEY["schema"],
    OpenApiParameter.HEADER,
    required=True,
    description=IDEMPOTENCY_KEY["description"],
)
TOKEN = OpenApiParameter("X-Order-Token", str, OpenApiParameter.HEADER, description="A guest's token of the order.")
REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH, description="The order's id or number.")


class OrderViewSet(PersonalViewSet):
    """Orders. Staff with `orders:read` see all, customers their own, guests what they hold the token of."""

    query_serializers = {
        "list": OrderQuery,
        "retrieve": OrderReadQuery,
        "cancel": OrderTokenQuery,
        "history": OrderTokenPageQuery,
        "fulfilments": OrderTokenQuery,
    }
    guest_actions = frozenset({"create", "retrieve", "cancel", "history", "fulfilments"})

    @extend_schema(
        summary="List orders",
        description="All of them for staff with `orders:read`, a customer's own for the customer.",
        parameters=[OrderQuery],
        responses=OrderSummaryOutput(many=True),
        examples=[examples.answer(examples.SUMMARY)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Answer a page of summaries."""
        orders = order_list(caller_of(request), _filter_of(self.query))
        page = paginate(orders, self.page(_SORTS))
        return page_response(request, page, _summaries(page.results))

    @extend_schema(
        summary="Place an order",
        description="Makes an order of a cart, in one transaction: the total is compared with what the buyer saw, the "
        "stock is held, the cart is closed. The same cart again, from whatever device, answers the same order with "
        "200. Refused with 409: `price_changed` with the whole cart as `quote`; `stock_insufficient` with `shortages`; "
        "`cart_not_ready` with `problems`. An order that waits for its money keeps its stock until `reserved_until`.",
        parameters=[KEY_REQUIRED],
        request=OrderPlaceInput,
        responses={201: PlacedOrderOutput, 200: PlacedOrderOutput},
        examples=[examples.request(examples.PLACE_INPUT), examples.answer(examples.PLACED)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Place it."""
        caller = caller_of(request)
        body = self.body(OrderPlaceInput)

        def work() -> Response:
            placed = order_place(
                cart_id=body["cart"],
                expected_total=body["expected_total"],
                expected_payable=body.get("expected_payable"),
                payment_method=body.get("payment_method"),
                caller=caller,
            )
            return _answer(
                placed.order,
                placed_body(placed.detail, placed.token),
                status=status.HTTP_201_CREATED if placed.is_new else status.HTTP_200_OK,
                headers={"Location": request.build_absolute_uri(f"/api/v1/orders/{placed.order.id}")},
            )

        secrets = {"token": lambda kept: order_token(kept["id"])}
        # Around it all: a balance may turn out to be less only at the very end.
        with _telling_the_quote():
            return asked_first(
                lambda: run_once(request, caller=caller.actor, work=work, required=True, secrets=secrets)
            )

    @extend_schema(
        summary="Read an order",
        description="By its id or its number. A guest sends the token that placing answered, in the header "
        "`X-Order-Token` or as `?token=`.",
        parameters=[REFERENCE, TOKEN, OrderTokenQuery],
        responses={200: OrderOutput, 304: None},
        examples=[examples.answer(examples.ORDER)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        """Answer it, or 304 before anything but the order's row is read."""
        order = order_get(reference, caller_of(request), self.token)
        if is_unchanged(request, tag := _tag(order)):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        body = explained_body if self.query.get("expand") else order_body
        return _answer(order, body(detail_of(order)))

    @extend_schema(
        summary="Cancel an order",
        description="Gives its stock back. Refused with 409 once something was shipped. A buyer may cancel what waits "
        "for its money; for anybody else's order `orders:write` is needed. What was paid stays recorded until it is "
        "refunded.",
        parameters=[REFERENCE, TOKEN, OrderTokenQuery],
        request=OrderCancelInput,
        responses={200: OrderOutput},
        examples=[examples.request(examples.CANCEL_INPUT), examples.answer(examples.CANCELLED)],
        tags=TAGS,
    )
    def cancel(self, request: Request, reference: str) -> HttpResponseBase:
        """Cancel it."""
        caller = caller_of(request)
        body = self.body(OrderCancelInput)
        found = order_get(reference, caller, self.token)
        is_by_buyer = not caller.may("orders:write")
        if is_by_buyer and not is_buyer(found, caller, self.token):
            # Who may see everybody's orders may not therefore cancel them.
            caller.require("orders:write")

        def work() -> Response:
            order = order_cancel(order_id=found.id, reason=body["reason"], actor=caller.actor, is_by_buyer=is_by_buyer)
            return _answer(order, order_body(detail_of(order)))

        return run_once(request, caller=caller.actor, work=work)

    @extend_schema(
        summary="Read an order's history",
        description="What happened to it, oldest first. A buyer gets what is meant for buyers, with `data` and "
        "`actor` empty.",
        parameters=[REFERENCE, TOKEN, OrderTokenPageQuery],
        responses=OrderHistoryOutput(many=True),
        examples=[examples.answer(examples.HISTORY)],
        tags=TAGS,
    )
    def history(self, request: Request, reference: str) -> Response:
        """Answer a page of it."""
        caller = caller_of(request)
        order = order_get(reference, caller, self.token)
        page = paginate(order_history(order, caller), self.page(_HISTORY_SORTS))
        return page_response(request, page, history_body(page.results, caller))

    @extend_schema(
        summary="Add a note to an order",
        description="For staff, unless `is_public`. Needs `orders:write`.",
        parameters=[REFERENCE],
        request=NoteInput,
        responses={201: OrderHistoryOutput},
        examples=[examples.request(examples.NOTE_INPUT), examples.answer(examples.HISTORY)],
        tags=TAGS,
    )
    def note(self, request: Request, reference: str) -> HttpResponseBase:
        """Add it."""
        body = self.body(NoteInput)
        return self._by_staff(
            reference, lambda order, actor: OrderHistoryOutput(order_note_add(order_id=order.id, actor=actor, **body))
        )

    @extend_schema(
        summary="List an order's fulfilments",
        description="Each parcel with its tracking, in the order they left.",
        parameters=[REFERENCE, TOKEN, OrderTokenQuery],
        responses=FulfilmentOutput(many=True),
        examples=[examples.answer(examples.FULFILMENT)],
        tags=TAGS,
    )
    def fulfilments(self, request: Request, reference: str) -> Response:
        """Answer all of them; an order has few."""
        order = order_get(reference, caller_of(request), self.token)
        parcels = FulfilmentOutput(fulfilment_list(order), many=True).data
        return Response({"results": parcels, "next": None, "previous": None})

    @extend_schema(
        summary="Send goods of an order",
        description="All that is left, or the given `lines`. The order must be confirmed: paid, or accepted on "
        "account. Needs `orders:write`.",
        parameters=[REFERENCE],
        request=FulfilmentInput,
        responses={201: FulfilmentOutput},
        examples=[examples.request(examples.FULFILMENT_INPUT), examples.answer(examples.FULFILMENT)],
        tags=TAGS,
    )
    def fulfil(self, request: Request, reference: str) -> HttpResponseBase:
        """Send them."""
        body = self.body(FulfilmentInput)
        lines = [FulfilLine(**line) for line in body.pop("lines")] if "lines" in body else None
        return self._by_staff(
            reference,
            lambda order, actor: FulfilmentOutput(order_fulfil(order_id=order.id, lines=lines, actor=actor, **body)),
        )

    @extend_schema(
        summary="Take goods of an order back",
        description="What was sent and came back goes on sale at `location` again, if its stock is tracked. Money is "
        "given back by a refund of the payment. Needs `orders:write`.",
        parameters=[REFERENCE],
        request=ReturnedGoodsInput,
        responses={200: OrderOutput},
        examples=[examples.request(examples.RETURNED_GOODS_INPUT), examples.answer(examples.ORDER)],
        tags=TAGS,
    )
    def take_back(self, request: Request, reference: str) -> HttpResponseBase:
        """Take them back."""
        body = self.body(ReturnedGoodsInput)
        caller = caller_of(request)
        caller.require("orders:write")
        location = location_by_code(body["location"])
        if location is None:
            raise InvalidInput.at("/location", f"There is no location {body['location'][:30]!r}.", code="unknown")
        lines = [ReturnLine(**line) for line in body["lines"]]
        found = order_get(reference, caller)

        def work() -> Response:
            order = order_goods_return(
                order_id=found.id, lines=lines, location_id=location.id, reason=body["reason"], actor=caller.actor
            )
            return _answer(order, order_body(detail_of(order)))

        return run_once(request, caller=caller.actor, work=work)

    @extend_schema(
        summary="Read what to give back for returned goods",
        description="What the goods that came back came to, with their discounts and taxes; with the shipping when "
        "everything has come back; less what was given back before, and never more than came in. Needs `orders:read`.",
        parameters=[REFERENCE],
        responses=RefundProposalOutput,
        examples=[examples.answer(examples.REFUND_PROPOSAL)],
        tags=["payments"],
    )
    def refund_proposal(self, request: Request, reference: str) -> Response:
        """Answer the proposal as the order stands now."""
        caller = caller_of(request)
        caller.require("orders:read")
        order = order_get(reference, caller)
        lines = list(order.lines.order_by("position"))
        has_cards = any(line.is_gift_card for line in lines)
        spent_amount = sum(card.spent_amount for card in sold_cards(order.id)) if has_cards else 0
        proposal = refund_proposal(order, lines, spent_amount=spent_amount)
        return conditional(request, RefundProposalOutput(proposal).data)

    @property
    def token(self) -> str | None:
        """Return the guest's token that came with the request."""
        return self.request.headers.get("X-Order-Token") or self.query.get("token")

    def _by_staff(self, reference: str, act: Callable[[Order, str], Any]) -> HttpResponseBase:
        """Answer 201 with what staff made of an order."""
        caller = caller_of(self.request)
        caller.require("orders:write")
        order = order_get(reference, caller)
        return run_once(
            self.request,
            caller=caller.actor,
            work=lambda: Response(act(order, caller.actor).data, status=status.HTTP_201_CREATED),
        )


class OwnOrderViewSet(PersonalViewSet):
    """A person's own orders, whatever rights they have besides."""

    query_serializers = {"list": OrderQuery}

    @extend_schema(
        summary="List your orders",
        description="Those of the account that is logged in.",
        parameters=[OrderQuery],
        responses=OrderSummaryOutput(many=True),
        examples=[examples.answer(examples.SUMMARY)],
        tags=["me"],
    )
    def list(self, request: Request) -> Response:
        """Answer a page of summaries."""
        orders = order_own_list(user_of(request).id, _filter_of(self.query))
        page = paginate(orders, self.page(_SORTS))
        return page_response(request, page, _summaries(page.results))


@contextmanager
def _telling_the_quote() -> Iterator[None]:
    """Add the cart as it is now to a refusal that is about it, so that the buyer can be shown what changed."""
    try:
        yield
    except (PriceChanged, CreditChanged) as problem:
        problem.extra["quote"] = cart_body(problem.quote)
        raise
    except CartNotReady as problem:
        quote = cart_body(problem.quote)
        problem.extra |= {"problems": quote["problems"], "quote": quote}
        raise


def _answer(order: Order, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body,
        status=status,
        headers={"ETag": _tag(order), **(headers or {})},
    )


def _tag(order: Order) -> str:
    return etag_of("order", order.id, order.version)


def _filter_of(query: dict[str, Any]) -> OrderFilter:
    return OrderFilter(
        status=query.get("status"),
        payment_status=query.get("payment_status"),
        fulfilment_status=query.get("fulfilment_status"),
        q=query.get("q"),
        placed_from=query.get("placed_from"),
        placed_until=query.get("placed_until"),
    )


def _summaries(orders: Sequence[Order]) -> list[Any]:
    return list(OrderSummaryOutput(orders, many=True).data)
