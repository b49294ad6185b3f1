"""A small shop whose books are in order: stock and orders in every state, all made by the services."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from audit import selectors
from audit.checks import CHECKS, Check
from audit.selectors import Difference
from cart.models import Cart
from cart.services import cart_hold
from core.money import Money
from inventory.models import Location, StockLevel, StockMovement, StockTransfer
from inventory.services import (
    Count,
    TransferRequest,
    stock_adjust,
    take_apply,
    take_cancel,
    take_count,
    take_create,
    transfer_cancel,
    transfer_close,
    transfer_create,
    transfer_receive,
)
from orders.models import Order
from orders.services import (
    FulfilLine,
    ReturnLine,
    order_cancel,
    order_fulfil,
    order_goods_return,
    order_mark_paid,
    order_payment_cancel,
    order_payment_capture,
    order_payment_create,
    order_payment_refund,
)
from payments.models import Payment
from products.models import Variant
from shipping.models import ShippingMethod
from tests.factories.carts import US_ADDRESS, cart_make, shipping_method_make
from tests.factories.catalogue import location_make, product_make, stock_make, tax_rate_make, us_market_make, variant_of
from tests.factories.credit import gift_card_make, sold_cards_make, store_credit_make
from tests.factories.orders import order_make
from tests.factories.users import user_make
from users.callers import GUEST

ACTOR = "system"


@dataclass(frozen=True)
class Books:
    """The orders by what became of them."""

    pending: Order
    held: Order
    part_paid: Order
    confirmed: Order
    sent_in_part: Order
    completed: Order
    refunded: Order
    cancelled: Order
    net: Order
    sold: Order
    by_credit: Order


def stocked_make(sku: str, on_hand: int, **fields: Any) -> Variant:
    """Make a variant whose first pieces came by a delivery, so that the ledger knows of them."""
    variant = variant_of(product_make(f"Thing {sku}", variants=[{"sku": sku, "stock": 0, **fields}]))
    receive(variant, location_make(), on_hand)
    return variant


def receive(variant: Variant, location: Location, pieces: int) -> None:
    stock_adjust(
        variant_id=variant.id,
        location_id=location.id,
        on_hand_delta=pieces,
        reason="Delivery",
        actor=ACTOR,
        kind=StockMovement.Kind.RECEIVED,
    )


def books_make() -> Books:
    """Fill an empty shop."""
    tax_rate_make()
    cup, bowl = stocked_make("CUP", 60, max_customer_quantity=50), stocked_make("BOWL", 40)
    card = variant_of(product_make("Gift card", variants=[{"sku": "CARD", "stock": None}]))
    far = location_make("far", position=5)
    stock_make(bowl, 0, location=far)
    receive(bowl, far, 7)
    method = shipping_method_make()
    lines = {cup: 2, bowl: 3, card: 1}

    def placed(**fields: Any) -> Order:
        return order_make(lines, shipping_method=method, payment_method="bank_transfer", **fields)

    def paid() -> Order:
        return order_mark_paid(order_id=placed().id, actor=ACTOR)

    part_paid = placed()
    payment = part_paid.payments.get()
    order_payment_capture(payment_id=payment.id, amount=Money(500, "EUR"), actor=ACTOR)
    order_payment_cancel(payment_id=payment.id, actor=ACTOR)
    order_payment_create(order_id=part_paid.id, provider="manual", method="cash_on_delivery", actor=ACTOR)

    sent_in_part = paid()
    order_fulfil(order_id=sent_in_part.id, lines=[FulfilLine(sent_in_part.lines.get(sku="BOWL").id, 2)], actor=ACTOR)
    completed, refunded = paid(), paid()
    for order in (completed, refunded):
        order_fulfil(order_id=order.id, actor=ACTOR)
    back = [ReturnLine(line.id, 1) for line in refunded.lines.exclude(sku="CUP")]
    order_goods_return(order_id=refunded.id, lines=back, location_id=far.id, actor=ACTOR)
    order_payment_refund(payment_id=refunded.payments.get().id, reason="Broken", actor=ACTOR)
    cancelled = placed()
    order_cancel(order_id=cancelled.id, actor=ACTOR)
    books = Books(
        pending=placed(),
        held=order_make({cup: 1}, shipping_method=method, payment_method="cash_on_delivery"),
        part_paid=part_paid,
        confirmed=paid(),
        sent_in_part=sent_in_part,
        completed=completed,
        refunded=refunded,
        cancelled=cancelled,
        net=_net_order_make(),
        sold=_sold_cards(),
        by_credit=_credit_order_make(bowl, method),
    )
    _goods_on_their_way(cup, bowl, far)
    _count(bowl, far, pieces=5, is_applied=True)
    _count(bowl, far, pieces=8, is_applied=False)
    cart_holds(cup, 4)
    gift_card_make(700)
    store_credit_make(user_make(), 900)
    cart_make({cup: 1})
    return Books(**{name: Order.objects.get(id=getattr(books, name).id) for name in Books.__dataclass_fields__})


def _sold_cards() -> Order:
    """Sell three gift cards, and give the money of one and a half back."""
    order = sold_cards_make(3)
    payment = order.payments.get()
    order_payment_refund(payment_id=payment.id, amount=Money(7500, "EUR"), reason="Too many", actor=ACTOR)
    return order


def _credit_order_make(variant: Variant, method: ShippingMethod) -> Order:
    """Sell for a gift card and the rest by bank; give some of the card's back, and some of the other as credit."""
    card = gift_card_make(1000)
    order = order_make(
        {variant: 1},
        customer=user_make(),
        shipping_method=method,
        gift_card_ids=[card.id],
        payment_method="bank_transfer",
    )
    order_mark_paid(order_id=order.id, actor=ACTOR)
    for payment, to in ((order.payments.get(provider="credit"), "original"), (manual_of(order), "store_credit")):
        order_payment_refund(payment_id=payment.id, amount=Money(100, "EUR"), reason="Scratch", to=to, actor=ACTOR)
    return order


def manual_of(order: Order) -> Payment:
    return order.payments.get(provider="manual")


def _goods_on_their_way(cup: Variant, bowl: Variant, far: Location) -> None:
    """Send goods to the other place, of which a part has arrived; and one transfer each that is over."""
    main = location_make()

    def sent(reference: str) -> StockTransfer:
        lines = [TransferRequest(cup.id, 3), TransferRequest(bowl.id, 2)]
        return transfer_create(source_id=main.id, destination_id=far.id, lines=lines, reference=reference, actor=ACTOR)

    transfer_receive(transfer_id=sent("open").id, lines=[TransferRequest(cup.id, 1)], actor=ACTOR)
    transfer_receive(transfer_id=sent("received").id, actor=ACTOR)
    transfer_cancel(transfer_id=sent("cancelled").id, actor=ACTOR)
    lost = sent("lost")
    transfer_receive(transfer_id=lost.id, lines=[TransferRequest(bowl.id, 1)], actor=ACTOR)
    transfer_close(transfer_id=lost.id, reason="Lost", actor=ACTOR)


def _count(variant: Variant, place: Location, *, pieces: int, is_applied: bool) -> None:
    take = take_create(location_id=place.id, actor=ACTOR)
    take_count(take_id=take.id, counts=[Count(variant.id, pieces)], actor=ACTOR)
    (take_apply if is_applied else take_cancel)(take_id=take.id, actor=ACTOR)


def _net_order_make() -> Order:
    """Sell where taxes come on top, twice at once."""
    market = us_market_make()
    tax_rate_make(rate_ppm=40_000, country="US", name="State tax")
    tax_rate_make(rate_ppm=48_750, country="US", region="NY", name="City tax")
    variant = variant_of(product_make("Pan", market=market, price=2499, variants=[{"sku": "PAN", "stock": 0}]))
    receive(variant, location_make(), 5)
    return order_make({variant: 2}, market=market, shipping_address=US_ADDRESS)


def cart_holds(variant: Variant, pieces: int) -> Cart:
    """Hold stock for a cart, as at its check-out."""
    cart = cart_make({variant: pieces})
    cart_hold(cart_id=cart.id, caller=GUEST)
    return cart


def audited(*checks: Check, **how: Any) -> list[Difference]:
    """Return what an audit finds, in a fixed order."""
    found: list[Difference] = []
    selectors.audit(checks=checks or CHECKS, tell=found.append, **how)
    return sorted(found, key=lambda difference: (difference.check, difference.row_id, difference.field))


def level_of(sku: str, location: str = "main") -> StockLevel:
    return StockLevel.objects.get(variant__sku=sku, location__code=location)


def execute(statement: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount
