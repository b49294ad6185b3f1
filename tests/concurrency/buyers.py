"""Buyers that order through the HTTP API, as many at once as a test wants."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from core import clock
from products.models import Variant
from shipping.models import ShippingMethod
from tests.factories.carts import ADDRESS, shipping_method_make
from tests.factories.catalogue import market_make


@dataclass(frozen=True)
class Answer:
    """What a buyer was told."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """Return the problem's code; nothing for an order."""
        return self.body.get("code", "")


def carts_make(lines: Sequence[Sequence[Variant]]) -> list[Cart]:
    """Make a ready cart for each list of variants, of one of each in that order."""
    market = market_make()
    method = ShippingMethod.objects.first() or shipping_method_make()
    carts = Cart.objects.bulk_create(
        Cart(
            market=market,
            language="en",
            email=f"buyer{number}@example.com",
            shipping_address=ADDRESS,
            shipping_method=method,
            expires_at=clock.now() + timedelta(days=30),
        )
        for number in range(len(lines))
    )
    CartLine.objects.bulk_create(
        CartLine(
            cart=cart,
            variant=variant,
            quantity=1,
            seen_unit_amount=1999,
            title="Thing",
            created_at=clock.now() + timedelta(seconds=position),
        )
        for cart, variants in zip(carts, lines, strict=True)
        for position, variant in enumerate(variants)
    )
    return carts


def order(cart: Cart, *, total: int, key: str | None = None, patience: int = 50) -> Answer:
    """Place an order as a client does who comes back when the shop says that it is busy, so many times at the most."""
    client = APIClient()
    client.raise_request_exception = False
    for _ in range(patience):
        answer = client.post(
            "/api/v1/orders",
            {"cart": str(cart.id), "expected_total": {"amount": total, "currency": "EUR"}},
            headers={"Idempotency-Key": key or str(uuid.uuid4())},
        )
        told = Answer(answer.status_code, answer.json(), answer.headers)
        if told.code != "busy":
            return told
        time.sleep(0.05)
    return told
