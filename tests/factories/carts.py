"""Shipping and carts: minimal rows, straight into the tables."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cart.models import Cart, CartLine
from core import clock
from markets.models import Market
from products.models import Variant
from shipping.models import PickupPoint, ShippingMethod, ShippingZone
from tests.factories.catalogue import market_make

ADDRESS = {
    "name": "Ada Muster",
    "company": "",
    "line1": "Unter den Linden 1",
    "line2": "",
    "city": "Berlin",
    "region": "",
    "postal_code": "10117",
    "country": "DE",
    "phone": "",
}
US_ADDRESS = ADDRESS | {
    "line1": "350 5th Ave",
    "city": "New York",
    "region": "NY",
    "postal_code": "10118",
    "country": "US",
}


def shipping_method_make(
    code: str = "standard", *, market: Market | None = None, countries: tuple[str, ...] = (), **fields: Any
) -> ShippingMethod:
    """Make a flat method to all of a market's countries (or those given): 4.95 unless said otherwise."""
    market = market or market_make()
    names = list(countries or market.countries)
    zone = ShippingZone.objects.get_or_create(name="-".join(names), defaults={"countries": names})[0]
    values = {"name": code.title(), "amount": 495} | fields
    return ShippingMethod.objects.create(code=code, market=market, zone=zone, **values)


def pickup_point_make(code: str = "shop", *, method: ShippingMethod | None = None, **fields: Any) -> PickupPoint:
    """Make a point of a free pick-up method of the default market (a new one unless given), in Berlin."""
    method = method or shipping_method_make("pickup", kind="pickup", amount=0)
    name = fields.pop("name", code.title())
    address = ADDRESS | fields.pop("address", {}) | {"name": name}
    return PickupPoint.objects.create(method=method, code=code, name=name, address=address, **fields)


def cart_make(
    lines: Mapping[Variant, int] | None = None, *, market: Market | None = None, seen: int = 1999, **fields: Any
) -> Cart:
    """Make an open guest's cart with lines, the buyer having seen each at one price."""
    market = market or market_make()
    values = {"language": market.languages[0], "expires_at": clock.now() + timedelta(days=30)} | fields
    cart = Cart.objects.create(market=market, **values)
    for variant, quantity in (lines or {}).items():
        CartLine.objects.create(
            cart=cart, variant=variant, quantity=quantity, seen_unit_amount=seen, title=variant.product.title
        )
    return cart


def ready_cart_make(lines: Mapping[Variant, int], *, market: Market | None = None, **fields: Any) -> Cart:
    """Make a cart that lacks nothing: e-mail, a German address and a shipping method."""
    market = market or market_make()
    method = fields.pop("shipping_method", None) or shipping_method_make(market=market)
    values: dict[str, Any] = {
        "email": "ada@example.com",
        "shipping_address": ADDRESS,
        "shipping_method": method,
    } | fields
    return cart_make(lines, market=market, **values)
