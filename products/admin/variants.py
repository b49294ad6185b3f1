"""A product's variants on its page: a row each, with a column for each option and for the price in each market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Prefetch, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin.columns import link, money_text
from core.admin.forms import AmountField
from core.money import Money, MoneyError, parse_decimal, to_decimal_text
from markets.models import Market
from products.fields import PriceFields, VariantFields
from products.models import Price, Product, ProductOption, Variant

MAX_MARKETS = 4
"""More columns than these don't fit; the prices of further markets are on the tab of prices."""

PLAIN = ("sku", "barcode", "weight_grams", "is_stock_tracked")


class VariantRow(forms.ModelForm):
    """One variant. The fields `option_N` and `price_CODE` are added by the inline, which knows options and markets."""

    option_names: ClassVar[Sequence[str]] = ()
    price_markets: ClassVar[Mapping[str, Market]] = {}

    class Meta:
        """What fits into a row; the rest is on the variant's own page."""

        model = Variant
        fields: ClassVar = (*PLAIN, "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the chosen values, and the price of any time in each market."""
        super().__init__(*args, **kwargs)
        for name, value in zip(self.option_names, self.instance.option_values, strict=False):
            self.initial[name] = value
        if self.instance.weight_grams is not None:
            self.initial["weight_grams"] = plain_number(self.instance.weight_grams)
        for name, market in self.price_markets.items():
            if name in self.fields:
                self._show_price(name, market)

    def _show_price(self, name: str, market: Market) -> None:
        field = self.fields[name]
        field.widget.attrs["placeholder"] = market.currency
        rows = self.stored_prices(market)
        if len(rows) == 1 and rows[0].valid_from is None and rows[0].valid_until is None:
            self.initial[name] = to_decimal_text(rows[0].amount, market.currency)
        elif rows:
            field.disabled = True
            field.widget.attrs["placeholder"] = "scheduled"

    def stored_prices(self, market: Market) -> list[Price]:
        """Return the variant's prices in a market; the inline has loaded them."""
        stored = () if self.instance._state.adding else self.instance.prices.all()  # noqa: SLF001
        return [price for price in stored if price.market_id == market.pk]

    def clean(self) -> dict[str, Any]:
        """Read the prices, each in its market's currency."""
        cleaned = super().clean() or self.cleaned_data
        for name, market in self.price_markets.items():
            if cleaned.get(name) and name in self.changed_data:
                try:
                    cleaned[name] = Money(parse_decimal(cleaned[name], market.currency), market.currency)
                except MoneyError as error:
                    self.add_error(name, str(error))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The service puts the choice together and checks all variants against each other, and says which is wrong.
        return {field.name for field in self.instance._meta.fields}  # noqa: SLF001 (Django's documented name)

    def service_fields(self) -> VariantFields:
        """Return what the row says of its variant, for the service."""
        cleaned = self.cleaned_data
        fields: dict[str, Any] = {name: cleaned[name] for name in PLAIN if name in self.changed_data}
        if not self.instance._state.adding:  # noqa: SLF001
            fields["id"] = self.instance.pk
        if self.instance._state.adding or any(name in self.changed_data for name in self.option_names):  # noqa: SLF001
            fields["option_values"] = [cleaned[name] for name in self.option_names]
        priced = {name: market for name, market in self.price_markets.items() if name in self.changed_data}
        if priced:
            fields["prices"] = self._prices(priced)
        return fields  # type: ignore[return-value]

    def _prices(self, priced: Mapping[str, Market]) -> list[PriceFields]:
        """Return all prices of the variant, those that were typed anew in the places of the old ones."""
        changed = {market.pk for market in priced.values()}
        stored = () if self.instance._state.adding else self.instance.prices.all()  # noqa: SLF001
        compare_at = {price.market_id: price.compare_at_amount for price in stored}
        rows = [price_fields(price) for price in stored if price.market_id not in changed]
        for name, market in priced.items():
            amount = self.cleaned_data[name]
            old = compare_at.get(market.pk)
            if amount:
                compared = None if old is None else Money(old, market.currency)
                rows.append({"market": market.code, "price": amount, "compare_at": compared})
        return rows


def plain_number(number: Decimal) -> str:
    """Write 310.000000 as 310, and 0.500000 as 0.5."""
    return f"{number.normalize():f}"


def price_fields(price: Price) -> PriceFields:
    """Return a stored price as the services take it."""
    currency = price.market.currency
    compare_at = price.compare_at_amount
    return {
        "market": price.market.code,
        "price": Money(price.amount, currency),
        "compare_at": None if compare_at is None else Money(compare_at, currency),
        "valid_from": price.valid_from,
        "valid_until": price.valid_until,
    }


class VariantRows(BaseInlineFormSet):
    """The rows; what they say together is checked by the service."""

    def validate_unique(self) -> None:
        """Leave it to the service, which sees the order in which values change hands."""


class VariantInline(TabularInline):
    """What is bought: a row each; everything else of a variant is on its own page."""

    model = Variant
    form = VariantRow
    formset = VariantRows
    extra = 0
    tab = True
    hide_title = True
    show_change_link = True
    ordering_field = "position"
    hide_ordering_field = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load the variants' prices at once."""
        prices = Price.objects.select_related("market").order_by("market__position", "valid_from")
        return super().get_queryset(request).prefetch_related(Prefetch("prices", prices))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Put the options' and markets' columns between SKU and barcode."""
        options, markets = self._columns(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return ["sku", "choice", "price_list", *PLAIN[1:]]
        return ["sku", *options, *markets, *PLAIN[1:], "more", "position"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Name the columns that only show."""
        return ("choice", "price_list", "more")

    @display(description="choice")
    def choice(self, variant: Variant) -> str:
        """Name the option values."""
        return " / ".join(variant.option_values)

    @display(description="prices")
    def price_list(self, variant: Variant) -> str:
        """Write the prices of all markets."""
        return "\n".join(money_text(price.amount, price.market.currency) for price in variant.prices.all())

    @display(description="")
    def more(self, variant: Variant) -> SafeString | str:
        """Lead to the rest of the variant."""
        if variant._state.adding:  # noqa: SLF001 (Django's documented name)
            return " "
        return link(reverse("admin:products_variant_change", args=[variant.pk]), "More")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Make the form of the product's options and the shop's markets."""
        options, markets = self._columns(request, obj)
        added: dict[str, Any] = {name: _option_field(option) for name, option in options.items()}
        added |= {name: AmountField(required=False, label=label) for name, label in _price_labels(markets).items()}
        form = type(
            "VariantRowOfProduct", (VariantRow,), {**added, "option_names": tuple(options), "price_markets": markets}
        )
        return super().get_formset(request, obj, form=form, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Keep columns as narrow as what they hold."""
        if db_field.name in {"sku", "barcode"}:
            kwargs["widget"] = UnfoldAdminTextInputWidget({"class": f"tnd-{db_field.name}"})
        if db_field.name == "weight_grams":
            kwargs |= {"widget": UnfoldAdminTextInputWidget({"class": "tnd-count-input", "inputmode": "decimal"})}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        labels = {"sku": "SKU", "is_stock_tracked": "tracked", "weight_grams": "grams"}
        if field is not None and db_field.name in labels:
            field.label, field.help_text = labels[db_field.name], ""
        return field

    def _columns(
        self, request: HttpRequest, product: Product | None
    ) -> tuple[dict[str, ProductOption], dict[str, Market]]:
        """Return options and markets by the names of their fields, read once for a request."""
        known = getattr(request, "variant_columns", None)
        if known is None:
            options = [] if product is None else list(product.options.order_by("position", "id"))
            markets = Market.objects.filter(is_active=True).order_by("position", "code")[:MAX_MARKETS]
            known = request.variant_columns = (  # type: ignore[attr-defined]
                {f"option_{number}": option for number, option in enumerate(options)},
                {f"price_{market.code}": market for market in markets},
            )
        return known


def _price_labels(markets: Mapping[str, Market]) -> dict[str, str]:
    """Return what the columns are called: after the currency, or after the market where two have the same."""
    currencies = [market.currency for market in markets.values()]
    return {
        name: f"Price {market.currency if currencies.count(market.currency) == 1 else market.code}"
        for name, market in markets.items()
    }


def _option_field(option: ProductOption) -> forms.ChoiceField:
    values = [(value, value) for value in option.values]
    widget = UnfoldAdminSelectWidget({"class": "tnd-option"})
    return forms.ChoiceField(choices=[("", "—"), *values], label=option.name, widget=widget)
