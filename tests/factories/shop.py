"""A shop that looks real: some of the demo's goods with drawn pictures, and orders of the last month in every state."""

from datetime import timedelta
from io import BytesIO
from itertools import islice
from typing import Any

from django.db import transaction

from core import clock
from core.money import Money
from demo import drawing, loader
from inventory.models import StockLevel
from inventory.services import StockTarget, stock_set_many
from orders.models import Order
from orders.services import order_cancel, order_fulfil, order_mark_paid
from products.models import Category, Product, Variant
from products.services import media_add, product_create
from tests.factories.carts import ADDRESS, US_ADDRESS, shipping_method_make
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    location_make,
    market_make,
    tax_rate_make,
    us_market_make,
)
from tests.factories.orders import order_make
from tests.factories.users import user_make

SYSTEM = "system"


def shop_make(*, product_count: int = 14, order_count: int = 24) -> None:
    """Fill an empty shop."""
    eu = market_make(name="European Union", countries=["DE", "ES", "FR"])
    us = us_market_make()
    tax_rate_make()
    content = loader.read()
    for attribute in content.attributes:
        attribute_make(attribute.code, attribute.kind, name=attribute.name, choices=list(attribute.choices))
    step = max(len(content.products) // product_count, 1)
    chosen = list(islice(content.products[::step], product_count))
    variants = [variant for product in chosen for variant in _product_make(product, content).variants.all()]
    with transaction.atomic():
        targets = [StockTarget(variant.pk, 2 + 7 * number % 40) for number, variant in enumerate(variants)]
        stock_set_many(levels=targets, location_id=location_make().pk, reason="first delivery", actor=SYSTEM)
    StockLevel.objects.update(low_stock_threshold=3)
    _orders_make(variants, order_count, {"eu": shipping_method_make(market=eu), "us": shipping_method_make(market=us)})


def _product_make(product: loader.Product, content: loader.Content) -> Product:
    slug = product.categories[0]
    category = Category.objects.filter(slug=slug).first() or category_make(
        slug.replace("-", " ").capitalize(), slug=slug
    )
    made = product_create(
        fields={
            "title": product.title,
            "slug": product.slug,
            "description": f"<p>{product.description}</p>",
            "status": "active",
            "brand": brand_make(product.brand.title()).pk,
            "tags": list(product.tags),
            "attributes": dict(product.attributes),
            "categories": [category.pk],
            "options": [{"name": option.name, "values": list(option.values)} for option in product.options],
            "variants": [
                {
                    "sku": variant.sku,
                    "option_values": list(variant.options),
                    "barcode": variant.barcode,
                    "prices": [
                        {"market": code, "price": Money(product.price_of(variant, code), currency)}
                        for code, currency in (("eu", "EUR"), ("us", "USD"))
                    ],
                }
                for variant in product.variants
            ],
            "translations": [
                {"language": language, "title": text.title, "description": text.description}
                for language, text in product.translations.items()
            ],
        },
        actor=SYSTEM,
    )
    picture = drawing.draw(
        product.picture.kind,
        colour=content.colours[product.colour_of(product.variants[0])],
        backdrop=product.picture.backdrop,
    )
    file = BytesIO()
    picture.resize((240, 240)).save(file, "PNG")
    file.seek(0)
    media_add(product_id=made.pk, actor=SYSTEM, file=file, fields={"alt": product.title})
    return made


def _orders_make(variants: list[Variant], count: int, methods: dict[str, Any]) -> None:
    """Place orders over the last month, and bring most of them to an end."""
    customer = user_make(email="jonas.weber@example.com", name="Jonas Weber")
    for number in range(count):
        code, address = ("us", US_ADDRESS) if number % 4 == 3 else ("eu", ADDRESS)
        method = methods[code]
        with clock.moved(timedelta(days=-29 * (count - number - 1) / count, hours=-number)):
            order = order_make(
                {variants[(5 * number + step) % len(variants)]: 1 for step in range(1 + number % 3)},
                market=method.market,
                shipping_method=method,
                shipping_address=address,
                customer=customer if number % 2 else None,
                email="jonas.weber@example.com" if number % 2 else f"guest{number}@example.com",
                payment_method="cash_on_delivery" if number % 7 == 6 else "bank_transfer",
            )
        _bring_to_an_end(order, number, count)


def _bring_to_an_end(order: Order, number: int, count: int) -> None:
    if number % 9 == 8:
        order_cancel(order_id=order.pk, reason="Changed their mind", actor=SYSTEM)
    elif number < count - 3:
        order_mark_paid(order_id=order.pk, reference=f"STMT {number}", actor=SYSTEM)
        if number < count - 8:
            order_fulfil(order_id=order.pk, carrier="DHL", tracking_number=f"0034{number:06}", actor=SYSTEM)
