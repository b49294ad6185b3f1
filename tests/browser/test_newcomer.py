"""A newcomer sets a market up in the admin, by clicking and typing, and reads why an order costs what it does."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page

from tests.factories.catalogue import category_make, market_make, product_make, variant_of

pytestmark = pytest.mark.slow

Ask = Callable[[Callable[[], Any]], Any]
OpenPage = Callable[[str], Page]
Shoot = Callable[[Page, str], None]

SKU = "BOOTS-42"


def boots_make() -> None:
    """Put boots at 60 EUR into the category Shoes."""
    product = product_make("Boots", market=market_make("eu"), price=6000, categories=[category_make("Shoes")])
    variant = variant_of(product)
    variant.sku = SKU
    variant.save()


def fill_in(page: Page, url: str, texts: dict[str, str], chosen: dict[str, str], ticked: tuple[str, ...] = ()) -> None:
    """Open a form and fill it in: texts, lists by what is chosen, and switches."""
    page.goto(url)
    for name, value in chosen.items():
        # The library lays its own list over the browser's, which is what is sent.
        page.select_option(f"#id_{name}", label=value, force=True)
    for name, value in texts.items():
        page.fill(f"#id_{name}", value)
    for name in ticked:
        page.set_checked(f"#id_{name}", checked=True)


def save(page: Page, says: str) -> None:
    """Save a form, and wait for what the next page says."""
    page.click("button[name=_save]")
    page.wait_for_selector(f"text={says}")


def post(api: APIRequestContext, url: str, body: dict[str, Any], **headers: str) -> Any:
    """Send as a buyer's front end does."""
    response = api.post(url, data=body, headers=headers)
    assert response.ok, response.text()
    return response.json()


def market_set_up(page: Page, admin: str) -> None:
    """Make a market, and mend what its page says that it lacks."""
    fill_in(
        page,
        f"{admin}/markets/market/add/",
        {"name": "Suomi", "code": "fi", "countries": "Finland", "languages": "en, fi"},
        {"currency": "EUR"},
        ("prices_include_tax",),
    )
    save(page, "Nothing has a price here yet, so nothing can be sold.")
    lacks = page.locator("#market-lacks").inner_text()
    assert "No active shipping method of this market reaches Finland: nothing can be ordered to there." in lacks
    assert "No tax rate of the default category holds in Finland: nothing is taxed there." in lacks
    market = page.url

    page.click("#market-lacks >> text=Fill prices")
    page.select_option("#id_market", "eu", force=True)
    page.click("#confirm")
    page.wait_for_selector("text=got a price in Suomi.")

    fill_in(page, f"{admin}/shipping/shippingzone/add/", {"name": "Finland", "countries": "Finland"}, {})
    save(page, "was added successfully")
    method = {"name": "Posti", "code": "posti", "amount": "5.90"}
    fill_in(page, f"{admin}/shipping/shippingmethod/add/", method, {"market": "Suomi (EUR)", "zone": "Finland"})
    save(page, "was added successfully")
    rate = {"country": "Finland", "name": "ALV", "percent": "25.5"}
    fill_in(page, f"{admin}/markets/taxrate/add/", rate, {})
    save(page, "was added successfully")

    page.goto(market)
    said = page.locator("#market-lacks").inner_text()
    assert said == "It has all that it takes to sell: prices, stock, shipping and taxes."


def promotions_set_up(page: Page, admin: str) -> None:
    """Make a code for shoes, and free shipping."""
    texts = {"name": "Shoes", "label": "10 % off shoes", "percent": "10", "min_amount": "50", "new_code": "SHOES10"}
    fill_in(page, f"{admin}/promotions/promotion/add/", texts, {"currency": "EUR"}, ("requires_code",))
    page.click("text=Add another Goods")
    page.click("select[name=goods-0-category] + .select2 .select2-selection")
    page.fill(".select2-container--open .select2-search__field", "Shoes")
    page.click(".select2-results__option--highlighted:text-is('Shoes')")
    save(page, "was added successfully")

    texts = {"name": "Post", "label": "Free shipping from 80", "min_amount": "80"}
    fill_in(page, f"{admin}/promotions/promotion/add/", texts, {"benefit": "Free shipping", "currency": "EUR"})
    save(page, "was added successfully")


def gift_card_issued(page: Page, admin: str) -> str:
    """Issue a gift card of 25 EUR, and return its code."""
    fill_in(page, f"{admin}/promotions/giftcard/add/", {"issued_amount": "25"}, {"currency": "EUR"})
    save(page, "The gift card is issued")
    return page.locator("#new-secret").inner_text()


def order_placed(api: APIRequestContext, base: str, gift_card: str) -> str:
    """Buy two pairs of boots with the code and the card; return the order's id."""
    cart = post(
        api,
        f"{base}/carts",
        {"market": "fi", "email": "aino@example.com", "lines": [{"sku": SKU, "quantity": 2}]},
    )["id"]
    address = {"name": "Aino", "line1": "Katu 1", "postal_code": "00100", "city": "Helsinki", "country": "FI"}
    sent = {"shipping_address": address, "shipping_method_code": "posti"}
    assert api.patch(f"{base}/carts/{cart}", data=sent).ok
    for code in ("shoes10", gift_card):
        post(api, f"{base}/carts/{cart}/codes", {"code": code})
    quote = api.get(f"{base}/carts/{cart}").json()
    assert quote["totals"]["total"] == {"amount": 10_800, "currency": "EUR"}
    assert quote["payable"] == {"amount": 8300, "currency": "EUR"}
    placing = {"cart": cart, "expected_total": quote["totals"]["total"], "payment_method": "bank_transfer"}
    return str(post(api, f"{base}/orders", placing, **{"Idempotency-Key": f"newcomer-{cart}"})["id"])


def test_a_newcomer_sets_a_market_up_and_reads_why_an_order_costs_what_it_does(
    shop: Any, open_page: OpenPage, shoot: Shoot, ask: Ask
) -> None:
    ask(boots_make)
    page = open_page("wide")
    admin = f"{shop.url}/admin"
    market_set_up(page, admin)
    shoot(page, "newcomer-market-wide")
    promotions_set_up(page, admin)
    card = gift_card_issued(page, admin)
    browser = page.context.browser
    assert browser is not None
    order = order_placed(browser.new_context().request, f"{shop.url}/api/v1", card)

    page.goto(f"{admin}/orders/order/{order}/change/")
    page.click("#order-why summary")
    rows = page.locator("#order-why .tnd-steps tbody tr")
    steps = [row.locator("td").all_inner_texts() for row in rows.all()]
    shoot(page, "newcomer-order-wide")
    assert steps == [
        ["Boots: 2 at €60.00", "€120.00", "€120.00"],
        ["10 % off shoes (SHOES10) on Boots", "-€12.00", "€108.00"],
        ["Posti", "€5.90", "€113.90"],
        ["Free shipping from 80 on shipping", "-€5.90", "€108.00"],
        ["ALV 25.5 %, in the prices", "€21.94", ""],
    ]
    money = page.locator("#order-money").inner_text()
    assert [text for text in ("Gift card", "€25.00", "Bank transfer", "€83.00") if text not in money] == []
