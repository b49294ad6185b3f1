"""The pages of transfers and stock takes: made, received and applied through the services, and refused in words."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Location, StockLevel, StockMovement, StockTake, StockTransfer
from inventory.services import Count, TransferRequest, take_count, take_create, transfer_create, transfer_receive
from products.models import Variant
from tests.factories.catalogue import location_make, product_make, variant_of
from tests.factories.pages import form_data, rows_added

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Variant:
    """Return a variant that the main warehouse has ten of."""
    return variant_of(product_make("Mug", variants=[{"sku": "MUG", "barcode": "4006381333931"}]))


@pytest.fixture
def shop() -> Location:
    return location_make("shop", name="Shop in town")


def send(browser: Client, url: str, **typed: Any) -> Any:
    """Open a page's form, fill it in and send it."""
    seen = browser.get(url).context["form"]["version"].value()
    return browser.post(url, {"version": seen, **typed})


def step_of(row: Any, name: str) -> str:
    return reverse(f"admin:inventory_{row._meta.model_name}_{name}", args=[row.pk])


def page_of(browser: Client, row: Any) -> Any:
    return browser.get(reverse(f"admin:inventory_{row._meta.model_name}_change", args=[row.pk]))


def counters(variant: Variant) -> dict[str, tuple[int, int]]:
    levels = StockLevel.objects.filter(variant=variant)
    return {
        code: (there, coming) for code, there, coming in levels.values_list("location__code", "on_hand", "incoming")
    }


def transfer_make(mug: Variant, shop: Location, quantity: int = 4) -> StockTransfer:
    source = Location.objects.get(code="main")
    lines = [TransferRequest(mug.pk, quantity)]
    return transfer_create(source_id=source.pk, destination_id=shop.pk, lines=lines, actor="system")


def test_goods_are_sent_received_in_parts_and_given_up(boss: Client, mug: Variant, shop: Location) -> None:
    add = reverse("admin:inventory_stocktransfer_add")
    main = Location.objects.get(code="main")
    ends = {"source": str(main.pk), "destination": str(shop.pk), "reference": "N-7"}
    data = form_data(boss.get(add), "stocktransfer_form") | ends
    too_many = boss.post(add, rows_added(data, "lines", [{"variant": str(mug.pk), "quantity": "11"}]))
    assert "Only 10 left; 11 were asked for." in too_many.content.decode()
    nothing = boss.post(add, data)
    assert "Name at least one variant" in nothing.content.decode()
    nowhere = boss.post(add, data | {"destination": str(main.pk)})
    assert "choose two, or no source" in nowhere.content.decode()
    assert (counters(mug), StockTransfer.objects.count()) == ({"main": (10, 0)}, 0)

    made = boss.post(add, rows_added(data, "lines", [{"variant": str(mug.pk), "quantity": "4"}]))
    assert made.status_code == 302
    transfer = StockTransfer.objects.get()
    assert (transfer.reference, counters(mug)) == ("N-7", {"main": (6, 0), "shop": (0, 4)})
    page = page_of(boss, transfer)
    assert [step.name for step in page.context["actions"]] == ["receive", "close", "cancel"]
    assert "0 of 4 arrived" in page.content.decode()

    field = f"quantity_{transfer.lines.get().pk.hex}"
    none = send(boss, step_of(transfer, "receive"), **{field: "0"})
    assert "at least one line" in none.content.decode()
    assert send(boss, step_of(transfer, "receive"), **{field: "3"}).status_code == 302
    assert counters(mug) == {"main": (6, 0), "shop": (3, 1)}
    assert "reason" in send(boss, step_of(transfer, "close")).context["form"].errors
    assert send(boss, step_of(transfer, "close"), reason="Broken").status_code == 302
    assert counters(mug) == {"main": (6, 0), "shop": (3, 0)}
    lost = StockMovement.objects.latest("id")
    assert (lost.kind, lost.reason, lost.incoming_delta, lost.actor.startswith("user:")) == (
        "adjusted",
        "Broken",
        -1,
        True,
    )
    assert list(page_of(boss, transfer).context["actions"]) == []
    assert send_late(boss, transfer, "cancel").status_code == 302
    assert counters(mug) == {"main": (6, 0), "shop": (3, 0)}


def send_late(browser: Client, row: Any, name: str) -> Any:
    """Send a form that was opened before the row came to its end."""
    return browser.post(step_of(row, name), {"version": 1, "reason": "late"})


def test_a_form_that_was_left_open_counts_nothing_twice(boss: Client, mug: Variant, shop: Location) -> None:
    transfer = transfer_make(mug, shop)
    field = f"quantity_{transfer.lines.get().pk.hex}"
    transfer_receive(transfer_id=transfer.pk, lines=[TransferRequest(mug.pk, 1)], actor="system")
    late = boss.post(step_of(transfer, "receive"), {"version": 1, field: "1"})
    assert "Somebody else has changed this" in late.content.decode()
    assert counters(mug) == {"main": (6, 0), "shop": (1, 3)}
    assert send(boss, step_of(transfer, "cancel")).status_code == 302
    assert counters(mug) == {"main": (9, 0), "shop": (1, 0)}


def test_counts_are_typed_looked_at_and_applied(boss: Client, mug: Variant) -> None:
    cup = variant_of(product_make("Cup", variants=[{"sku": "CUP 2"}]))
    add = reverse("admin:inventory_stocktake_add")
    data = form_data(boss.get(add), "stocktake_form")
    main = Location.objects.get(code="main")
    assert boss.post(add, data | {"location": str(main.pk), "note": "Aisle 4"}).status_code == 302
    again = boss.post(add, data | {"location": str(main.pk)})
    assert "being counted already" in again.content.decode()
    take = StockTake.objects.get()

    asked = boss.get(step_of(take, "count")).context["form"]
    assert [field.label for field in asked.quantity_fields()] == ["Cup · CUP 2", "Mug · MUG"]
    field = asked.quantity_fields()[1].html_name
    for more, told in (
        ("CUP", "Line 1: end it with a number"),
        ("\nNONE 3", "Line 2: no variant has the SKU or barcode NONE."),
        ("CUP 2 1\nCUP 2;2", "Line 2: CUP 2 was counted in a line before."),
        ("CUP 2 99999999999999", "Line 1: end it with a number"),
        ("MUG 1", "MUG is counted above already."),
        ("", None),
    ):
        typed = {"more": more, field: "8"} if told else {"more": more}
        answer = send(boss, step_of(take, "count"), **typed).content.decode()
        assert (told or "Type how many were found") in answer, more
    assert not take.lines.exists()
    assert send(boss, step_of(take, "count"), **{field: "9"}).status_code == 302
    assert send(boss, step_of(take, "count"), more="4006381333931\t8\r\nCUP 2 10").status_code == 302
    page = page_of(boss, take).content.decode()
    for text in ("2 counted, 1 other than the books had them", "8 found, 10 expected", "-2"):
        assert text in page, text
    assert "1 levels of Main" in boss.get(step_of(take, "apply")).content.decode()

    opened = boss.get(step_of(take, "apply")).context["form"]["version"].value()
    take_count(take_id=take.pk, counts=[Count(cup.pk, 10)], actor="system")
    late = boss.post(step_of(take, "apply"), {"version": opened})
    assert "Somebody else has changed this" in late.content.decode()
    assert counters(mug) == {"main": (10, 0)}
    assert send(boss, step_of(take, "apply")).status_code == 302
    assert (counters(mug), counters(cup)) == ({"main": (8, 0)}, {"main": (10, 0)})


def test_a_count_that_breaks_a_promise_is_told_by_line(boss: Client, mug: Variant) -> None:
    StockLevel.objects.update(reserved=5)
    take = take_create(location_id=Location.objects.get().pk, actor="system")
    take_count(take_id=take.pk, counts=[Count(mug.pk, 4)], actor="system")
    answer = send(boss, step_of(take, "apply")).content.decode()
    assert "MUG: 4 would be left, and 5 are promised to orders." in answer
    assert counters(mug) == {"main": (10, 0)}
    assert send(boss, step_of(take, "cancel")).status_code == 302


def test_who_may_only_look_sees_no_buttons_and_does_nothing(
    browser_of: Callable[[Sequence[str]], Client], mug: Variant, shop: Location
) -> None:
    reader = browser_of(["stock:read"])
    transfer = transfer_make(mug, shop)
    take = take_create(location_id=shop.pk, actor="system")
    for row, steps in ((transfer, ("receive", "close", "cancel")), (take, ("count", "apply", "cancel"))):
        page = page_of(reader, row)
        assert (page.status_code, list(page.context["actions"])) == (200, [])
        assert [reader.post(step_of(row, name), {"version": 1}).status_code for name in steps] == [403] * 3
        assert reader.get(reverse(f"admin:inventory_{row._meta.model_name}_add")).status_code == 403
        assert page_of(browser_of(["orders:read"]), row).status_code == 403
    assert counters(mug) == {"main": (6, 0), "shop": (0, 4)}


def test_pages_cost_the_same_for_more_lines(boss: Client, shop: Location) -> None:
    variants = [variant_of(product_make(f"Thing {number}")) for number in range(6)]
    main = Location.objects.get(code="main")

    def cost(count: int) -> list[int]:
        lines = [TransferRequest(variant.pk, 1) for variant in variants[:count]]
        transfer = transfer_create(source_id=main.pk, destination_id=shop.pk, lines=lines, actor="system")
        take = take_create(location_id=main.pk, actor="system")
        take_count(take_id=take.pk, counts=[Count(variant.pk, 1) for variant in variants[:count]], actor="system")
        costs = []
        for url in (page_url(transfer), step_of(transfer, "receive"), page_url(take), step_of(take, "count")):
            with CaptureQueriesContext(connection) as queries:
                assert boss.get(url).status_code == 200
            costs.append(len(queries))
        boss.post(step_of(take, "cancel"), {"version": take.version + 1})
        return costs

    cost(1)
    assert cost(1) == cost(6)


def page_url(row: Any) -> str:
    return reverse(f"admin:inventory_{row._meta.model_name}_change", args=[row.pk])
