"""The page on which staff try out what a cart would come to: goods, place and customer in, the explained quote out."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from cart.explaining import TitledLine, not_applied, steps_of
from cart.models import MAX_QUANTITY, Cart, CartLine
from cart.quoting import CartQuote
from cart.services import PreviewWish, cart_preview
from core.admin.bases import ReadOnlyAdmin, sentences_of
from core.admin.columns import money_text
from core.admin.forms import WordListField
from core.admin.places import CountryField
from core.problems import Problem
from markets.models import Market
from products.models import Variant
from shipping.models import ShippingMethod
from users.admin.caller import admin_caller
from users.exceptions import VatIdInvalid
from users.models import User
from users.vat_ids import vat_id_check

ROWS = 5


def _methods() -> list[tuple[str, str]]:
    methods = ShippingMethod.objects.filter(is_active=True).order_by("code").distinct("code")
    return [("", "---------"), *((method.code, method.name) for method in methods)]


class PreviewForm(forms.Form):
    """Who buys what, and where it goes. One row of goods at least."""

    market = forms.ModelChoiceField(Market.objects.filter(is_active=True), widget=UnfoldAdminSelectWidget)
    country = CountryField(
        required=False, help_text="A name or a two-letter code, such as Germany or DE; the market's first if blank."
    )
    region = forms.CharField(max_length=10, required=False, widget=UnfoldAdminTextInputWidget)
    postal_code = forms.CharField(max_length=20, required=False, widget=UnfoldAdminTextInputWidget)
    customer = forms.ModelChoiceField(
        User.objects.all(),
        required=False,
        widget=AutocompleteSelect(Cart._meta.get_field("customer"), admin.site),  # noqa: SLF001 (documented)
        help_text="A guest if blank.",
    )
    vat_id = forms.CharField(
        max_length=30,
        required=False,
        label="VAT id",
        widget=UnfoldAdminTextInputWidget,
        help_text="Of a business in the EU.",
    )
    codes = WordListField(required=False, max_length=400, help_text="Separated by commas.")
    shipping_method = forms.ChoiceField(
        choices=_methods,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="The first that is offered there, if blank.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the rows of goods."""
        super().__init__(*args, **kwargs)
        for row in range(1, ROWS + 1):
            self.fields[f"variant_{row}"] = forms.ModelChoiceField(
                Variant.objects.all(),
                required=row == 1,
                label=f"Goods {row}",
                widget=AutocompleteSelect(CartLine._meta.get_field("variant"), admin.site),  # noqa: SLF001 (documented)
            )
            self.fields[f"quantity_{row}"] = forms.IntegerField(
                min_value=1,
                max_value=MAX_QUANTITY,
                initial=1,
                required=False,
                label=f"Quantity {row}",
                widget=UnfoldAdminIntegerFieldWidget,
            )

    def goods(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the rows of goods: a variant and its quantity."""
        return [(self[f"variant_{row}"], self[f"quantity_{row}"]) for row in range(1, ROWS + 1)]

    def others(self) -> list[forms.BoundField]:
        """Return what is asked besides the goods."""
        return [self[name] for name in self.base_fields]

    def clean_vat_id(self) -> str:
        """Check it as a buyer's is checked."""
        typed = str(self.cleaned_data["vat_id"])
        try:
            return vat_id_check(typed, pointer="/vat_id") if typed else ""
        except VatIdInvalid as refusal:
            raise forms.ValidationError(refusal.detail) from refusal

    def wish(self) -> PreviewWish:
        """Return what was asked; of a variant named twice, both quantities."""
        data = self.cleaned_data
        wanted: dict[uuid.UUID, int] = {}
        for row in range(1, ROWS + 1):
            variant = data[f"variant_{row}"]
            if variant is not None:
                wanted[variant.id] = wanted.get(variant.id, 0) + (data[f"quantity_{row}"] or 1)
        market = data["market"]
        return PreviewWish(
            market=market,
            wanted=list(wanted.items()),
            country=data["country"] or market.countries[0],
            region=data["region"],
            postal_code=data["postal_code"],
            customer_id=data["customer"].id if data["customer"] else None,
            vat_id=data["vat_id"],
            codes=data["codes"],
            shipping_method_code=data["shipping_method"] or None,
        )


class PreviewPage(ReadOnlyAdmin):
    """Adds the page to the carts' pages."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page's address."""
        preview = path("preview/", self.admin_site.admin_view(self.preview_view), name="cart_cart_preview")
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, and what it comes to once it is filled in. Nothing is written, so that a GET does."""
        if not admin_caller(request).may("orders:read"):
            raise PermissionDenied
        form = PreviewForm(request.GET or None)
        told: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                told = quote_as_read(cart_preview(wish=form.wish()))
            except Problem as problem:
                for sentence in sentences_of(problem):
                    form.add_error(None, sentence)
        context = {
            **self.admin_site.each_context(request),
            "opts": Cart._meta,  # noqa: SLF001 (as Django's own views do)
            "title": "What a cart would come to",
            "form": form,
            "quote": told,
        }
        return TemplateResponse(request, "admin/cart/cart/preview.html", context)


def quote_as_read(quote: CartQuote) -> dict[str, Any]:
    """Return a quote as the page shows it: steps and total as text, promotions that gave nothing, problems."""
    currency = quote.currency
    titles = {line.id: line for line in quote.lines}
    lines = [
        TitledLine(
            line.key,
            f"{known.title} ({known.variant_title})" if (known := titles[line.key]).variant_title else known.title,
            line.quantity,
            line.unit_amount,
            line.subtotal_amount,
            known.price_list or "",
        )
        for line in quote.amounts.lines
    ]
    steps = steps_of(lines, quote.rows, currency)
    return {
        "steps": [
            (
                step.text,
                money_text(step.amount, currency),
                "" if step.so_far is None else money_text(step.so_far, currency),
            )
            for step in steps
        ],
        "total": money_text(quote.amounts.total_amount, currency),
        "not_applied": not_applied(quote.amounts.refusals, currency),
        # Nobody has seen a price of this cart before.
        "problems": [problem.detail for problem in quote.problems if problem.code != "price_changed"],
    }
