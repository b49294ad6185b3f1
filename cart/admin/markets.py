"""The market's page with what it lacks to sell: it takes prices, stock, shipping and taxes to say that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cart.readiness import Lack, Need, market_lacks
from core.admin.places import country_name
from markets.models import Market
from products.admin.markets import PricedMarketAdmin
from users.admin.caller import admin_caller

_NAMED = 6


@dataclass(frozen=True, slots=True)
class Hint:
    """A lack in words, with the page where it is mended."""

    text: str
    is_hindrance: bool
    url: str = ""
    way: str = ""


@admin.register(Market)
class SellingMarketAdmin(PricedMarketAdmin):
    """Where sales happen."""

    change_form_outer_before_template = "admin/markets/market/lacks.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say above the form what a stored market lacks."""
        context = dict(extra_context or {})
        market = self.get_object(request, object_id) if object_id and request.method == "GET" else None
        if isinstance(market, Market):
            may_price = admin_caller(request).may("catalogue:write")
            context["hints"] = [hint_of(market, lack, may_price=may_price) for lack in market_lacks(market)]
            context["is_told"] = True
        return super().changeform_view(request, object_id, form_url, context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Stay with a new market, since its page says what comes next."""
        if "_save" in request.POST:
            messages.success(request, f"The market {obj.name} is there. What it lacks to sell is said here:")
            return HttpResponseRedirect(reverse("admin:markets_market_change", args=[obj.pk]))
        return super().response_add(request, obj, post_url_continue)


def hint_of(market: Market, lack: Lack, *, may_price: bool) -> Hint:
    """Return a lack as a shopkeeper reads it."""
    names = [country_name(code) for code in lack.countries[:_NAMED]]
    more = len(lack.countries) - _NAMED
    places = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    match lack.need:
        case Need.ACTIVE:
            return _hint(lack, "It isn't active, so buyers don't see it: turn “Is active” on when all is ready.")
        case Need.GOODS:
            return _hint(lack, "No product is published yet.", "products_product_changelist", "Products")
        case Need.PRICES:
            return _price_hint(market, lack, may_price=may_price)
        case Need.STOCK:
            text = "Nothing that has a price here is in stock at an active location."
            return _hint(lack, text, "inventory_stocklevel_changelist", "Stock levels")
        case Need.SHIPPING:
            text = f"No active shipping method of this market reaches {places}: nothing can be ordered to there."
            return _hint(lack, text, "shipping_shippingzone_changelist", "Shipping zones")
        case Need.TAXES:
            return _tax_hint(lack, places)


def _price_hint(market: Market, lack: Lack, *, may_price: bool) -> Hint:
    if lack.is_hindrance:
        text = "Nothing has a price here yet, so nothing can be sold."
    elif lack.count == 1:
        text = "1 variant that is published has no price here, and isn't sold in this market."
    else:
        text = f"{lack.count} variants that are published have no price here, and aren't sold in this market."
    if not may_price:
        return Hint(text, lack.is_hindrance)
    return Hint(text, lack.is_hindrance, reverse("admin:markets_market_fill", args=[market.pk]), "Fill prices")


def _tax_hint(lack: Lack, places: str) -> Hint:
    if not lack.countries:
        text = "There is no default tax category: what names none of its own isn't taxed."
        return _hint(lack, text, "markets_taxcategory_changelist", "Tax categories")
    text = f"No tax rate of the default category holds in {places}: nothing is taxed there."
    return _hint(lack, text, "markets_taxrate_changelist", "Tax rates")


def _hint(lack: Lack, text: str, page: str = "", way: str = "") -> Hint:
    return Hint(text, lack.is_hindrance, reverse(f"admin:{page}") if page else "", way)
