"""Versions under fire: two writers at once, each with a control run in which the protection is taken away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes

from products.models import Brand, Category, Product, ProductCategory
from tests.factories.catalogue import brand_make, category_make, product_make

pytestmark = pytest.mark.django_db(transaction=True)

_ROUNDS = 25
_LOCKS_IN_ORDER_OF_IDS = "PERFORM 1 FROM products_product WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;"
_LOCKS_AS_THEY_COME = """
    FOR place IN 1 .. cardinality(ids) LOOP
        PERFORM 1 FROM products_product WHERE id = ids[place] FOR NO KEY UPDATE;
        PERFORM pg_sleep(0.002);
    END LOOP;
"""


def sql(text: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall() if cursor.description else []


def at_once(*works: Callable[[], None]) -> list[str]:
    """Run each work in a thread with a connection of its own; return the SQLSTATEs of those that failed."""
    barrier, failed = Barrier(len(works)), []

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait()
            work()
        except OperationalError as error:
            failed.append(getattr(error.__cause__, "pgcode", "") or "")
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@contextmanager
def bump_that(locks: str) -> Iterator[None]:
    """Let products_bump lock in another way."""
    ((source,),) = sql("SELECT pg_get_functiondef('products_bump'::regproc)")
    assert _LOCKS_IN_ORDER_OF_IDS in source
    sql(source.replace(_LOCKS_IN_ORDER_OF_IDS, locks).replace("BEGIN", "DECLARE place int; BEGIN", 1))
    try:
        yield
    finally:
        sql(source)


def opposite_ways() -> list[str]:
    """Change options of the same products from both ends, in one statement each."""
    ids = sorted(product_make().pk for _ in range(8))

    def work(order: str) -> Callable[[], None]:
        def run() -> None:
            for number in range(_ROUNDS):
                sql(
                    f"""INSERT INTO products_productoption (id, product_id, name, values, position)
                        SELECT gen_random_uuid(), id, %s, ARRAY['x'], 0 FROM products_product
                        WHERE id = ANY (%s) ORDER BY id {order}""",  # noqa: S608 (one of two words)
                    [f"{order} {number}", ids],
                )

        return run

    return at_once(work("ASC"), work("DESC"))


def test_opposite_statements_do_not_deadlock() -> None:
    assert opposite_ways() == []


@pytest.mark.slow
def test_control_without_an_order_they_do() -> None:
    with bump_that(_LOCKS_AS_THEY_COME):
        assert errorcodes.DEADLOCK_DETECTED in opposite_ways()


def join_category(product: Product, category: Category) -> None:
    ProductCategory.objects.create(product=product, category=category)


def join_brand(product: Product, brand: Brand) -> None:
    Product.objects.filter(pk=product.pk).update(brand=brand)


def renamed_while_referred_to(owner: Any, join: Callable[[Product, Any], None]) -> tuple[list[str], bool]:
    """Let a product come to refer to a row that another transaction is renaming.

    Returns how that failed, and whether its version changed.
    """
    product = product_make()

    def refer() -> None:
        with transaction.atomic():
            sql("SET LOCAL lock_timeout = '400ms'")
            join(product, owner)

    with transaction.atomic():
        type(owner).objects.filter(pk=owner.pk).update(name="Renamed")
        failed = at_once(refer)
    return failed, Product.objects.get(pk=product.pk).version > product.version


@pytest.mark.parametrize(("make", "join"), [(category_make, join_category), (brand_make, join_brand)])
def test_what_comes_to_refer_to_a_row_waits_for_its_renaming(
    make: Callable[[], Any], join: Callable[[Product, Any], None]
) -> None:
    assert renamed_while_referred_to(make(), join) == ([errorcodes.LOCK_NOT_AVAILABLE], False)


@pytest.mark.slow
def test_control_without_the_lock_it_does_not_wait() -> None:
    ((trigger,),) = sql(
        "SELECT tgname FROM pg_trigger WHERE tgname LIKE %s AND tgrelid = %s::regclass",
        ["pgtrigger_lock%", "products_category"],
    )
    sql(f"ALTER TABLE products_category DISABLE TRIGGER {trigger}")
    try:
        # It was shown with the old name until the renaming was committed, and is of the same version after that.
        assert renamed_while_referred_to(category_make(), join_category) == ([], True)
    finally:
        sql(f"ALTER TABLE products_category ENABLE TRIGGER {trigger}")
