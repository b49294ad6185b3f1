"""Customer groups, price lists and their tiers, set up by hand."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from products.models import PriceList, PriceListPrice
from tests.factories.catalogue import market_make, price_list_make, product_make, variant_of
from tests.factories.pages import form_data
from tests.factories.users import group_make, user_make
from users.models import CustomerGroup, GroupMembership

pytestmark = pytest.mark.django_db


def send(boss: Client, model: Any, page: str, *args: Any, **typed: Any) -> Any:
    label = model._meta.label_lower.replace(".", "_")
    url = reverse(f"admin:{label}_{page}", args=args)
    return boss.post(url, form_data(boss.get(url), f"{model._meta.model_name}_form") | typed)


def test_a_group_is_made_and_filled(boss: Client) -> None:
    ana = user_make()
    assert send(boss, CustomerGroup, "add", code="club", name="Club").status_code == 302
    group = CustomerGroup.objects.get()
    assert send(boss, GroupMembership, "add", group=str(group.pk), user=str(ana.pk)).status_code == 302
    assert [row.user for row in GroupMembership.objects.all()] == [ana]
    price_list_make("club", {}, groups=[group])
    boss.post(reverse("admin:users_customergroup_delete", args=[group.pk]), {"post": "yes"})
    assert CustomerGroup.objects.filter(pk=group.pk).exists()


def test_a_price_list_gets_its_tiers(boss: Client) -> None:
    market, group = market_make(), group_make("club")
    variant = variant_of(product_make())
    typed = {"code": "club", "name": "Club", "market": str(market.pk), "priority": "2"}
    assert send(boss, PriceList, "add", **typed, customer_groups=[str(group.pk)]).status_code == 302
    price_list = PriceList.objects.get()
    assert (price_list.priority, [link.group for link in price_list.group_links.all()]) == (2, [group])
    assert send(boss, PriceList, "change", price_list.pk, customer_groups=[], name="All").status_code == 302
    price_list.refresh_from_db()
    assert (price_list.name, price_list.group_links.count()) == ("All", 0)

    where = {"price_list": str(price_list.pk), "variant": str(variant.pk)}
    for quantity, amount in (("1", "9.90"), ("10", "8.50")):
        answer = send(boss, PriceListPrice, "add", **where, min_quantity=quantity, amount=amount)
        assert answer.status_code == 302, answer.context["errors"]
    first, second = PriceListPrice.objects.order_by("min_quantity")
    assert (first.amount, second.amount) == (990, 850)
    assert send(boss, PriceListPrice, "change", first.pk, amount="9.95").status_code == 302
    first.refresh_from_db()
    assert first.amount == 995
    again = send(boss, PriceListPrice, "add", **where, min_quantity="10", amount="1.00")
    assert (again.status_code, PriceListPrice.objects.get(pk=second.pk).amount) == (200, 850)
    boss.post(reverse("admin:products_pricelistprice_delete", args=[first.pk]), {"post": "yes"})
    assert list(PriceListPrice.objects.all()) == [second]
