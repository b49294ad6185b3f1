"""The admin's start page: what there is to do, how sales go, what runs out. A fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from core import clock
from core.admin.columns import money_text
from core.money import exponent
from events.selectors import case_list
from inventory.admin import LEVEL_COLOURS, stock_state
from inventory.models import StockLevel
from inventory.selectors import low_stock
from orders.admin.page import FULFILMENT_COLOURS, PAYMENT_COLOURS, STATUS_COLOURS
from orders.admin.piles import TO_PAY, TO_SHIP
from orders.models import Order
from orders.selectors import SalesDay, sales_by_day
from users.admin.caller import admin_caller

DAYS = 30
ROWS = 6
CHART_OPTIONS: Mapping[str, Any] = {
    "animation": False,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {"grid": {"display": False}, "ticks": {"maxRotation": 0, "autoSkipPadding": 16, "color": "#8a919e"}},
        "y": {"beginAtZero": True, "ticks": {"maxTicksLimit": 5, "color": "#8a919e"}, "border": {"display": False}},
    },
}


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the start page what the person may see."""
    caller = admin_caller(request)
    if caller.may("orders:read"):
        context |= _orders() | {"sales": sales_of_days(clock.now(), DAYS), "chart_options": json.dumps(CHART_OPTIONS)}
    if caller.may("cases:read"):
        context["cases"] = _cases()
    if caller.may("stock:read"):
        context["low_stock"] = [_low(level) for level in low_stock(ROWS)]
    return context


def _cases() -> dict[str, Any]:
    """Return how many cases are open, and those that wait for longest."""
    cases = case_list(status="open")
    return {"count": cases.count(), "rows": cases.order_by("opened_at", "id")[:ROWS]}


def _low(level: StockLevel) -> dict[str, Any]:
    state, text = stock_state(level)
    return {
        "level": level,
        "text": text,
        "colour": LEVEL_COLOURS[state],
        "free": level.on_hand - level.safety_stock - level.reserved,
    }


def _orders() -> dict[str, Any]:
    orders = Order.objects.select_related("customer")
    counts = Order.objects.filter(status__in=("pending", "confirmed")).aggregate(
        pay=Count("pk", filter=TO_PAY), ship=Count("pk", filter=TO_SHIP)
    )
    return {
        "piles": [
            (
                "To ship",
                "local_shipping",
                "ship",
                counts["ship"],
                _rows(orders.filter(TO_SHIP).order_by("placed_at", "id")),
            ),
            ("To be paid", "payments", "pay", counts["pay"], _rows(orders.filter(TO_PAY).order_by("placed_at", "id"))),
        ],
        "newest": _rows(orders.order_by("-placed_at", "-id")),
    }


def _rows(orders: Any) -> list[dict[str, Any]]:
    return [
        {
            "order": order,
            "total": money_text(order.total_amount, order.currency),
            "buyer": (order.customer.name if order.customer else "")
            or (order.shipping_address or {}).get("name")
            or order.email,
            "labels": [
                (order.get_status_display(), STATUS_COLOURS[order.status]),
                (order.get_payment_status_display(), PAYMENT_COLOURS[order.payment_status]),
                (order.get_fulfilment_status_display(), FULFILMENT_COLOURS[order.fulfilment_status]),
            ],
        }
        for order in orders[:ROWS]
    ]


def sales_of_days(until: datetime, days: int) -> list[dict[str, Any]]:
    """Return for each currency the sum, the count and a chart of the orders of the last days, today included.

    Days are the shop's own; cancelled orders aren't sales. The currency that sold most often comes first. One query.
    """
    sales = [_sales_in(currency, by_day) for currency, by_day in sales_by_day(until, days).items()]
    return sorted(sales, key=lambda one: (-one["count"], one["currency"]))


def _sales_in(currency: str, by_day: Sequence[SalesDay]) -> dict[str, Any]:
    amounts = [sales.amount for sales in by_day]
    digits = exponent(currency)
    chart = {
        "labels": [f"{sales.day.day} {sales.day:%b}" for sales in by_day],
        "datasets": [
            {
                "label": currency,
                # Drawing is the one place where an amount may be a float.
                "data": [float(Decimal(amount).scaleb(-digits)) for amount in amounts],
                "backgroundColor": "var(--color-primary-600)",
                "borderRadius": 3,
            }
        ],
    }
    return {
        "currency": currency,
        "total": money_text(sum(amounts), currency),
        "count": sum(sales.order_count for sales in by_day),
        "chart": json.dumps(chart),
    }
