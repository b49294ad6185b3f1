"""How long an audit of a large shop takes, and how much memory: a million order lines with books in order.

    .venv/bin/python benchmarks/audit_scale.py --lines 1000000

Fills a scratch database (a second one of the tests' own server, dropped at the end): two orders are placed, paid and
in part sent by the shop's services, then copied in SQL with all that hangs on them, spread over a year and over as many
variants as are asked for. Then `manage.py audit` runs: everything, what changed in the last day, and everything again
after a hundred thousand lines were made wrong, which must not take more memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.core.management import CommandError, call_command  # noqa: E402 (after the settings)
from django.db import connection  # noqa: E402

from core import clock  # noqa: E402
from orders.models import Order  # noqa: E402
from orders.services import order_fulfil, order_mark_paid  # noqa: E402
from tests.audit.books import stocked_make  # noqa: E402
from tests.factories.carts import shipping_method_make  # noqa: E402
from tests.factories.catalogue import tax_rate_make  # noqa: E402
from tests.factories.orders import order_make  # noqa: E402

LINES_OF_ORDER = 3
SENT = 9
"""Of ten orders so many are sent; the rest waits with its stock reserved."""
WRONG = 100_000


def main() -> None:
    """Fill, audit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many order lines (default 1,000,000)")
    parser.add_argument("--variants", type=int, default=5_000, help="how many variants they are spread over")
    asked = parser.parse_args()
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with timed("fill"):
            fill(orders=asked.lines // LINES_OF_ORDER, copies=max(asked.variants // LINES_OF_ORDER, 1))
        for table in ("orders_orderline", "orders_order", "inventory_stockmovement", "orders_orderadjustment"):
            print(f"{table:<28}{count(table):>12,}")
        audit("everything")
        audit("the last day", "--since", (clock.now() - timedelta(days=1)).isoformat())
        execute("ALTER TABLE orders_orderline DISABLE TRIGGER USER")
        wrong = min(WRONG, count("orders_orderline"))
        execute(
            "UPDATE orders_orderline SET tax_amount = tax_amount + 1"  # noqa: S608 (a number)
            f" WHERE id IN (SELECT id FROM orders_orderline ORDER BY id LIMIT {wrong})"
        )
        audit(f"everything, {wrong:,} lines wrong")
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def fill(*, orders: int, copies: int) -> None:
    """Place two orders by the services, and copy them and their variants."""
    tax_rate_make()
    method = shipping_method_make()
    variants = [stocked_make(f"V{number}", 1000) for number in range(LINES_OF_ORDER)]
    with clock.moved(-timedelta(days=1)):
        templates = [order_make(dict.fromkeys(variants, 2), shipping_method=method) for _ in range(2)]
        for order in templates:
            order_mark_paid(order_id=order.pk, actor="system")
        order_fulfil(order_id=templates[0].pk, actor="system")
    execute("SET session_replication_role = replica")  # No triggers and no references, which hold by themselves.
    catalogue(copies)
    step = 1_000_000
    for first in range(1, orders + 1, step):
        last = min(first + step - 1, orders)
        sell(templates[0], f"generate_series({first}, {last}) n WHERE n % 10 < {SENT}", orders, copies)
        sell(templates[1], f"generate_series({first}, {last}) n WHERE n % 10 >= {SENT}", orders, copies)
    execute(
        "UPDATE inventory_stocklevel s SET on_hand = m.on_hand, reserved = m.reserved FROM (SELECT level_id,"
        " SUM(on_hand_delta) AS on_hand, SUM(reserved_delta) AS reserved FROM inventory_stockmovement GROUP BY level_id"
        ") m WHERE m.level_id = s.id"
    )
    execute("SET session_replication_role = DEFAULT")
    execute("VACUUM ANALYZE")


def catalogue(copies: int) -> None:
    """Copy the variants with their levels, each with a delivery that lasts."""
    source = f"generate_series(1, {copies}) n WHERE TRUE"
    renamed = {"id": uuid_of("id"), "product_id": uuid_of("product_id"), "sku": "t.sku || '-' || n"}
    copy("products_variant", "TRUE", source, renamed)
    copy("inventory_stocklevel", mine("variant_id"), source, {"id": uuid_of("id"), "variant_id": uuid_of("variant_id")})
    copy(
        "inventory_stockmovement",
        "t.kind = 'received'",
        source,
        {"level_id": uuid_of("level_id"), "on_hand_delta": "100000000"},
    )


def sell(template: Order, source: str, orders: int, copies: int) -> None:
    """Copy an order with everything that hangs on it."""
    of_order, at = (
        f"t.order_id = '{template.pk}'",
        f"now() - make_interval(secs => ({orders} - n) * 31536000.0 / {orders})",
    )
    place = f"1 + n % {copies}"
    copy("cart_cart", f"t.id = '{template.cart_id}'", source, {"id": uuid_of("id"), "updated_at": at})
    copy(
        "orders_order",
        f"t.id = '{template.pk}'",
        source,
        {"id": uuid_of("id"), "cart_id": uuid_of("cart_id"), "number": "'B' || n", "placed_at": at, "updated_at": at},
    )
    order = {"order_id": uuid_of("order_id")}
    copy(
        "orders_orderline", of_order, source, order | {"id": uuid_of("id"), "variant_id": uuid_of("variant_id", place)}
    )
    copy("orders_orderadjustment", of_order, source, order | {"line_id": uuid_of("line_id")})
    copy("orders_orderhistory", of_order, source, order | {"created_at": at})
    copy("orders_fulfilment", of_order, source, order | {"id": uuid_of("id"), "shipped_at": at})
    copy(
        "orders_fulfilmentline",
        f"t.fulfilment_id IN (SELECT id FROM orders_fulfilment WHERE order_id = '{template.pk}')",  # noqa: S608
        source,
        {"fulfilment_id": uuid_of("fulfilment_id"), "order_line_id": uuid_of("order_line_id")},
    )
    copy("payments_payment", of_order, source, order | {"id": uuid_of("id"), "updated_at": at, "created_at": at})
    copy(
        "payments_paymentevent",
        f"t.payment_id IN (SELECT id FROM payments_payment WHERE order_id = '{template.pk}')",  # noqa: S608
        source,
        {"payment_id": uuid_of("payment_id"), "created_at": at},
    )
    level = {"level_id": uuid_of("level_id", place)}
    copy("inventory_stockmovement", of_order, source, order | level | {"created_at": at})
    copy("inventory_stockreservation", of_order, source, order | level | {"order_line_id": uuid_of("order_line_id")})


def copy(table: str, which: str, source: str, changed: Mapping[str, str]) -> None:
    """Copy rows once for each number of the source, with some columns changed, and bigserial ids given anew."""
    with connection.cursor() as cursor:
        known = connection.introspection.get_table_description(cursor, table)
        serial = {row["column"] for row in connection.introspection.get_sequences(cursor, table)}
    columns = [column.name for column in known if column.name not in serial]
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    execute(
        f"WITH t AS MATERIALIZED (SELECT * FROM {table} t WHERE {which})"  # noqa: S608 (written here)
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM t, {source}"
    )


def uuid_of(column: str, number: str = "n") -> str:
    """Return SQL for the id that the row has in a copy: they rise with the number, as ids do with time."""
    return f"(lpad(to_hex({number}), 12, '0') || right(replace(t.{column}::text, '-', ''), 20))::uuid"


def mine(column: str) -> str:
    """Return SQL that tells rows of the templates from copies of them."""
    return f"t.{column} NOT IN (SELECT id FROM products_variant WHERE sku LIKE '%-%')"  # noqa: S608 (written here)


def audit(what: str, *options: str) -> None:
    """Run the command, and print what it printed, its time and the memory that this process has had at the most."""
    out = StringIO()
    print(f"\n== {what}", flush=True)
    began, verdict = time.monotonic(), "the books add up"
    try:
        call_command("audit", *options, "--limit", "3", stdout=out, no_color=True)
    except CommandError as error:
        verdict = str(error)
    print(out.getvalue().rstrip())
    print(f"{verdict} {time.monotonic() - began:.1f} s, at most {peak_megabytes():.0f} MB so far", flush=True)


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def count(table: str) -> int:
    """Return how many rows a table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 (written here)
        return int(cursor.fetchone()[0])


def execute(statement: str) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
