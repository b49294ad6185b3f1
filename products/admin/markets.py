"""The market's page with a way to its first prices. It is registered by cart, which adds what a market lacks."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core import clock
from core.admin.bases import add_refusal, refusal_of
from core.admin.forms import AmountField
from core.money import MoneyError, parse_decimal, to_decimal_text
from core.problems import Problem
from markets.admin import MarketAdmin
from markets.models import Market
from products.services import market_prices_fill
from users.admin.acting import ActionForm
from users.admin.caller import admin_caller


class FillForm(ActionForm):
    """Where a market's prices come from, and how they are rounded."""

    market = forms.ModelChoiceField(
        Market.objects.none(), label="From the market", to_field_name="code", widget=UnfoldAdminSelectWidget
    )
    date = forms.DateField(
        required=False,
        label="By the currency rate of",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text="Only between two currencies: the day of a rate under Currency rates. Blank is today.",
    )
    step = AmountField(label="Rounded to", help_text="Prices become multiples of this, such as 0.05.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the other markets, and to round to the cent."""
        super().__init__(*args, **kwargs)
        market = cast(forms.ModelChoiceField, self.fields["market"])
        market.queryset = Market.objects.exclude(pk=self.row.pk)
        self.initial["step"] = to_decimal_text(1, self.row.currency)
        cast(AmountField, self.fields["step"]).show_currency(self.row.currency)

    def clean_step(self) -> int:
        """Read it in the market's currency."""
        try:
            step = parse_decimal(self.cleaned_data["step"], self.row.currency)
        except MoneyError as error:
            message = f"{error}."
            raise forms.ValidationError(message) from error
        if step < 1:
            message = "Round to something above zero."
            raise forms.ValidationError(message)
        return step


class PricedMarketAdmin(MarketAdmin):
    """Where sales happen, with a way to take prices over."""

    def get_urls(self) -> list[URLPattern]:
        """Add the form that fills a market."""
        fill = self.admin_site.admin_view(self.fill_view)
        return [path("<uuid:market_id>/fill-prices/", fill, name="markets_market_fill"), *super().get_urls()]

    def fill_view(self, request: HttpRequest, market_id: uuid.UUID) -> HttpResponse:
        """Ask from where, then fill; what the service refuses is shown in the form."""
        caller = admin_caller(request)
        if not (self.has_view_permission(request) and caller.may("catalogue:write")):
            raise PermissionDenied
        market = Market.objects.filter(pk=market_id).first()
        if market is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(market_id))
        page = reverse("admin:markets_market_change", args=[market.pk])
        form = FillForm(request.POST if request.method == "POST" else None, row=market)
        if form.is_valid():
            try:
                count = _fill(market, form.cleaned_data, caller.actor)
            except (Problem, DatabaseError) as error:
                refusal = refusal_of(error)
                if refusal is None:
                    raise
                add_refusal(form, refusal)
            else:
                messages.success(
                    request, f"{count} {'variant' if count == 1 else 'variants'} got a price in {market.name}."
                )
                return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": "Fill prices",
            "opts": self.opts,
            "original": market,
            "media": self.media + form.media,
            "action": {"title": "Fill prices"},
            "question": "What has no price here gets the one that it has in another market. Prices that are here stay; "
            "the new ones don't follow the other market's.",
            "form": form,
            "page": page,
        }
        return TemplateResponse(request, "admin/action.html", context)


def _fill(market: Market, typed: dict[str, Any], actor: str) -> int:
    """Call the service, and return how many variants were priced."""
    day = typed["date"] or timezone.localdate(clock.now())
    filled = market_prices_fill(
        market_id=market.pk, source=typed["market"].code, day=day, step=typed["step"], actor=actor
    )
    return filled.variant_count
