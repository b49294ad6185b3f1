"""Doing the steps: everything goes through the services that the API and the admin call, with the clock set back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from benchmarks.replay.planning import Plan, Return, Sale, Step, WriteOff
from cart.services import LineWish, cart_create, cart_update
from core import clock
from core.money import Money
from core.transactions import run_in_envelope
from inventory.models import StockLevel, StockMovement
from inventory.services import StockTarget, location_create, stock_adjust, stock_set_many
from markets.services import market_create
from orders.models import Order, OrderLine
from orders.services import (
    ReturnLine,
    order_fulfil,
    order_goods_return,
    order_mark_paid,
    order_payment_refund,
    order_place,
)
from payments.models import Payment
from products.models import Variant
from products.services import product_create
from products.services.prices import VariantPrices, prices_write
from shipping.services import shipping_method_create, shipping_zone_create
from users.callers import GUEST, SYSTEM_ACTOR, Caller
from users.models import User

MARKET = "gb"
CURRENCY = "GBP"
FEES = frozenset({"POST", "DOT", "M", "C2", "BANK CHARGES", "AMAZONFEE", "S", "D", "CRUK", "B"})
"""Codes of the file that are postage, charges, corrections and discounts; gift vouchers begin with GIFT."""
ADDRESS = {
    "name": "Collected at the warehouse",
    "line1": "1 Replay Street",
    "city": "London",
    "postal_code": "EC1A 1BB",
    "country": "GB",
}
_AT_ONCE = 500


class Shop:
    """An empty shop in which the steps are done one after another."""

    def __init__(self, plan: Plan) -> None:
        """Make its market, its one location and its articles, none of which has a price yet."""
        market_create(
            values={
                "code": MARKET,
                "name": "United Kingdom",
                "currency": CURRENCY,
                "countries": ["GB"],
                "languages": ["en"],
                "prices_include_tax": True,
                "is_default": True,
            }
        )
        zone = shipping_zone_create(values={"name": "Everywhere", "countries": ["GB"]})
        shipping_method_create(
            values={
                "zone_id": zone.pk,
                "market": MARKET,
                "code": "collection",
                "name": "Collection",
                "price": Money(0, CURRENCY),
            }
        )
        self._location = location_create(values={"code": "main", "name": "Warehouse", "country": "GB"}).pk
        self._variants = {code: self._article(code, title) for code, title in plan.titles.items()}
        self._prices: dict[str, int] = {}
        self._customers: dict[str, uuid.UUID] = {}
        self._orders: dict[int, uuid.UUID] = {}
        self.counts: Counter[str] = Counter()

    def receive(self, steps: Iterable[Step], at: datetime) -> None:
        """Let a delivery come in of all that these steps will take away."""
        wanted: Counter[str] = Counter()
        for step in steps:
            if isinstance(step, Sale):
                wanted.update({code: quantity for code, (quantity, _) in step.wanted.items()})
            elif isinstance(step, WriteOff):
                wanted[step.code] += step.quantity
        goods = sorted((code, quantity) for code, quantity in wanted.items() if self._variants[code].is_stock_tracked)
        there = dict(StockLevel.objects.values_list("variant_id", "on_hand"))
        with clock.moved(at - timezone.now()):
            for start in range(0, len(goods), _AT_ONCE):
                targets = [
                    StockTarget(self._variants[code].pk, there.get(self._variants[code].pk, 0) + quantity)
                    for code, quantity in goods[start : start + _AT_ONCE]
                ]
                run_in_envelope(lambda targets=targets: self._deliver(targets))  # type: ignore[misc]
        self.counts["deliveries"] += len(goods)

    def do(self, step: Step) -> None:
        """Do one step at its time."""
        with clock.moved(step.at - timezone.now()):
            if isinstance(step, Sale):
                self._sell(step)
            elif isinstance(step, Return):
                self._take_back(step)
            else:
                self._write_off(step)

    def _article(self, code: str, title: str) -> Variant:
        is_fee = code in FEES or code.startswith("GIFT")
        variant = {"sku": code, "is_stock_tracked": not is_fee, "requires_shipping": not is_fee, "prices": []}
        product = product_create(
            fields={"title": title[:255], "status": "active", "variants": [variant]},  # type: ignore[list-item]
            actor=SYSTEM_ACTOR,
        )
        return Variant.objects.get(product=product)

    def _deliver(self, targets: list[StockTarget]) -> None:
        stock_set_many(
            levels=targets,
            location_id=self._location,
            reason="Delivery of the month",
            actor=SYSTEM_ACTOR,
            kind=StockMovement.Kind.RECEIVED,
        )

    def _sell(self, sale: Sale) -> None:
        self._price({code: price for code, (_, price) in sale.wanted.items()})
        caller = Caller(user_id=self._customer(sale.customer)) if sale.customer else GUEST
        cart = cart_create(
            caller=caller,
            market=MARKET,
            email="" if sale.customer else "till@example.com",
            wishes=[LineWish(quantity, sku=code) for code, (quantity, _) in sale.wanted.items()],
        ).cart
        changes = {"shipping_address": ADDRESS, "shipping_method_code": "collection", "note": sale.invoice}
        quote = cart_update(cart_id=cart.pk, caller=caller, changes=changes)
        order = order_place(cart_id=cart.pk, expected_total=quote.total, caller=caller).order
        if order.total_amount:
            order_mark_paid(order_id=order.pk, actor=SYSTEM_ACTOR)
        order_fulfil(order_id=order.pk, actor=SYSTEM_ACTOR)
        self._orders[id(sale)] = order.pk
        self.counts["orders"] += 1
        self.counts["order lines"] += len(sale.wanted)

    def _take_back(self, back: Return) -> None:
        by_sale: dict[int, list[tuple[str, int, int]]] = {}
        for part in back.parts:
            by_sale.setdefault(id(part.sale), []).append((part.code, part.quantity, part.price))
        for sale, parts in by_sale.items():
            order_id = self._orders[sale]
            lines = {line.sku: line for line in OrderLine.objects.filter(order_id=order_id)}
            order_goods_return(
                order_id=order_id,
                lines=[ReturnLine(lines[code].pk, quantity) for code, quantity, _ in parts],
                location_id=self._location,
                reason=back.invoice,
                actor=SYSTEM_ACTOR,
            )
            amount = sum(quantity * price for _, quantity, price in parts)
            if amount:
                order_payment_refund(
                    payment_id=Payment.objects.get(order_id=order_id).pk,
                    amount=Money(amount, CURRENCY),
                    reason=back.invoice,
                    actor=SYSTEM_ACTOR,
                )
        self.counts["returns"] += 1

    def _write_off(self, step: WriteOff) -> None:
        variant = self._variants[step.code]
        if variant.is_stock_tracked:
            stock_adjust(
                variant_id=variant.pk,
                location_id=self._location,
                on_hand_delta=-step.quantity,
                reason=step.reason,
                actor=SYSTEM_ACTOR,
            )
        self.counts["write-offs"] += 1

    def _price(self, prices: Mapping[str, int]) -> None:
        """Make articles cost what this sale charged for them."""
        changed = {code: price for code, price in prices.items() if self._prices.get(code) != price}
        if not changed:
            return
        lists = [
            VariantPrices(self._variants[code], [{"market": MARKET, "price": Money(price, CURRENCY)}], f"/{code}")
            for code, price in sorted(changed.items())
        ]
        run_in_envelope(lambda: prices_write(lists, actor=SYSTEM_ACTOR))
        self._prices |= changed
        self.counts["price changes"] += len(changed)

    def _customer(self, number: str) -> uuid.UUID:
        if number not in self._customers:
            user = User.objects.create_user(f"customer-{number}@example.com", None, name=f"Customer {number}")
            self._customers[number] = user.pk
            self.counts["customers"] += 1
        return self._customers[number]


def is_empty() -> bool:
    """Tell whether nothing is sold here yet."""
    return not (Order.objects.exists() or Variant.objects.exists())
