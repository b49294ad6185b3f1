"""The endpoints of payments: here and not in payments, since an order follows from each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.etags import etag_of, is_unchanged
from core.rendering import dumps
from core.views import PersonalViewSet
from events.idempotency import run_once
from orders import examples
from orders.payment_serializers import CaptureInput, PaymentInput, RefundInput
from orders.query_serializers import OrderTokenQuery
from orders.selectors import order_get
from orders.serializers import PaymentOutput, payments_body
from orders.services import (
    order_payment_cancel,
    order_payment_capture,
    order_payment_create,
    order_payment_refund,
)
from orders.views import KEY_REQUIRED, REFERENCE, TOKEN
from payments.models import Payment
from payments.selectors import payment_get, payment_list
from users.authentication import caller_of
from users.callers import Caller

TAGS = ["payments"]
_PAYMENT = examples.answer(examples.PAYMENT)


class OrderPaymentViewSet(PersonalViewSet):
    """The payments of one order."""

    query_serializers = {"list": OrderTokenQuery}
    guest_actions = frozenset({"list"})

    @extend_schema(
        summary="List an order's payments",
        description="In the order they were made; staff with `orders:read` also see what happened to each.",
        parameters=[REFERENCE, TOKEN, OrderTokenQuery],
        responses=PaymentOutput(many=True),
        examples=[_PAYMENT],
        tags=TAGS,
    )
    def list(self, request: Request, reference: str) -> Response:
        """Answer all of them; an order has few."""
        caller = caller_of(request)
        token = request.headers.get("X-Order-Token") or self.query.get("token")
        order = order_get(reference, caller, token)
        payments = payments_body(list(payment_list(order.id)), caller)
        return Response({"results": payments, "next": None, "previous": None})

    @extend_schema(
        summary="Open a payment",
        description="Says how an order is going to be paid, by default for all that is owed. A method on account "
        "(cash on delivery) confirms the order. Record the money itself by capturing the payment. "
        "Needs `payments:write`.",
        parameters=[REFERENCE, KEY_REQUIRED],
        request=PaymentInput,
        responses={201: PaymentOutput},
        examples=[examples.request(examples.PAYMENT_INPUT), _PAYMENT],
        tags=TAGS,
    )
    def create(self, request: Request, reference: str) -> HttpResponseBase:
        """Open it."""
        caller = caller_of(request)
        caller.require("payments:write")
        body = self.body(PaymentInput)
        order = order_get(reference, caller)
        return _changed(
            request,
            caller,
            lambda: order_payment_create(order_id=order.id, actor=caller.actor, **body),
            status=status.HTTP_201_CREATED,
            required=True,
        )


class PaymentViewSet(PersonalViewSet):
    """One payment: what came in, what was given back."""

    @extend_schema(
        summary="Read a payment",
        description="With everything that happened to its money. Needs `orders:read`.",
        responses={200: PaymentOutput, 304: None},
        examples=[_PAYMENT],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer it, or 304."""
        caller_of(request).require("orders:read")
        answer = _answer(payment_get(id))
        if is_unchanged(request, answer.headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": answer.headers["ETag"]})
        return answer

    @extend_schema(
        summary="Record money that came in",
        description="All that was still to come of the payment, or a part; one that was given up may come all the "
        "same. The order is confirmed when it is paid in full. More than is owed is refused with 409 "
        "`payment_too_large`, and what has come in whole with `payment_not_open`: so nobody records the same money "
        "twice. If it did come, send `is_unexpected`: any amount is recorded then, and a case asks for the refund of "
        "what is too much. Needs `payments:write`.",
        request=CaptureInput,
        responses={200: PaymentOutput},
        examples=[examples.request(examples.CAPTURE_INPUT), _PAYMENT],
        tags=TAGS,
    )
    def capture(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Record it."""
        caller = caller_of(request)
        caller.require("payments:write")
        body = self.body(CaptureInput)
        return _changed(request, caller, lambda: order_payment_capture(payment_id=id, actor=caller.actor, **body))

    @extend_schema(
        summary="Record money that was given back",
        description="All that came in by the payment, or a part. Never more than came in: 409 `refund_too_large`. "
        "The case that asked for it is resolved when all that was too much has gone back. Needs `payments:write`.",
        parameters=[KEY_REQUIRED],
        request=RefundInput,
        responses={201: PaymentOutput},
        examples=[examples.request(examples.REFUND_INPUT), _PAYMENT],
        tags=TAGS,
    )
    def refund(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Record it."""
        caller = caller_of(request)
        caller.require("payments:write")
        body = self.body(RefundInput)
        return _changed(
            request,
            caller,
            lambda: order_payment_refund(payment_id=id, actor=caller.actor, **body),
            status=status.HTTP_201_CREATED,
            required=True,
        )

    @extend_schema(
        summary="Give up a payment",
        description="What has not come in of it is no longer expected. Needs `payments:write`.",
        request=None,
        responses={200: PaymentOutput},
        examples=[_PAYMENT],
        tags=TAGS,
    )
    def cancel(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Give it up."""
        caller = caller_of(request)
        caller.require("payments:write")
        return _changed(request, caller, lambda: order_payment_cancel(payment_id=id, actor=caller.actor))


def _changed(
    request: Request, caller: Caller, act: Callable[[], Payment], *, status: int = 200, required: bool = False
) -> HttpResponseBase:
    """Answer a payment as a service has left it, once."""
    return run_once(
        request,
        caller=caller.actor,
        work=lambda: _answer(payment_get(act().id), status=status),
        required=required,
    )


def _answer(payment: Payment, *, status: int = 200) -> Response:
    body = PaymentOutput(payment).data
    return Response(body, status=status, headers={"ETag": etag_of(dumps(body))})
