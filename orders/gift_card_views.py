"""The endpoint of the gift cards that an order has sold: the one place besides the mail that tells their codes."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.views import PersonalViewSet
from orders import examples
from orders.gift_card_serializers import OrderGiftCardOutput
from orders.query_serializers import OrderTokenPageQuery
from orders.selectors import is_buyer, order_card_list, order_get, with_codes
from orders.views import REFERENCE, TOKEN
from users.authentication import caller_of

_SORTS = (Sort("oldest", ("id",)),)


class OrderGiftCardViewSet(PersonalViewSet):
    """The gift cards of one order."""

    query_serializers = {"list": OrderTokenPageQuery}
    guest_actions = frozenset({"list"})

    @extend_schema(
        summary="List the gift cards that an order has sold",
        description="Those of a paid order, with their codes for its buyer (the account, or whoever sends the order's "
        "token) and for staff with the right gift-cards:write; other staff see them without. No other answer has "
        "these codes, and nothing keeps them: not an event, not a log, not the record of an Idempotency-Key.",
        parameters=[REFERENCE, TOKEN, OrderTokenPageQuery],
        responses=OrderGiftCardOutput(many=True),
        examples=[examples.answer(examples.GIFT_CARD)],
        tags=["orders"],
    )
    def list(self, request: Request, reference: str) -> Response:
        """Answer a page of them."""
        caller = caller_of(request)
        token = request.headers.get("X-Order-Token") or self.query.get("token")
        order = order_get(reference, caller, token)
        page = paginate(order_card_list(order.id), self.page(_SORTS))
        are_codes_told = is_buyer(order, caller, token) or caller.may("gift-cards:write")
        cards = with_codes(page.results, are_codes_told=are_codes_told)
        return page_response(request, page, list(OrderGiftCardOutput(cards, many=True).data))
