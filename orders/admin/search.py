"""The search box over the whole admin: the few orders, products and people that a word most likely means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from orders.models import Order
from products.models import Product
from users.models import User

EACH = 5
_PLACES: tuple[tuple[Any, str, str], ...] = (
    (Order, "Order", "shopping_bag"),
    (Product, "Product", "sell"),
    (User, "Person", "person"),
)


def found(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return what a word finds, each list searched as its own page does it and cut short; only what one may see."""
    return [result for model, kind, icon in _PLACES for result in _found_in(request, term, model, kind, icon)]


def _found_in(request: HttpRequest, term: str, model: Any, kind: str, icon: str) -> Iterator[SearchResult]:
    page = admin.site.get_model_admin(model)
    if not page.has_view_permission(request):
        return
    rows, has_duplicates = page.get_search_results(request, model.objects.all(), term)
    rows = rows.distinct() if has_duplicates else rows
    for row in rows.order_by("-pk")[:EACH]:
        url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])  # noqa: SLF001
        yield SearchResult(title=str(row), description=kind, link=url, icon=icon)
