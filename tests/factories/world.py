"""A shop with some of everything: `size` rows of each model of ours, hung together as in a real one."""

from datetime import date, timedelta
from itertools import count

from audit.models import AuditDifference, AuditRun
from cart.models import CartCode
from core import clock
from events.models import Case, IdempotencyKey, Job
from inventory.models import Location, StockLevel, StockTake, StockTakeLine, StockTransfer, StockTransferLine
from markets.models import CurrencyRate, Market, TaxCategory
from orders.models import Order
from orders.services import FulfilLine, order_fulfil, order_mark_paid
from products.importing.models import Import, ImportProblem
from products.models import (
    Category,
    Media,
    Product,
    ProductTranslation,
    SlugRedirect,
    Variant,
)
from shipping.models import ShippingExclusion, ShippingZone
from tests.factories.carts import ADDRESS, cart_make, pickup_point_make, shipping_method_make
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    collection_make,
    market_make,
    price_list_make,
    product_make,
    tax_rate_make,
    variant_of,
)
from tests.factories.credit import card_variant_make, gift_card_make, sold_cards_make, store_credit_make
from tests.factories.orders import order_make
from tests.factories.outside import outside_answer_make
from tests.factories.promotions import promotion_make
from tests.factories.users import api_key_make, group_make, user_make
from users.models import Address, Role, Session, Throttle, User

_number = count(1)


def world_make(size: int) -> None:
    """Make `size` more of everything."""
    for _ in range(size):
        number = next(_number)
        market = market_make(f"market-{number}", name=f"Market {number}", position=number)
        user = _people_make(number)
        product = _catalogue_make(number, market, user)
        _settings_make(number, market)
        promotion = promotion_make(code=f"WORLD-{number}", goods=[product], use_limit=5, budget_amount=10_000)
        cart = cart_make(market=market)
        CartCode.objects.create(cart=cart, code=promotion.codes.get())
        outside_answer_make(cart)
        _stock_make(number, StockLevel.objects.filter(variant__product=product)[0])
        order = sent_order_make(variant_of(product), market=market, customer=user)
        _system_make(number, order)
        _credit_make(user, market)


def sent_order_make(variant: Variant, *, market: Market, customer: User) -> Order:
    """Place an order of two pieces, record its money, and send one of them."""
    order = order_make({variant: 2}, market=market, customer=customer, payment_method="bank_transfer")
    order_mark_paid(order_id=order.pk, actor="system")
    line = order.lines.get()
    order_fulfil(order_id=order.pk, lines=[FulfilLine(line.pk, 1)], carrier="DHL", actor="system")
    order.refresh_from_db()
    return order


def _people_make(number: int) -> User:
    user = user_make(email=f"person-{number}@example.com", name=f"Person {number}", is_staff=True)
    role = Role.objects.create(name=f"World role {number}", rights=["orders:read"])
    user.roles.add(role)
    Address.objects.create(user=user, **ADDRESS)
    api_key_make(name=f"Key {number}", scopes=["orders:read"])
    return user


def _catalogue_make(number: int, market: Market, user: User) -> Product:
    group = group_make(f"group-{number}", members=[user])
    category = category_make(f"World category {number}")
    product = product_make(
        f"World product {number}",
        market=market,
        variants=2,
        categories=[category],
        brand=brand_make(f"World brand {number}"),
    )
    Variant.objects.filter(product=product).update(max_customer_quantity=9)
    collection_make(f"World collection {number}", products=[product])
    price_list_make(f"list-{number}", {variant_of(product): {1: 900}}, market=market, groups=[group])
    attribute_make(f"attribute_{number}")
    ProductTranslation.objects.create(product=product, language="es", title=f"Producto {number}")
    picture = Media.objects.create(product=product, file=f"products/{number}.png", width=10, height=10)
    picture.variants.add(variant_of(product))
    SlugRedirect.objects.create(kind="product", old_slug=f"old-{number}", target_id=product.pk)
    imported = Import.objects.create(format="shopify", market=market, file_name=f"{number}.csv", actor="system")
    ImportProblem.objects.create(owner=imported, severity="error", code="bad", reason="It is bad.", line=number)
    return product


def _stock_make(number: int, level: StockLevel) -> None:
    place = Location.objects.create(code=f"place-{number}", name=f"Place {number}", position=number)
    transfer = StockTransfer.objects.create(destination=place, reference=f"delivery-{number}")
    StockTransferLine.objects.create(transfer=transfer, variant=level.variant, quantity=3)
    take = StockTake.objects.create(location=place, note=f"Count {number}")
    StockTakeLine.objects.create(take=take, level=level, counted=1, expected=1)


def _settings_make(number: int, market: Market) -> None:
    tax_category = TaxCategory.objects.create(code=f"tax-{number}", name=f"Tax {number}")
    tax_rate_make(category=tax_category)
    day = date(2026, 1, 1) + timedelta(days=number)
    CurrencyRate.objects.create(base="EUR", quote="USD", rate=2, valid_on=day, source="Example")
    ShippingZone.objects.create(name=f"Zone {number}", countries=["DE"])
    method = shipping_method_make(f"letter-{number}", market=market)
    pickup_point_make(method=shipping_method_make(f"pickup-{number}", market=market, kind="pickup"))
    ShippingExclusion.objects.create(method=method, category=Category.objects.first())


def _credit_make(user: User, market: Market) -> None:
    gift_card_make(1000, customer=user)
    store_credit_make(user, 500)
    sold_cards_make(variant=card_variant_make(market=market), market=market, customer=user)


def _system_make(number: int, order: Order) -> None:
    run = AuditRun.objects.create(finished_at=clock.now(), difference_count=1)
    AuditDifference.objects.create(run=run, check_name="payments", kind="payment", field="amount", stored=f"{number}")
    job = Job.objects.create(kind=f"job-{number}")
    Case.objects.create(kind="job_failed", subject_type="job", subject_id=job.pk, title=f"Job {number} failed")
    until = clock.now() + timedelta(days=1)
    Throttle.objects.create(key=f"{number:064}", hits=1, until=until)
    Session.objects.create(session_key=f"session-{number}", expire_date=until, user=order.customer)
    IdempotencyKey.objects.create(
        scope=f"guest POST /{number}",
        key=f"key-{number}",
        body_digest=b"\0",
        status=201,
        body=b"{}",
        expires_at=until,
    )
