"""The cart's endpoints: every one answers the whole cart."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from cart import examples
from cart.exceptions import CodeUnknown
from cart.quoting import CartQuote, MergedLine
from cart.selectors import cart_list
from cart.serializers import (
    CartCodeInput,
    CartCreateInput,
    CartLineChangeInput,
    CartLineInput,
    CartLinesInput,
    CartOutput,
    CartSummaryOutput,
    CartUpdateInput,
    ClaimedCartOutput,
    ShippingOptionsOutput,
    cart_body,
    shipping_options_body,
)
from cart.services import (
    LineWish,
    cart_claim,
    cart_code_add,
    cart_code_remove,
    cart_create,
    cart_delete,
    cart_gift_card_remove,
    cart_hold,
    cart_hold_end,
    cart_line_add,
    cart_line_change,
    cart_line_remove,
    cart_lines_replace,
    cart_update,
    offers_asking,
    quote_asking,
)
from core.etags import etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.problems import NotAuthenticated
from core.rendering import dumps
from core.views import PageQuery, PersonalViewSet
from events.idempotency import run_once
from users.adapters import client_place
from users.authentication import caller_of
from users.throttling import Take, throttle_give_back, throttle_take

TAGS = ["carts"]
_SORTS = (Sort("newest", ("created_at", "id"), is_descending=True),)
_STRONG_TAG = re.compile(r'(?<!W/)"(\d{1,10})\.[0-9a-f]+"')

_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the cart as you read it. Refused (412) when somebody changed the cart since; what only "
    "moved around it, such as a price or the stock, is told by `problems`.",
)
_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 when nothing changed.")
_WRITE = [_MATCH]
_CART = examples.answer(examples.CART)


class CartViewSet(PersonalViewSet):
    """Carts. A guest's is for whoever holds its id; a customer's for the customer."""

    query_serializers = {"list": PageQuery}
    guest_actions = frozenset(
        {
            "create",
            "retrieve",
            "partial_update",
            "destroy",
            "add_line",
            "replace_lines",
            "change_line",
            "remove_line",
            "shipping_options",
            "hold",
            "end_hold",
            "add_code",
            "remove_code",
            "remove_gift_card",
        }
    )

    @extend_schema(
        summary="List your open carts",
        description="A customer's own, one a market at the most. A guest's cart is found by its id only.",
        parameters=[PageQuery],
        responses=CartSummaryOutput(many=True),
        examples=[examples.answer(examples.SUMMARY)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Answer a page of summaries."""
        caller = caller_of(request)
        if caller.user_id is None:
            raise NotAuthenticated
        page = paginate(cart_list(caller), self.page(_SORTS))
        return page_response(request, page, [CartSummaryOutput(cart).data for cart in page.results])

    @extend_schema(
        summary="Open a cart",
        description="With its first lines, all of them or none. Keep the id secret: whoever holds it holds the cart. "
        "A customer has one open cart in a market: a second one is refused with 409 `cart_exists` and its `cart_id`.",
        request=CartCreateInput,
        responses={201: CartOutput},
        examples=[examples.request(examples.CREATE_INPUT), _CART],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Open one."""
        body = self.body(CartCreateInput)
        lines = body.pop("lines", [])

        def work() -> Response:
            quote = cart_create(
                caller=caller_of(request),
                wishes=_wishes(lines),
                accepted_languages=request.headers.get("Accept-Language", ""),
                **body,
            )
            headers = {"Location": request.build_absolute_uri(f"/api/v1/carts/{quote.cart.id}")}
            return _answer(quote, status=status.HTTP_201_CREATED, headers=headers)

        return self._once(work)

    @extend_schema(
        summary="Read a cart",
        description="What it comes to now and why (`explanation` adds up to `totals`), and everything that stands "
        "between it and an order (`problems`). Staff with `orders:read` may read any. Where the shop lets a carrier or "
        "a tax service say its part, this is what asks them; the answers to changes of a cart don't, and then have a "
        "problem `shipping_price_pending` or `taxes_pending` instead.",
        parameters=[_NONE_MATCH],
        responses={200: CartOutput, 304: None},
        examples=[_CART],
        tags=TAGS,
    )
    def retrieve(self, request: Request, cart_id: uuid.UUID) -> Response:
        """Answer it, or 304."""
        answer = _answer(quote_asking(cart_id, caller_of(request)))
        if is_unchanged(request, answer.headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": answer.headers["ETag"]})
        return answer

    @extend_schema(
        summary="Change what is said of a cart",
        description="E-mail, addresses (checked by their country's own rules), shipping method, language, note, "
        "metadata. What is left out stays, null clears; an address and the metadata are replaced as a whole.",
        parameters=_WRITE,
        request=CartUpdateInput,
        responses=CartOutput,
        examples=[examples.request(examples.UPDATE_INPUT), _CART],
        tags=TAGS,
    )
    def partial_update(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Change it."""
        changes = self.body(CartUpdateInput)
        return self._change(cart_update, cart_id=cart_id, changes=changes)

    @extend_schema(
        summary="Drop a cart",
        description="The cart and its lines are gone; one that is ordered, merged or expired stays (409). Of a cart "
        "that has held stock an empty one is left, expired and nobody's: the books of the stock name it.",
        parameters=_WRITE,
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Drop it."""

        def work() -> Response:
            cart_delete(cart_id=cart_id, caller=caller_of(request), versions=_versions_seen(request))
            return Response(status=status.HTTP_204_NO_CONTENT)

        return self._once(work)

    @extend_schema(
        summary="Add to a cart",
        description="On top of what the cart has of the variant. More than can be had is refused with 409 "
        "`stock_insufficient`, which says how many are left; nothing is lowered in silence.",
        parameters=_WRITE,
        request=CartLineInput,
        responses=CartOutput,
        examples=[examples.request(examples.CREATE_INPUT["lines"][0]), _CART],
        tags=TAGS,
    )
    def add_line(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Add."""
        return self._change(cart_line_add, cart_id=cart_id, wish=LineWish(**self.body(CartLineInput)))

    @extend_schema(
        summary="Replace a cart's lines",
        description="These are the lines then, all of them or nothing changes; a variant that stays keeps its line.",
        parameters=_WRITE,
        request=CartLinesInput,
        responses=CartOutput,
        examples=[examples.request({"lines": examples.CREATE_INPUT["lines"]}), _CART],
        tags=TAGS,
    )
    def replace_lines(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Replace."""
        return self._change(cart_lines_replace, cart_id=cart_id, wishes=_wishes(self.body(CartLinesInput)["lines"]))

    @extend_schema(
        summary="Change a line's quantity",
        description="A line whose price has changed counts as seen at the new price then.",
        parameters=_WRITE,
        request=CartLineChangeInput,
        responses=CartOutput,
        examples=[examples.request({"quantity": 2}), _CART],
        tags=TAGS,
    )
    def change_line(self, request: Request, cart_id: uuid.UUID, line_id: uuid.UUID) -> HttpResponseBase:
        """Change."""
        return self._change(cart_line_change, cart_id=cart_id, line_id=line_id, **self.body(CartLineChangeInput))

    @extend_schema(
        summary="Remove a line",
        parameters=_WRITE,
        request=None,
        responses={200: CartOutput},
        examples=[_CART],
        tags=TAGS,
    )
    def remove_line(self, request: Request, cart_id: uuid.UUID, line_id: uuid.UUID) -> HttpResponseBase:
        """Remove."""
        return self._change(cart_line_remove, cart_id=cart_id, line_id=line_id)

    @extend_schema(
        summary="List how a cart can be shipped",
        description="With prices for these goods, to the cart's address; without one, to the market's first country. "
        "`not_offered` are ways that go there and not with these goods, or that have no price yet, each with its "
        "`reason`. Where carriers say what a method costs they are asked now, and their prices hold for a while for "
        "this cart as it is.",
        responses=ShippingOptionsOutput,
        examples=[examples.answer(examples.SHIPPING_OPTIONS)],
        tags=TAGS,
    )
    def shipping_options(self, request: Request, cart_id: uuid.UUID) -> Response:
        """Answer all of them."""
        body = shipping_options_body(*offers_asking(cart_id, caller_of(request)))
        headers = {"ETag": etag_of(dumps(body))}
        if is_unchanged(request, headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers)

    @extend_schema(
        summary="Hold a cart's goods",
        description="When the check-out begins: the goods of all lines, or none (409 `stock_insufficient`), are kept "
        "for the buyer until `held_until`, a quarter of an hour unless the shop says otherwise. Holding again begins "
        "anew. The cart's order takes them over; any change of the lines gives them back, so hold again after it.",
        parameters=_WRITE,
        request=None,
        responses=CartOutput,
        examples=[_CART],
        tags=TAGS,
    )
    def hold(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Hold them."""
        return self._change(cart_hold, cart_id=cart_id)

    @extend_schema(
        summary="Give a cart's goods back",
        description="Nothing is held for the cart from then on. A cart that holds nothing is answered as it is.",
        parameters=_WRITE,
        request=None,
        responses={200: CartOutput},
        examples=[examples.answer(examples.CART | {"held_until": None})],
        tags=TAGS,
    )
    def end_hold(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Give them back."""
        return self._change(cart_hold_end, cart_id=cart_id)

    @extend_schema(
        summary="Enter a code",
        description="Of a promotion, or of a gift card, which then pays (`credits`, `payable`). A code that gives "
        "nothing yet is taken, and `codes` says what it waits for. One that can't give anything here (expired, used "
        "up, for another market) is refused with 409 `code_refused` and its `reason`, an unknown one with 409 "
        "`code_unknown`. Who tries too many of those is asked to wait (429).",
        parameters=_WRITE,
        request=CartCodeInput,
        responses=CartOutput,
        examples=[examples.request({"code": "WELCOME10"}), _CART],
        tags=TAGS,
    )
    def add_code(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Enter it; only guesses count as tries."""
        code = self.body(CartCodeInput)["code"]
        # Django's own request, as for log-ins.
        place = client_place(request._request)  # noqa: SLF001 (DRF has no public door to it)
        tries = (Take("code_ip", place), Take("code_cart", str(cart_id)))
        throttle_take(*tries)
        is_guess = False
        try:
            return self._change(cart_code_add, cart_id=cart_id, code=code)
        except CodeUnknown:
            is_guess = True
            raise
        finally:
            if not is_guess:
                throttle_give_back(*tries)

    @extend_schema(
        summary="Take a code out",
        parameters=_WRITE,
        request=None,
        responses={200: CartOutput},
        examples=[_CART],
        tags=TAGS,
    )
    def remove_code(self, request: Request, cart_id: uuid.UUID, code: str) -> HttpResponseBase:
        """Take it out."""
        return self._change(cart_code_remove, cart_id=cart_id, code=code)

    @extend_schema(
        summary="Take a gift card out",
        description="By its id, from the cart's `credits` or the problem about it.",
        parameters=_WRITE,
        request=None,
        responses={200: CartOutput},
        examples=[_CART],
        tags=TAGS,
    )
    def remove_gift_card(self, request: Request, cart_id: uuid.UUID, card_id: uuid.UUID) -> HttpResponseBase:
        """Take it out."""
        return self._change(cart_gift_card_remove, cart_id=cart_id, card_id=card_id)

    @extend_schema(
        summary="Take a guest's cart over",
        description="After log-in. Without an open cart of your own in its market it becomes yours as it is. Otherwise "
        "its lines are added to yours: quantities are summed, then capped by stock and by the limit of an order, never "
        "below what you had; `merge` says what became of each. What your cart lacks (address, method, note) comes from "
        "the guest's, which is closed. Repeating it changes nothing.",
        request=None,
        responses=ClaimedCartOutput,
        examples=[examples.answer(examples.CART | {"merge": [examples.MERGED_LINE]})],
        tags=TAGS,
    )
    def claim(self, request: Request, cart_id: uuid.UUID) -> HttpResponseBase:
        """Claim it."""
        # Before the Idempotency-Key is looked at: what is wrong first with a guest's is that it is a guest's.
        if caller_of(request).user_id is None:
            raise NotAuthenticated("Log in as a customer: only a customer's account can take a cart over.")

        def work() -> Response:
            quote, merge = cart_claim(cart_id=cart_id, caller=caller_of(request))
            return _answer(quote, merge=merge)

        return self._once(work)

    def _change(self, service: Callable[..., CartQuote], **arguments: Any) -> HttpResponseBase:
        request = self.request
        return self._once(
            lambda: _answer(service(caller=caller_of(request), versions=_versions_seen(request), **arguments))
        )

    def _once(self, work: Callable[[], Response]) -> HttpResponseBase:
        return run_once(self.request, caller=caller_of(self.request).actor, work=work)


def _answer(
    quote: CartQuote,
    *,
    status: int = status.HTTP_200_OK,
    merge: Sequence[MergedLine] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer the whole cart, tagged `"VERSION.DIGEST"`.

    The digest is of what is shown, since prices and stock change it too, so that a 304 is never wrong. If-Match asks
    for the version only: a stock that moved is no reason to refuse a change of the cart.
    """
    body = cart_body(quote, merge)
    tag = f'"{quote.cart.version}.{etag_of(dumps(body)).strip(chr(34))}"'
    return Response(body, status=status, headers={"ETag": tag, **(headers or {})})


def _versions_seen(request: Request) -> frozenset[int] | None:
    """Return the versions that If-Match names; None for any: there is no such header, or it is `*`."""
    header = request.headers.get("If-Match", "*")
    if header.strip() == "*":
        return None
    return frozenset(int(version) for version in _STRONG_TAG.findall(header))


def _wishes(lines: list[dict[str, Any]]) -> list[LineWish]:
    return [LineWish(**line, pointer=f"/lines/{index}") for index, line in enumerate(lines)]
