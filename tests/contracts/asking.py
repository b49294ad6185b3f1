"""How each write that takes an Idempotency-Key is asked for so that it succeeds: the rows it needs, and its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image

from cart.models import CartCode
from cart.services import cart_hold
from events.models import Case
from inventory.models import StockLevel, StockTake, StockTransfer
from inventory.services import Count, TransferRequest, take_count, take_create, transfer_create
from markets.models import CurrencyRate
from orders.models import Order
from orders.services import order_fulfil, order_mark_paid
from products.models import Media, Product, ProductTranslation
from promotions.models import Promotion
from shipping.models import ShippingZone
from tests.factories.carts import ADDRESS, cart_make, pickup_point_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    collection_make,
    location_make,
    market_make,
    price_list_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    variant_of,
)
from tests.factories.credit import gift_card_make
from tests.factories.money import eur
from tests.factories.orders import order_make, total_of
from tests.factories.promotions import promotion_make
from tests.factories.users import api_key_make, group_make, user_make
from users.callers import GUEST
from users.models import Address, ApiKey, Role, User

DAY = "2026-11-02"


@dataclass(frozen=True)
class Ask:
    """What to send: the parts of the path, the body, and files beside it (a multipart body then)."""

    places: tuple[Any, ...] = ()
    body: Any = None
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)


def at(*places: Any, body: Any = None) -> Ask:
    return Ask(places, body)


def new(body: Any) -> Ask:
    return Ask(body=body)


def picture() -> tuple[str, bytes, str]:
    buffer = BytesIO()
    Image.new("RGB", (30, 20), "navy").save(buffer, "PNG")
    return "tray.png", buffer.getvalue(), "image/png"


def csv_file() -> tuple[str, bytes, str]:
    return "export.csv", b"Handle,Title,Variant SKU,Price\nmesa,Mesa,M-1,10\n", "text/csv"


# Catalogue


def product() -> Product:
    return product_make("Tray", variants=[{"sku": "TRAY"}])


def import_asked(_: User) -> Ask:
    market_make()
    location_make()
    return Ask((), {"format": "shopify", "market": "eu"}, {"file": csv_file()})


def media(of: Product) -> Media:
    return Media.objects.create(product=of, file="products/tray.png", width=10, height=10)


def media_at(body: Any) -> Ask:
    tray = product()
    return at(tray.id, media(tray).id, body=body)


def translated() -> Ask:
    tray = product()
    ProductTranslation.objects.create(product=tray, language="es", title="Bandeja")
    return at(tray.id, "es")


def prices_asked(_: User) -> Ask:
    made = price_list_make("trade", {})
    product()
    return at(made.id, body={"prices": [{"sku": "TRAY", "tiers": [{"min_quantity": 1, "price": eur(990)}]}]})


# Stock


def level() -> StockLevel:
    return StockLevel.objects.get(variant=variant_of(product()))


def take(*, is_counted: bool = False) -> StockTake:
    stocked = level()
    made = take_create(location_id=stocked.location_id, actor="system")
    if is_counted:
        take_count(take_id=made.id, counts=[Count(stocked.variant_id, 7)], actor="system")
    return made


def transfer() -> StockTransfer:
    stocked = level()
    return transfer_create(
        source_id=stocked.location_id,
        destination_id=location_make("shop").id,
        lines=[TransferRequest(stocked.variant_id, 3)],
        actor="system",
    )


def transfer_asked(_: User) -> Ask:
    product()
    location_make("shop")
    return new({"source": "main", "destination": "shop", "lines": [{"sku": "TRAY", "quantity": 3}]})


def level_asked(_: User) -> Ask:
    product()
    location_make("shop")
    return new({"sku": "TRAY", "location": "shop", "on_hand": 12, "reason": "Delivery 4711"})


# Carts


def line_asked(body: Any) -> Ask:
    cart = cart_make({variant_of(product()): 1})
    return at(cart.id, cart.lines.get().id, body=body)


def cart_at(body: Any = None) -> Ask:
    return at(cart_make({variant_of(product()): 1}).id, body=body)


def cart_asked(_: User) -> Ask:
    product()
    return new({"market": "eu", "lines": [{"sku": "TRAY", "quantity": 2}]})


def held_cart() -> Ask:
    cart = ready_cart_make({variant_of(product()): 1})
    cart_hold(cart_id=cart.id, caller=GUEST)
    return at(cart.id)


TEN_PERCENT = {"name": "Ten", "label": "Ten", "benefit": {"kind": "percent", "rate_ppm": 100_000}}


def code_asked(*, is_entered: bool) -> Ask:
    cart = cart_make({variant_of(product()): 1})
    promotion = promotion_make(code="WELCOME10")
    if not is_entered:
        return at(cart.id, body={"code": "WELCOME10"})
    CartCode.objects.create(cart=cart, code=promotion.codes.get())
    return at(cart.id, "WELCOME10")


def card_asked() -> Ask:
    card = gift_card_make()
    return at(cart_make(gift_card_ids=[card.id]).id, card.id)


# Orders


def order_asked(_: User) -> Ask:
    cart = ready_cart_make({variant_of(product()): 2})
    total = total_of(cart)
    body = {"cart": cart.id, "expected_total": eur(total.amount), "payment_method": "bank_transfer"}
    return new(body)


def open_order() -> Order:
    return order_make(payment_method="bank_transfer")


def paid_order() -> Order:
    order = open_order()
    order_mark_paid(order_id=order.id, actor="system")
    return order


def returned_asked(_: User) -> Ask:
    order = paid_order()
    order_fulfil(order_id=order.id, actor="system")
    line = {"line_id": order.lines.get().id, "quantity": 1}
    return at(order.id, body={"lines": [line], "location": "main", "reason": "Too small"})


def case() -> Case:
    return Case.objects.create(kind="lost_parcel", subject_type="order", subject_id=Order().id, title="It is lost")


# People


def key_asked(_: User) -> Ask:
    api_key_make(name="Till")
    return at(ApiKey.objects.get(name="Till").id)


def role() -> Role:
    return Role.objects.create(name="Support", rights=["orders:read"])


def address(me: User) -> Address:
    return Address.objects.create(user=me, **ADDRESS)


def zone() -> ShippingZone:
    return ShippingZone.objects.create(name="Iberia", countries=["DE"])


def method_asked(_: User) -> Ask:
    market_make()
    return new({"zone_id": zone().id, "market": "eu", "code": "express", "name": "Express", "price": eur(995)})


def point_asked(_: User) -> Ask:
    method = shipping_method_make("pickup", kind="pickup")
    place = {name: ADDRESS[name] for name in ("line1", "city", "postal_code", "country")}
    return new({"method_id": method.id, "code": "shop", "name": "Our shop", "address": place})


def rate_asked(_: User) -> Ask:
    tax_category_make("books")
    return new({"category": "books", "country": "ES", "name": "IVA", "rate_ppm": 40_000})


def market_asked(_: User) -> Ask:
    market_make()
    body = {"code": "jp", "name": "Japan", "currency": "JPY", "countries": ["JP"], "languages": ["en"]}
    return new(body | {"prices_include_tax": True})


def rate() -> CurrencyRate:
    return CurrencyRate.objects.create(base="EUR", quote="USD", rate=Decimal("1.08"), valid_on=DAY, source="ECB")


def filling_asked(_: User) -> Ask:
    product()
    rate()
    dollars = price_list_make("dollars", {}, market=market_make("uk", currency="USD", countries=["GB"]))
    return at(dollars.id, body={"market": "eu", "date": DAY, "step": 10})


def promotion() -> Promotion:
    return promotion_make(code="WELCOME10")


ASKED: dict[str, Callable[[User], Ask]] = {
    "POST /attributes": lambda _: new({"code": "size", "name": "Size", "kind": "text"}),
    "PATCH /attributes/{id}": lambda _: at(attribute_make("size").id, body={"name": "Measure"}),
    "DELETE /attributes/{id}": lambda _: at(attribute_make("size").id),
    "POST /brands": lambda _: new({"name": "Oak"}),
    "PATCH /brands/{reference}": lambda _: at(brand_make().slug, body={"slug": "oak"}),
    "DELETE /brands/{reference}": lambda _: at(brand_make().slug),
    "POST /categories": lambda _: new({"name": "Trays"}),
    "PATCH /categories/{reference}": lambda _: at(category_make().slug, body={"slug": "trays"}),
    "DELETE /categories/{reference}": lambda _: at(category_make().id),
    "POST /collections": lambda _: new({"title": "Summer"}),
    "PATCH /collections/{reference}": lambda _: at(collection_make().slug, body={"slug": "winter"}),
    "DELETE /collections/{reference}": lambda _: at(collection_make().id),
    "POST /products": lambda _: new({"title": "Tray"}),
    "PATCH /products/{reference}": lambda _: at(product().slug, body={"slug": "oak-tray"}),
    "DELETE /products/{reference}": lambda _: at(product().id),
    "POST /products/bulk": lambda _: new({"items": [{"action": "create", "product": {"title": "Tray"}}]}),
    "POST /products/{reference}/media": lambda _: Ask((product().id,), {"alt": "A tray"}, {"file": picture()}),
    "PATCH /products/{reference}/media/{media_id}": lambda _: media_at({"alt": "From the side"}),
    "DELETE /products/{reference}/media/{media_id}": lambda _: media_at(None),
    "PUT /products/{reference}/translations/{language}": lambda _: at(product().id, "es", body={"title": "Bandeja"}),
    "DELETE /products/{reference}/translations/{language}": lambda _: translated(),
    "POST /products/{reference}/variants": lambda _: at(product_make(variants=[]).id, body={"sku": "TRAY-M"}),
    "PATCH /variants/{reference}": lambda _: at(variant_of(product()).sku, body={"sku": "TRAY-1"}),
    "DELETE /variants/{reference}": lambda _: at(variant_of(product_make(variants=2, stock=None)).id),
    "PUT /variants/{reference}/prices": lambda _: at(
        variant_of(product()).id, body={"prices": [{"market": "eu", "price": eur(1500)}]}
    ),
    "POST /price-lists": lambda _: new({"market": market_make().code, "code": "trade", "name": "Trade"}),
    "PATCH /price-lists/{id}": lambda _: at(price_list_make("trade", {}).id, body={"name": "Trade"}),
    "DELETE /price-lists/{id}": lambda _: at(price_list_make("trade", {}).id),
    "POST /price-lists/{id}/prices": prices_asked,
    "POST /price-lists/{id}/fill-from": filling_asked,
    "POST /markets/{id}/fill-from": lambda _: at(
        market_make("es", countries=["ES"]).id, body={"market": market_make("eu").code, "date": DAY}
    ),
    "POST /currency-rates": lambda _: new(
        {"base": "EUR", "quote": "USD", "rate": "1.0876", "valid_on": DAY, "source": "ECB"}
    ),
    "PATCH /currency-rates/{id}": lambda _: at(rate().id, body={"rate": "1.0881"}),
    "DELETE /currency-rates/{id}": lambda _: at(rate().id),
    "POST /promotions": lambda _: new(
        {"name": "Tenth", "label": "10 % off", "benefit": {"kind": "percent", "rate_ppm": 100_000}}
    ),
    "PATCH /promotions/{id}": lambda _: at(promotion().id, body={"is_active": False}),
    "DELETE /promotions/{id}": lambda _: at(promotion().id),
    "POST /promotions/{id}/codes": lambda _: at(promotion().id, body={"code": "SHOES10"}),
    "DELETE /promotions/{id}/codes/{code}": lambda _: at(promotion().id, "WELCOME10"),
    "POST /promotions/{id}/codes/generate": lambda _: at(promotion().id, body={"count": 3, "prefix": "SPRING"}),
    "POST /gift-cards": lambda _: new({"amount": eur(5000), "note": "A present"}),
    "PATCH /gift-cards/{id}": lambda _: at(gift_card_make().id, body={"is_active": False}),
    "POST /gift-cards/{id}/adjustments": lambda _: at(
        gift_card_make().id, body={"amount": eur(-1000), "reason": "Typed wrong"}
    ),
    "POST /customers/{id}/store-credit/adjustments": lambda _: at(
        user_make().id, body={"amount": eur(1000), "reason": "For the wait"}
    ),
    "POST /imports": import_asked,
    "POST /locations": lambda _: new({"code": "shop", "name": "Shop"}),
    "PATCH /locations/{id}": lambda _: at(location_make().id, body={"name": "Shop"}),
    "POST /stock-levels": level_asked,
    "PATCH /stock-levels/{id}": lambda _: at(level().id, body={"on_hand": 12, "reason": "Counted"}),
    "POST /stock-levels/{id}/adjustments": lambda _: at(
        level().id, body={"on_hand_delta": 24, "kind": "received", "reason": "Delivery"}
    ),
    "POST /stock-takes": lambda _: new({"location": location_make().code}),
    "POST /stock-takes/{id}/lines": lambda _: at(take().id, body={"lines": [{"sku": "TRAY", "counted": 7}]}),
    "POST /stock-takes/{id}/apply": lambda _: at(take(is_counted=True).id),
    "POST /stock-takes/{id}/cancel": lambda _: at(take().id),
    "POST /stock-transfers": transfer_asked,
    "POST /stock-transfers/{id}/receive": lambda _: at(transfer().id, body={"lines": [{"sku": "TRAY", "quantity": 1}]}),
    "POST /stock-transfers/{id}/cancel": lambda _: at(transfer().id, body={"reason": "It came back."}),
    "POST /stock-transfers/{id}/close": lambda _: at(transfer().id, body={"reason": "It fell off."}),
    "POST /markets": market_asked,
    "PATCH /markets/{id}": lambda _: at(market_make().id, body={"name": "Europe"}),
    "DELETE /markets/{id}": lambda _: at((market_make(), market_make("us"))[1].id),
    "POST /tax-categories": lambda _: new({"code": "books", "name": "Books"}),
    "PATCH /tax-categories/{id}": lambda _: at(tax_category_make().id, body={"name": "All"}),
    "DELETE /tax-categories/{id}": lambda _: at(tax_category_make("books", is_default=False).id),
    "POST /tax-rates": rate_asked,
    "PATCH /tax-rates/{id}": lambda _: at(tax_rate_make().id, body={"name": "MwSt"}),
    "DELETE /tax-rates/{id}": lambda _: at(tax_rate_make().id),
    "POST /shipping-zones": lambda _: new({"name": "Iberia", "countries": ["ES", "PT"]}),
    "PATCH /shipping-zones/{id}": lambda _: at(zone().id, body={"countries": ["ES"]}),
    "DELETE /shipping-zones/{id}": lambda _: at(zone().id),
    "POST /pickup-points": point_asked,
    "PATCH /pickup-points/{id}": lambda _: at(pickup_point_make().id, body={"opening_hours": "10 to 20"}),
    "DELETE /pickup-points/{id}": lambda _: at(pickup_point_make().id),
    "POST /shipping-methods": method_asked,
    "PATCH /shipping-methods/{id}": lambda _: at(shipping_method_make().id, body={"price": eur(590)}),
    "DELETE /shipping-methods/{id}": lambda _: at(shipping_method_make().id),
    "POST /carts": cart_asked,
    "PATCH /carts/{cart_id}": lambda _: cart_at({"note": "Ring twice"}),
    "DELETE /carts/{cart_id}": lambda _: cart_at(),
    "POST /carts/{cart_id}/claim": lambda _: cart_at(),
    "POST /carts/{cart_id}/codes": lambda _: code_asked(is_entered=False),
    "DELETE /carts/{cart_id}/codes/{code}": lambda _: code_asked(is_entered=True),
    "DELETE /carts/{cart_id}/gift-cards/{card_id}": lambda _: card_asked(),
    "POST /carts/{cart_id}/lines": lambda _: cart_at({"sku": "TRAY", "quantity": 2}),
    "PUT /carts/{cart_id}/lines": lambda _: cart_at({"lines": [{"sku": "TRAY", "quantity": 2}]}),
    "PATCH /carts/{cart_id}/lines/{line_id}": lambda _: line_asked({"quantity": 3}),
    "DELETE /carts/{cart_id}/lines/{line_id}": lambda _: line_asked(None),
    "POST /carts/{cart_id}/reservation": lambda _: cart_at(),
    "DELETE /carts/{cart_id}/reservation": lambda _: held_cart(),
    "POST /orders": order_asked,
    "POST /orders/{reference}/cancel": lambda _: at(open_order().id, body={"reason": "Ordered twice"}),
    "POST /orders/{reference}/fulfilments": lambda _: at(paid_order().id, body={"carrier": "Correos"}),
    "POST /orders/{reference}/history": lambda _: at(open_order().id, body={"message": "Rang."}),
    "POST /orders/{reference}/payments": lambda _: at(order_make().id, body={"method": "bank_transfer"}),
    "POST /orders/{reference}/returned-goods": returned_asked,
    "POST /payments/{id}/cancel": lambda _: at(open_order().payments.get().id),
    "POST /payments/{id}/capture": lambda _: at(open_order().payments.get().id, body={"amount": eur(1000)}),
    "POST /payments/{id}/refunds": lambda _: at(
        paid_order().payments.get().id, body={"amount": eur(1000), "reason": "A crack"}
    ),
    "POST /cases/{id}/resolve": lambda _: at(case().id, body={"resolution": "Found"}),
    "POST /api-keys/{id}/revoke": key_asked,
    "PATCH /customers/{id}": lambda _: at(user_make().id, body={"is_active": False}),
    "POST /customer-groups": lambda _: new({"code": "press", "name": "Press"}),
    "PATCH /customer-groups/{id}": lambda _: at(group_make().id, body={"name": "Press"}),
    "DELETE /customer-groups/{id}": lambda _: at(group_make().id),
    "POST /customer-groups/{id}/members": lambda _: at(group_make().id, body={"add": [user_make().id], "remove": []}),
    "PATCH /me": lambda _: new({"name": "Ana"}),
    "POST /me/addresses": lambda _: new(ADDRESS),
    "PATCH /me/addresses/{id}": lambda me: at(address(me).id, body={"line1": "Unter den Linden 2"}),
    "DELETE /me/addresses/{id}": lambda me: at(address(me).id),
    "POST /roles": lambda _: new({"name": "Support", "rights": ["orders:read"]}),
    "PATCH /roles/{id}": lambda _: at(role().id, body={"rights": ["orders:write"]}),
    "DELETE /roles/{id}": lambda _: at(role().id),
}
"""By method and path. The user who asks is told to those that need rows of their own."""
