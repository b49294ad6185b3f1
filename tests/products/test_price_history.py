"""What prices were: kept by triggers whoever changes them, and the lowest of 30 days beside a reduced one."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from core import clock
from products.models import Price, PriceHistory, Product, Variant
from tests.factories.catalogue import price_make, product_make, us_market_make, variant_of
from tests.factories.money import eur
from tests.factories.users import staff_make, user_make
from tests.schema import constraints_of
from users.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
DAY = timedelta(days=1)


def states(variant: Variant) -> list[tuple[int, str, str | None]]:
    """Return the states of a variant's prices, the oldest first: amount, by whom, and by whom it was ended."""
    rows = PriceHistory.objects.filter(variant=variant).order_by("id")
    return [(row.amount, row.recorded_by, row.ended_by if row.ended_at else None) for row in rows]


def test_every_change_by_whatever_hand_leaves_a_state(client_of: ClientOf) -> None:
    variant = variant_of(product_make(price=1000))
    boss = staff_make(rights=["catalogue:read", "catalogue:write"])
    staff, by = client_of(boss), f"user:{boss.pk}"
    assert states(variant) == [(1000, "", None)]

    Price.objects.filter(variant=variant).update(amount=1100)
    assert states(variant) == [(1000, "", ""), (1100, "", None)]
    Price.objects.filter(variant=variant).update(amount=1100)
    assert len(states(variant)) == 2

    path = f"/api/v1/variants/{variant.pk}"
    prices = [{"market": "eu", "price": eur(900), "compare_at": eur(1100)}]
    assert staff.put(f"{path}/prices", {"prices": prices}, headers={"If-Match": "*"}).status_code == 200
    assert states(variant)[1:] == [(1100, "", by), (900, by, None)]

    rows = staff.get(f"{path}/price-history", {"market": "eu"}).json()["results"]
    assert [(row["price"], row["compare_at"], row["recorded_by"]) for row in rows] == [
        (eur(900), eur(1100), by),
        (eur(1100), None, ""),
        (eur(1000), None, ""),
    ]
    # One ends as the other starts: both are of one transaction.
    assert (rows[0]["starts_at"], rows[0]["ended_at"]) == (rows[1]["ends_at"], None)
    assert staff.get(f"{path}/price-history", {"market": "us"}).json()["results"] == []


def test_bulk_changes_count_too(client_of: ClientOf) -> None:
    product_make(variants=3, price=500)
    Price.objects.update(amount=400)
    assert list(PriceHistory.objects.filter(ended_at=None).values_list("amount", flat=True)) == [400] * 3
    Price.objects.all().delete()
    assert (PriceHistory.objects.count(), PriceHistory.objects.filter(ended_at=None).count()) == (6, 0)
    Product.objects.all().delete()
    assert not PriceHistory.objects.exists()


def test_only_staff_see_the_history(api: APIClient, client_of: ClientOf) -> None:
    variant = variant_of(product_make())
    path = f"/api/v1/variants/{variant.pk}/price-history"
    assert [client.get(path).status_code for client in (api, client_of(user_make()))] == [401, 403]


def lived(variant: Variant, *spans: tuple[int, int | None, int, int | None]) -> None:
    """Let a variant have had these prices: amount, compared with, and between which days ago."""
    now, price = clock.now(), Price.objects.get(variant=variant)
    amount, compare_at, _, _ = spans[-1]
    Price.objects.filter(variant=variant).update(amount=amount, compare_at_amount=compare_at)
    PriceHistory.objects.filter(variant=variant).delete()
    for amount, compare_at, begun, ended in spans:
        PriceHistory.objects.create(
            price_id=price.pk,
            variant=variant,
            market=price.market,
            amount=amount,
            compare_at_amount=compare_at,
            recorded_at=now - begun * DAY,
            ended_at=None if ended is None else now - ended * DAY,
            starts_at=now - begun * DAY,
            ends_at=None if ended is None else now - ended * DAY,
        )


@pytest.mark.parametrize(
    ("spans", "lowest"),
    [
        # Reduced ten days ago, after a long time at one price.
        ([(2000, None, 90, 10), (1500, 2000, 10, None)], 2000),
        # It was cheaper within the 30 days before: that is the price to tell.
        ([(1700, None, 90, 30), (2000, None, 30, 10), (1500, 2000, 10, None)], 1700),
        # It was cheaper before those 30 days: that is over.
        ([(1000, None, 90, 41), (2000, None, 41, 10), (1500, 2000, 10, None)], 2000),
        ([(1000, None, 90, 40), (2000, None, 40, 10), (1500, 2000, 10, None)], 2000),
        ([(1000, None, 90, 39), (2000, None, 39, 10), (1500, 2000, 10, None)], 1000),
        # The 30 days are those before the reduction, however long that lasts.
        ([(2000, None, 300, 200), (1500, 2000, 200, None)], 2000),
        # Saved anew at the same price: the reduction began before.
        ([(2000, None, 90, 40), (1500, 2000, 40, 5), (1500, 1900, 5, None)], 2000),
        # Reduced further: the earlier reduction is what was before.
        ([(2000, None, 90, 20), (1500, 2000, 20, 5), (1200, 2000, 5, None)], 1500),
        # Called reduced and not reduced at all.
        ([(1500, None, 90, 10), (1500, 2000, 10, None)], 1500),
        # Taken off sale in between; a reduction that was on sale before within 30 days.
        ([(2000, None, 90, 30), (1500, 2000, 20, None)], 2000),
        # Never sold before, or not for 30 days: there is no earlier price.
        ([(1500, 2000, 10, None)], None),
        ([(2000, None, 90, 60), (1500, 2000, 20, None)], None),
        # Written down and taken back before it was ever applied.
        ([(2000, None, 90, 10), (900, None, 15, 16), (1500, 2000, 10, None)], 2000),
        # Not reduced.
        ([(1000, None, 90, 10), (1500, None, 10, None)], None),
        ([(1000, None, 90, 10), (1500, 1500, 10, None)], None),
    ],
)
def test_the_lowest_price_of_the_30_days_before_a_reduction(
    api: APIClient, spans: list[tuple[int, int | None, int, int | None]], lowest: int | None
) -> None:
    product = product_make(price=1)
    lived(variant_of(product), *spans)
    (shown,) = api.get(f"/api/v1/products/{product.slug}").json()["variants"]
    assert shown["price"] == eur(spans[-1][0])
    assert shown["lowest_price_30d"] == (None if lowest is None else eur(lowest))


def test_a_kept_page_follows_the_reduction_and_its_end(api: APIClient) -> None:
    product, now = product_make(price=None), clock.now()
    variant = variant_of(product)
    price_make(variant, 2000, valid_until=now + DAY)
    price_make(variant, 1500, compare_at_amount=2500, valid_from=now + DAY, valid_until=now + 3 * DAY)
    price_make(variant, 1400, compare_at_amount=2500, valid_from=now + 3 * DAY)

    def shown() -> tuple[Any, Any]:
        (one,) = api.get(f"/api/v1/products/{product.slug}").json()["variants"]
        return one["price"]["amount"], one["lowest_price_30d"]

    seen = []
    for day in (0, 1, 2, 4, 1, 0):
        with clock.moved(day * DAY):
            seen.append(shown())
    assert seen == [
        (2000, None),
        (1500, eur(2000)),
        (1500, eur(2000)),
        (1400, eur(1500)),
        (1500, eur(2000)),
        (2000, None),
    ]


def test_a_market_and_a_variant_have_a_history_of_their_own(api: APIClient) -> None:
    product = product_make(price=1)
    lived(variant_of(product), (2000, None, 90, 10), (1500, 2000, 10, None))
    lived(variant_of(product_make(price=1)), (1, None, 90, None))
    PriceHistory.objects.create(
        price_id=uuid.uuid4(),
        variant=variant_of(product),
        market=us_market_make(),
        amount=2,
        recorded_at=clock.now() - 90 * DAY,
        starts_at=clock.now() - 90 * DAY,
    )
    (shown,) = api.get(f"/api/v1/products/{product.slug}").json()["variants"]
    assert shown["lowest_price_30d"] == eur(2000)


def test_the_page_costs_no_query_more_for_a_reduced_price(api: APIClient, django_assert_num_queries: Any) -> None:
    product = product_make(variants=3, price=900)
    Price.objects.update(compare_at_amount=1000)
    with django_assert_num_queries(6):
        api.get(f"/api/v1/products/{product.slug}")
    with django_assert_num_queries(1):
        api.get(f"/api/v1/products/{product.slug}")


def test_a_price_has_one_state_at_a_time() -> None:
    product_make()
    rule = "products_pricehistory_one_state"
    assert rule in constraints_of("products")
    copy = """
        INSERT INTO products_pricehistory (price_id, variant_id, market_id, amount, recorded_at, recorded_by, ended_by,
            starts_at)
        SELECT price_id, variant_id, market_id, 1, now(), '', '', now() FROM products_pricehistory"""
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(copy)
