"""The order's page: what it shows, and its buttons, which call the services and are there only when they may be."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import StockLevel, StockMovement
from orders.models import Order
from orders.services import order_cancel, order_fulfil, order_mark_paid
from payments.models import PaymentEvent
from shipping.models import ShippingMethod
from tests.factories.carts import ready_cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.credit import gift_card_make
from tests.factories.orders import order_make
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def action_of(order: Order, name: str) -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


def buttons_of(browser: Client, order: Order) -> list[str]:
    response = browser.get(page_of(order))
    assert response.status_code == 200
    return [action.name for action in response.context["actions"]]


def told(browser: Client, order: Order) -> list[str]:
    return [str(message) for message in browser.get(page_of(order)).context["messages"]]


def test_page_shows_goods_money_address_and_history(boss: Client) -> None:
    buyer = user_make(email="ada@example.com", name="Ada Muster")
    order = order_make(customer=buyer)
    order_mark_paid(order_id=order.pk, reference="STMT 7", actor=f"user:{buyer.pk}")
    order.refresh_from_db()

    page = boss.get(page_of(order)).content.decode()

    for text in (order.number, "2 \u00d7 €19.99", "€39.98", "€4.95", "€44.93", "STMT 7", "Ada Muster", "10117 BERLIN"):
        assert text in page, text
    assert "ada@example.com" in page
    assert str(buyer.pk) not in page.replace(reverse("admin:users_user_change", args=[buyer.pk]), "")


def test_gift_card_that_paid_is_told_by_its_last_characters(boss: Client) -> None:
    card, _ = gift_card_make(1000), gift_card_make(1)
    order = order_make(gift_card_ids=[card.pk])
    page = boss.get(page_of(order)).content.decode()
    assert str(card) in page
    assert f"gift-card:{card.pk}" not in page


def test_page_says_by_which_rule_it_was_taxed(boss: Client) -> None:
    order = order_make()
    assert "Taxed as DE taxes private buyers." in boss.get(page_of(order)).content.decode()
    Order.objects.update(vat_id="DE136695976", tax_decision={"detail": "Reverse charge: the buyer owes it."})
    page = boss.get(page_of(order)).content.decode()
    assert "DE136695976" in page
    assert "Reverse charge: the buyer owes it." in page


def test_page_costs_the_same_for_more_lines(boss: Client) -> None:
    one = order_make()
    five = order_make({variant_of(product_make()): 1 for _ in range(5)}, shipping_method=ShippingMethod.objects.get())
    for order in (one, five):
        order_mark_paid(order_id=order.pk, actor="system")
        order_fulfil(order_id=order.pk, actor="system")
    boss.get(page_of(one))
    counts = []
    for order in (one, five):
        with CaptureQueriesContext(connection) as queries:
            boss.get(page_of(order))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_mark_paid_records_the_money(boss: Client) -> None:
    order = order_make(payment_method="bank_transfer")
    assert "Record that €44.93 came in?" in boss.get(action_of(order, "mark_paid")).content.decode()

    response = boss.post(action_of(order, "mark_paid"), {"method": "bank_transfer", "reference": "STMT 9"})

    assert (response.status_code, response.headers["Location"]) == (302, page_of(order))
    order.refresh_from_db()
    assert (order.payment_status, order.status, order.paid_amount) == ("paid", "confirmed", 4493)
    captured = PaymentEvent.objects.get(kind="captured")
    boss_id = User.objects.get(email="boss@example.com").pk
    assert (captured.amount, captured.reference, captured.actor) == (4493, "STMT 9", f"user:{boss_id}")
    assert told(boss, order) == ["The payment is recorded."]


def test_fulfil_in_parts_takes_goods_out_of_stock(boss: Client) -> None:
    variant = variant_of(product_make(stock=10))
    order = order_make({variant: 3})
    order_mark_paid(order_id=order.pk, actor="system")
    line = order.lines.get()
    name = f"quantity_{line.pk.hex}"
    assert f'name="{name}" value="3"' in boss.get(action_of(order, "fulfil")).content.decode()

    boss.post(action_of(order, "fulfil"), {name: "1", "carrier": "DHL", "tracking_number": "0034"})
    order.refresh_from_db()
    assert (order.fulfilment_status, order.status) == ("partially_fulfilled", "confirmed")

    boss.post(action_of(order, "fulfil"), {name: "2"})
    order.refresh_from_db()
    level = StockLevel.objects.get()
    assert (order.fulfilment_status, order.status) == ("fulfilled", "completed")
    assert (level.on_hand, level.reserved) == (7, 0)
    assert [parcel.tracking_number for parcel in order.fulfilments.all()] == ["0034", ""]
    assert StockMovement.objects.filter(kind="shipped").count() == 2


@pytest.mark.parametrize(
    ("quantity", "error"),
    [
        ("0", "Say how many of at least one line are in the parcel."),
        ("4", "Ensure this value is less than or equal to 3."),
        ("-1", "Ensure this value is greater than or equal to 0."),
        ("", "This field is required."),
    ],
)
def test_wrong_quantity_is_told_and_nothing_leaves(boss: Client, quantity: str, error: str) -> None:
    order = order_make({variant_of(product_make()): 3})
    order_mark_paid(order_id=order.pk, actor="system")
    name = f"quantity_{order.lines.get().pk.hex}"

    response = boss.post(action_of(order, "fulfil"), {name: quantity})

    assert response.status_code == 200
    assert error in response.content.decode()
    assert not order.fulfilments.exists()


def test_cancel_gives_the_stock_back_and_says_what_to_refund(boss: Client) -> None:
    order = order_make({variant_of(product_make(stock=10)): 3})
    order_mark_paid(order_id=order.pk, actor="system")
    assert "came in for it: refund that afterwards" in boss.get(action_of(order, "cancel")).content.decode()

    assert boss.post(action_of(order, "cancel"), {"reason": ""}).status_code == 200
    boss.post(action_of(order, "cancel"), {"reason": "Changed their mind"})

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "Changed their mind")
    assert StockLevel.objects.get().reserved == 0
    assert buttons_of(boss, order) == ["refund", "note"]


def test_refund_is_recorded_in_parts(boss: Client) -> None:
    order = order_make()
    order_mark_paid(order_id=order.pk, actor="system")
    payment = order.payments.get()
    typed = {"payment": str(payment.pk), "reason": "A scratch"}

    for amount, error in (("44.94", "€44.93 at the most"), ("0", "more than nothing"), ("1.999", "more than the 2")):
        response = boss.post(action_of(order, "refund"), typed | {"amount": amount})
        assert error in response.content.decode(), amount
    boss.post(action_of(order, "refund"), typed | {"amount": "4.93"})

    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.refunded_amount, order.refunded_amount, order.payment_status) == (493, 493, "partially_refunded")


def test_note_is_for_staff_unless_said_otherwise(boss: Client) -> None:
    order = order_make()

    boss.post(action_of(order, "note"), {"message": "Called <b>Ada</b>"})

    entry = order.history.get(kind="note")
    assert (entry.message, entry.is_public) == ("Called <b>Ada</b>", False)
    page = boss.get(page_of(order)).content.decode()
    assert "Called &lt;b&gt;Ada&lt;/b&gt;" in page
    assert "for staff only" in page


def test_buttons_follow_the_state(boss: Client) -> None:
    order = order_make(payment_method="bank_transfer")
    assert buttons_of(boss, order) == ["mark-paid", "note", "cancel"]
    order_mark_paid(order_id=order.pk, actor="system")
    assert buttons_of(boss, order) == ["fulfil", "refund", "note", "cancel"]
    order_fulfil(order_id=order.pk, actor="system")
    assert buttons_of(boss, order) == ["refund", "note"]


@pytest.mark.parametrize(
    ("rights", "buttons"),
    [
        (["orders:read"], []),
        (["orders:read", "orders:write"], ["note", "cancel"]),
        (["orders:read", "payments:write"], ["mark-paid"]),
    ],
)
def test_buttons_follow_the_rights(browser_of: Callable[..., Client], rights: list[str], buttons: list[str]) -> None:
    order = order_make(payment_method="bank_transfer")
    browser = browser_of(rights)
    assert buttons_of(browser, order) == buttons
    for name in ("mark-paid", "cancel", "note"):
        if name not in buttons:
            url = action_of(order, name.replace("-", "_"))
            assert browser.post(url, {"reason": "x", "method": "bank_transfer", "message": "x"}).status_code == 403
    order.refresh_from_db()
    assert (order.status, order.history.count()) == ("pending", 1)


def test_without_the_right_to_read_there_is_no_page(browser_of: Callable[..., Client]) -> None:
    order = order_make()
    browser = browser_of(["catalogue:read", "payments:write"])
    assert browser.get(page_of(order)).status_code == 403
    assert browser.get(action_of(order, "mark_paid")).status_code == 403


def test_what_is_no_longer_possible_is_a_message(boss: Client) -> None:
    order = order_make()
    order_cancel(order_id=order.pk, actor="system")

    for name in ("mark_paid", "fulfil", "cancel"):
        response = boss.post(action_of(order, name), {"reason": "x", "method": "bank_transfer"})
        assert response.headers["Location"] == page_of(order)
    assert told(boss, order)[0].endswith("has moved on; this is no longer possible.")


def test_what_the_service_refuses_is_told_in_the_form(boss: Client) -> None:
    variant = variant_of(product_make(stock=0))
    StockLevel.objects.update(backorder_limit=5)
    order = order_make({variant: 2})
    order_mark_paid(order_id=order.pk, actor="system")
    name = f"quantity_{order.lines.get().pk.hex}"

    response = boss.post(action_of(order, "fulfil"), {name: "2", "carrier": "DHL"})

    assert response.status_code == 200
    assert "promised but not there" in response.content.decode()
    assert 'value="DHL"' in response.content.decode()
    assert not order.fulfilments.exists()


def test_unknown_orders_lead_back_with_a_message(boss: Client) -> None:
    for pk in ("019aaaaa-0000-7000-8000-000000000000", "nonsense"):
        response = boss.get(reverse("admin:orders_order_change", args=[pk]))
        assert (response.status_code, response.headers["Location"]) == (302, reverse("admin:index"))


def test_cart_page_names_its_buyer_and_address_as_people_write_them(boss: Client) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    page = boss.get(reverse("admin:cart_cart_change", args=[cart.pk])).content.decode()
    assert "Cart of ada@example.com" in page
    assert "Unter den Linden 1<br>10117 BERLIN<br>GERMANY" in page
    assert "The same address" in page
