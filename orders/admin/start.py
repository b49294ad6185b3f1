"""The admin's start page: what there is to do, how sales go, what runs out. A fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone

from core import clock
from core.admin.columns import money_text
from core.money import exponent
from inventory.admin import LEVEL_COLOURS, stock_state
from inventory.models import StockLevel
from inventory.selectors import low_stock
from orders.admin.page import FULFILMENT_COLOURS, PAYMENT_COLOURS, STATUS_COLOURS
from orders.admin.piles import TO_PAY, TO_SHIP
from orders.models import Order
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
    if caller.may("stock:read"):
        context["low_stock"] = [_low(level) for level in low_stock(ROWS)]
    return context


def _low(level: StockLevel) -> dict[str, Any]:
    state, text = stock_state(level)
    return {"level": level, "text": text, "colour": LEVEL_COLOURS[state], "free": level.on_hand - level.reserved}


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
    today = timezone.localdate(until)
    first = today - timedelta(days=days - 1)
    begin = timezone.make_aware(datetime.combine(first, time.min))
    rows = (
        Order.objects.filter(placed_at__gte=begin, placed_at__lte=until)
        .exclude(status=Order.Status.CANCELLED)
        .annotate(day=TruncDate("placed_at"))
        .values("currency", "day")
        .annotate(amount=Sum("total_amount"), count=Count("pk"))
        .order_by("currency", "day")
    )
    by_currency: dict[str, dict[date, tuple[int, int]]] = {}
    for row in rows:
        by_currency.setdefault(row["currency"], {})[row["day"]] = (row["amount"], row["count"])
    calendar = [first + timedelta(days=offset) for offset in range(days)]
    sales = [_sales_in(currency, by_day, calendar) for currency, by_day in by_currency.items()]
    return sorted(sales, key=lambda one: (-one["count"], one["currency"]))


def _sales_in(currency: str, by_day: Mapping[date, tuple[int, int]], calendar: list[date]) -> dict[str, Any]:
    amounts = [by_day.get(day, (0, 0))[0] for day in calendar]
    digits = exponent(currency)
    chart = {
        "labels": [f"{day.day} {day:%b}" for day in calendar],
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
        "count": sum(count for _, count in by_day.values()),
        "chart": json.dumps(chart),
    }
