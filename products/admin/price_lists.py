"""Pages of price lists and their tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from core.admin.bases import ReadOnlyAdmin, ServiceAdmin
from core.admin.columns import count_of, link, money_column
from core.admin.forms import AmountField, MoneyForm, fix_choice
from core.money import Money
from products.models import PriceList, PriceListGroup, PriceListPrice
from products.selectors.price_lists import price_list_prices
from products.services import (
    ListedVariant,
    TierFields,
    price_list_create,
    price_list_delete,
    price_list_prices_set,
    price_list_update,
)
from users.admin.caller import admin_caller
from users.models import CustomerGroup


class PriceListForm(forms.ModelForm):
    """A price list and whom it is for."""

    customer_groups = forms.ModelMultipleChoiceField(
        CustomerGroup.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="Whom it is for; none is everybody.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the groups, and keep a stored list in its market: its prices are in that currency."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            self.initial["customer_groups"] = [link.group_id for link in self.instance.group_links.all()]
            fix_choice(self, "market")


@admin.register(PriceList)
class PriceListAdmin(ServiceAdmin):
    """Other prices than the base one, for a group of customers, a quantity or a time."""

    form = PriceListForm
    list_display = (
        "name",
        "code",
        "market",
        "priority",
        "for_whom",
        "tier_count",
        "valid_from",
        "valid_until",
        "is_active",
    )
    list_select_related = ("market",)
    list_filter = ("market", "is_active", "valid_from", "valid_until")
    search_fields = ("name", "code")
    fields = (
        ("name", "code"),
        "market",
        "customer_groups",
        ("priority", "is_active"),
        ("valid_from", "valid_until"),
        "tier_link",
    )
    readonly_fields = ("tier_link",)

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Load the groups, and count the prices of each list."""
        tiers = count_of(PriceListPrice, "price_list")
        return queryset.prefetch_related("group_links__group").annotate(number_of_tiers=tiers)

    @display(description="for")
    def for_whom(self, price_list: PriceList) -> str:
        """Name the groups."""
        return ", ".join(sorted(link.group.name for link in price_list.group_links.all())) or "everybody"

    @display(description="prices", ordering="number_of_tiers")
    def tier_count(self, price_list: Any) -> int:
        """Say how many tiers it has."""
        return int(price_list.number_of_tiers)

    @display(description="its prices")
    def tier_link(self, price_list: PriceList) -> SafeString | str:
        """Lead to them."""
        if price_list._state.adding:  # noqa: SLF001 (Django's documented name)
            return "None yet; save it first."
        query = f"price_list__id__exact={price_list.pk}"
        return link(f"{reverse('admin:products_pricelistprice_changelist')}?{query}", "Prices of this list")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> PriceList:
        """Make a list."""
        return price_list_create(values=_codes(values), actor=admin_caller(request).actor)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a list."""
        price_list_update(price_list_id=instance.pk, changes=_codes(values), actor=admin_caller(request).actor)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a list and its prices."""
        price_list_delete(price_list_id=instance.pk, actor=admin_caller(request).actor)


def _codes(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the service takes it: rows by their codes."""
    values = dict(typed)
    if "market" in values:
        values["market"] = values["market"].code
    if "customer_groups" in values:
        values["customer_groups"] = [group.code for group in values["customer_groups"]]
    return values


class TierForm(MoneyForm):
    """A tier, its price typed in the currency of the list's market."""

    money_fields = ("amount",)
    amount = AmountField(label="Price", help_text="Of one piece, in the currency of the list's market, such as 19.99.")

    def stored_currency(self) -> str | None:
        """Return the currency of the stored list's market."""
        is_new = self.instance._state.adding  # noqa: SLF001 (Django's documented name)
        return None if is_new else self.instance.price_list.market.currency

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of the chosen list's market, or of the stored one where it can't be chosen."""
        price_list = cleaned.get("price_list")
        return price_list.market.currency if price_list else self.stored_currency()


@admin.register(PriceListPrice)
class PriceListPriceAdmin(ServiceAdmin):
    """What variants cost by price lists, tier by tier."""

    form = TierForm
    list_display = ("variant", "product", "price_list", "min_quantity", "price")
    list_select_related = ("variant__product", "price_list__market")
    list_filter = ("price_list", "price_list__market")
    search_fields = ("variant__sku__istartswith", "variant__product__title")
    search_help_text = "Start of an SKU, or a part of a product's title."
    id_search_fields = ("id", "variant_id")
    autocomplete_fields = ("price_list", "variant")
    fields = ("price_list", "variant", "min_quantity", "amount")
    ordering = ("price_list__code", "variant__sku", "min_quantity")

    price = money_column("amount", "price", currency="price_list.market.currency")

    @display(description="product")
    def product(self, price: PriceListPrice) -> str:
        """Name the product."""
        return price.variant.product.title

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a tier where it is; only its price changes."""
        return () if obj is None else ("price_list", "variant", "min_quantity")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> PriceListPrice:
        """Add a tier to those that the variant has in the list."""
        price_list, variant, quantity = values["price_list"], values["variant"], values["min_quantity"]
        _put(request, PriceListPrice(price_list=price_list, variant=variant), {quantity: values["amount"]})
        return PriceListPrice.objects.get(price_list=price_list, variant=variant, min_quantity=quantity)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change the price of a tier."""
        _put(request, instance, {instance.min_quantity: values["amount"]})

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Take a tier out of the list."""
        _put(request, instance, {instance.min_quantity: None})


def _put(request: HttpRequest, of: PriceListPrice, changes: Mapping[int, int | None]) -> None:
    """Change some of a variant's tiers in a list; None takes one away."""
    stored = price_list_prices(of.price_list_id, variant=str(of.variant_id))
    amounts: dict[int, int | None] = {price.min_quantity: price.amount for price in stored}
    currency = of.price_list.market.currency
    tiers = [
        TierFields(quantity, Money(amount, currency))
        for quantity, amount in (amounts | dict(changes)).items()
        if amount is not None
    ]
    price_list_prices_set(
        price_list_id=of.price_list_id,
        wanted=[ListedVariant(tiers, variant_id=of.variant_id)],
        actor=admin_caller(request).actor,
    )


@admin.register(PriceListGroup)
class PriceListGroupAdmin(ReadOnlyAdmin):
    """Whom price lists are for. Edited on the list's page."""

    list_display = ("price_list", "group")
    list_select_related = ("price_list", "group")
    list_filter = ("group",)
    search_fields = ("price_list__name", "group__name")
    fields = ("price_list", "group")
