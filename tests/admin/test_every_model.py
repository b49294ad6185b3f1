"""Every model of ours has its pages, and no list asks more of the database for more rows."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from core.admin.bases import ModelAdmin, ServiceAdmin
from core.admin.forms import MoneyForm
from inventory.models import StockLevel
from orders.models import Order
from products.admin.inlines import OfProduct
from products.models import Product, Variant
from tests.factories.catalogue import product_make
from tests.factories.world import world_make
from users.admin.acting import ActingAdmin
from users.models import User

OUR_APPS = (
    "audit",
    "cart",
    "events",
    "inventory",
    "markets",
    "orders",
    "payments",
    "products",
    "promotions",
    "shipping",
    "users",
)
LEDGERS = {
    "audit.AuditDifference",
    "audit.AuditRun",
    "cart.Cart",
    "cart.CartCode",
    "cart.CartLine",
    "cart.OutsideAnswer",
    "events.Case",
    "events.Event",
    "events.IdempotencyKey",
    "events.Job",
    "inventory.StockMovement",
    "inventory.StockReservation",
    "inventory.StockTakeLine",
    "inventory.StockTransferLine",
    "orders.Fulfilment",
    "orders.FulfilmentLine",
    "promotions.LimitClaim",
    "promotions.LimitUse",
    "promotions.PromotionGoods",
    "orders.Order",
    "orders.OrderAdjustment",
    "orders.OrderHistory",
    "orders.OrderLine",
    "payments.Payment",
    "payments.PaymentEvent",
    "products.Import",
    "products.ImportProblem",
    "products.PriceHistory",
    "products.PriceListGroup",
    "promotions.CreditEntry",
    "users.Session",
    "users.Throttle",
}


def our_models() -> Iterator[type[Model]]:
    """Yield the models that have a table of their own."""
    for app in OUR_APPS:
        yield from (model for model in apps.get_app_config(app).get_models() if not model._meta.proxy)


def url_of(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def test_every_model_of_ours_is_in_the_admin() -> None:
    missing = [model._meta.label for model in our_models() if not admin.site.is_registered(model)]
    assert missing == []


def test_every_list_can_be_searched_and_filtered_and_shows_more_than_a_name() -> None:
    pages = [admin.site.get_model_admin(model) for model in our_models()]
    poor = [
        page.opts.label
        for page in pages
        if not isinstance(page, ModelAdmin)
        or not (page.search_fields and page.list_filter and len(page.list_display) > 1)
    ]
    assert poor == []


def test_nothing_else_shows_secrets_or_unstyled_pages() -> None:
    foreign = [model._meta.label for model in admin.site._registry if model._meta.app_label not in OUR_APPS]
    assert foreign == []


def queries_of(boss: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = boss.get(url)
    assert response.status_code == 200, url
    return len(queries)


def list_of(rf: RequestFactory, model: type[Model]) -> Any:
    request = rf.get("/")
    request.user = User(is_superuser=True, is_staff=True)
    return admin.site.get_model_admin(model).get_changelist_instance(request)


def leaves(base: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes below a base that have none below them."""
    below: list[type[Any]] = base.__subclasses__()
    for child in below:
        yield from leaves(child) if child.__subclasses__() else [child]


def hooks(base: type) -> set[str]:
    """Return the methods that a base leaves to the classes below it."""
    return {
        name
        for name, method in vars(base).items()
        if callable(method) and "NotImplementedError" in getattr(getattr(method, "__code__", None), "co_names", ())
    }


def test_every_form_and_page_says_what_its_base_leaves_to_it() -> None:
    for base, expected in ((MoneyForm, 2), (ActingAdmin, 2), (OfProduct, 1)):
        left = hooks(base)
        assert len(left) == expected
        forgotten = [(kind, name) for kind in leaves(base) for name in left if getattr(kind, name) is vars(base)[name]]
        assert forgotten == []


def test_no_page_can_be_asked_for_a_service_that_it_does_not_name(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User(is_superuser=True, is_staff=True)
    reached = []
    for model, page in admin.site._registry.items():
        if not isinstance(page, ServiceAdmin):
            continue
        writes = {
            "create": page.has_add_permission(request) and type(page).save_model is ServiceAdmin.save_model,
            # An acting page refuses to be posted to once its row is there.
            "update": page.has_change_permission(request, model())
            and type(page).save_model is ServiceAdmin.save_model
            and not isinstance(page, ActingAdmin),
            "remove": page.has_delete_permission(request, model())
            and type(page).delete_model is ServiceAdmin.delete_model,
        }
        assert set(writes) == hooks(ServiceAdmin)
        reached += [
            (model._meta.label, name)
            for name, is_asked in writes.items()
            if is_asked and getattr(type(page), name) is vars(ServiceAdmin)[name]
        ]
    assert reached == []


@pytest.mark.django_db
def test_no_list_groups_its_table_before_the_first_page_is_cut_off(rf: RequestFactory) -> None:
    grouped = [model._meta.label for model in our_models() if list_of(rf, model).queryset.query.group_by is not None]
    assert grouped == []


def model_behind(spec: Any) -> type[Model]:
    return spec.field.remote_field.model


@pytest.mark.django_db
def test_no_filter_reads_a_table_that_grows(rf: RequestFactory) -> None:
    """A filter lists the values of a column, or the rows of a table, only where a shop has few of them."""
    few = {"markets", "shipping", "inventory.Location", "products.PriceList", "users.CustomerGroup", "users.Role"}

    def is_few(model: type[Model]) -> bool:
        return model._meta.app_label in few or model._meta.label in few

    costly = []
    for model in our_models():
        changelist = list_of(rf, model)
        for spec in changelist.filter_specs:
            if isinstance(spec, AutocompleteSelectFilter):
                continue
            if isinstance(spec, admin.RelatedFieldListFilter) and not is_few(model_behind(spec)):
                costly.append((model._meta.label, spec.title))
            if isinstance(spec, admin.AllValuesFieldListFilter) and not is_few(model):
                costly.append((model._meta.label, spec.title))
    assert costly == []


@pytest.mark.slow
@pytest.mark.django_db
def test_lists_cost_the_same_for_twice_the_rows(boss: Client) -> None:
    world_make(3)
    before = {model._meta.label: queries_of(boss, url_of(model, "changelist")) for model in our_models()}
    rows = {model._meta.label: model._default_manager.count() for model in our_models()}
    assert [label for label, count in rows.items() if count < 3] == []

    world_make(3)
    after = {model._meta.label: queries_of(boss, url_of(model, "changelist")) for model in our_models()}

    assert after == before
    assert max(after.values()) <= 12


@pytest.mark.slow
@pytest.mark.django_db
def test_detail_pages_open(boss: Client) -> None:
    world_make(1)
    for model in our_models():
        row = model._default_manager.first()
        assert row is not None, model
        assert boss.get(url_of(model, "change", row.pk)).status_code == 200, model


@pytest.mark.django_db
@pytest.mark.parametrize("term", ["a b", "100%", "019aaaaa-0000-7000-8000-000000000000"])
def test_every_list_can_be_searched_for_anything(rf: RequestFactory, term: str) -> None:
    for model in our_models():
        page = admin.site.get_model_admin(model)
        rows, _ = page.get_search_results(rf.get("/"), model._default_manager.all(), term)
        assert list(rows) == [], model


@pytest.mark.django_db
def test_whole_id_is_found_by_its_index(rf: RequestFactory) -> None:
    product = product_make()
    for model, wanted in ((Product, 1), (Variant, 1), (StockLevel, 1), (Order, 0)):
        page = admin.site.get_model_admin(model)
        rows, _ = page.get_search_results(rf.get("/"), model._default_manager.all(), f" {product.pk} ")
        assert len(rows) == wanted, model
        assert "LIKE" not in str(rows.query), model


@pytest.mark.slow
@pytest.mark.django_db
def test_add_pages_open_where_something_can_be_added(boss: Client) -> None:
    for model in our_models():
        response = boss.get(url_of(model, "add"))
        page = admin.site.get_model_admin(model)
        assert response.status_code == (200 if page.has_add_permission(response.wsgi_request) else 403), model


@pytest.mark.django_db
def test_ledgers_can_be_neither_made_nor_changed_nor_deleted(boss: Client) -> None:
    world_make(1)
    for model in our_models():
        if model._meta.label not in LEDGERS:
            continue
        row = model._default_manager.first()
        assert row is not None
        before = model._default_manager.values().get(pk=row.pk)
        for page, args in (("add", ()), ("change", (row.pk,)), ("delete", (row.pk,))):
            assert boss.post(url_of(model, page, *args), {"post": "yes"}).status_code == 403, (model, page)
        boss.post(
            url_of(model, "changelist"), {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        )
        assert model._default_manager.values().get(pk=row.pk) == before
