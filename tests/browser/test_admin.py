"""The admin as staff use it, in a real browser: no request leaves the shop, and nothing sticks out of the window."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from inventory.models import StockMovement
from orders.models import Order
from products.models import Product

pytestmark = pytest.mark.slow


Ask = Callable[[Callable[[], Any]], Any]
OpenPage = Callable[[str], Page]
Shoot = Callable[[Page, str], None]

WIDTHS_BETWEEN = {"wide": (1400, 1100, 900), "narrow": (390, 400, 500, 700)}


def product_with_options() -> tuple[Product, Any]:
    """Return a product with options, and its first variant."""
    product = Product.objects.filter(options__isnull=False).order_by("slug").distinct()[0]
    return product, product.variants.all()[0]


def test_staff_find_an_order_mark_it_paid_and_ship_it(shop: Any, open_page: OpenPage, shoot: Shoot, ask: Ask) -> None:
    order = ask(lambda: Order.objects.filter(payment_status="unpaid", status="pending").latest("placed_at"))
    page = open_page("wide")

    page.click("text=Orders >> nth=0")
    page.fill("#searchbar", order.number)
    page.press("#searchbar", "Enter")
    page.click(f"#result_list a:text-is('{order.number}')")
    page.click("#action-mark-paid")
    page.fill("#id_reference", "STMT 2026-11")
    page.click("#confirm")
    page.wait_for_selector("text=The payment is recorded.")
    assert page.locator(".tnd-labels").inner_text().split() == ["CONFIRMED", "PAID", "UNFULFILLED"]

    page.click("#action-fulfil")
    page.fill("#id_carrier", "DHL")
    page.fill("#id_tracking_number", "00340434161094000001")
    shoot(page, "fulfil-wide")
    page.click("#confirm")
    page.wait_for_selector("text=The parcel is recorded")
    assert page.locator(".tnd-labels").inner_text().split() == ["COMPLETED", "PAID", "FULFILLED"]
    assert page.locator("#order-parcels").inner_text().count("00340434161094000001") == 1
    assert page.locator("#action-fulfil").count() == 0
    shoot(page, "completed-wide")

    after = ask(lambda: Order.objects.get(pk=order.pk))
    movements = StockMovement.objects.filter(order=order, kind="shipped")
    shipped = ask(lambda: sum(movements.values_list("on_hand_delta", flat=True)))
    bought = ask(lambda: sum(order.lines.values_list("quantity", flat=True)))
    assert (after.status, after.paid_amount, -shipped) == ("completed", order.total_amount, bought)


def test_staff_change_a_price_and_count_stock(shop: Any, open_page: OpenPage, ask: Ask) -> None:
    product, variant = ask(product_with_options)
    page = open_page("wide")

    page.goto(f"{shop.url}/admin/products/product/{product.pk}/change/#variants")
    page.fill("#id_variants-0-price_eu", "12.34")
    page.click("#tabs-items a:has-text('Stock')")
    page.fill("#id_inventory-stocklevel-0-on_hand", "77")
    page.fill("#id_inventory-stocklevel-0-reason", "count")
    page.click("button[name=_continue]")
    page.wait_for_selector("text=was changed successfully")

    level = ask(variant.stock_levels.get)
    assert ask(lambda: variant.prices.get(market__code="eu").amount) == 1234
    assert (level.on_hand, ask(lambda: level.movements.latest("id").reason)) == (77, "count")


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_pages_fit_the_window(width: str, shop: Any, open_page: OpenPage, shoot: Shoot, ask: Ask) -> None:
    product, _ = ask(product_with_options)
    order = ask(lambda: Order.objects.filter(status="confirmed").latest("placed_at"))
    page = open_page(width)
    page_size = page.viewport_size
    assert page_size is not None
    base = f"/admin/products/product/{product.pk}/change/"
    paths = {
        "start": "/admin/",
        "orders": "/admin/orders/order/",
        "order": f"/admin/orders/order/{order.pk}/change/",
        "fulfil": f"/admin/orders/order/{order.pk}/fulfil/",
        "products": "/admin/products/product/",
        "product": base,
        "variants": f"{base}#variants",
        "prices": f"{base}#products-price",
        "stock": f"{base}#inventory-stocklevel",
        "images": f"{base}#media",
        "categories": f"{base}#category_links",
        "key": "/admin/users/apikey/add/",
    }
    for name, path in paths.items():
        page.set_viewport_size(page_size)
        page.goto("about:blank")
        page.goto(f"{shop.url}{path}")
        shoot(page, f"{name}-{width}")
        for size in WIDTHS_BETWEEN[width]:
            page.set_viewport_size({"width": size, "height": 900})
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth") <= size, (path, size)
