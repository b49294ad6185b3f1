"""What a check is: SQL that recomputes what a table stores, and gives the rows that differ. The checks are beside this.

A check reads what others wrote and trusts no counter: whatever it recomputes, it does from the rows at the bottom
(movements, events of payments, rows that explain a total), so that one wrong counter is one difference and doesn't
make others look wrong.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the books.

    `source` is a SELECT that has a row for each row looked at: `id`, what `label` needs, and for every field two
    columns, as it is stored and, with `_due` behind its name, as it should be. In it `{touched}` follows an id of
    what the check goes by (`touched`: orders, levels, payments, carts), and becomes IS NOT NULL when everything is
    looked at; else it is the set of those that changed since a time. `%(now)s` is the moment of the audit.
    """

    name: str
    promise: str
    tables: tuple[str, ...]
    kind: str
    """Of the rows that may differ."""
    fields: tuple[str, ...]
    vouches: tuple[str, ...]
    """The stored columns that this check recomputes, as `table.column`."""
    source: str
    label: str
    """How people know the row: SQL over `r`, reckoned for rows that differ only."""
    counted: tuple[str, str]
    """Table whose rows are looked at, and its column that `{touched}` is about."""
    touched: str
    """SELECT of the ids (as `id`) of what changed at `%(since)s` or later."""

    def differences(self, *, is_partial: bool) -> str:
        """Return the statement for the rows that differ: kind, id, label, field, stored, recomputed; all text."""
        pairs = ", ".join(f"('{field}', r.{field}::text, r.{field}_due::text)" for field in self.fields)
        stored = ", ".join(f"r.{field}" for field in self.fields)
        due = ", ".join(f"r.{field}_due" for field in self.fields)
        return f"""
            {self._scope(is_partial=is_partial)}
            SELECT '{self.kind}', COALESCE(r.id::text, ''), COALESCE({self.label}, ''), d.field, d.stored, d.recomputed
            FROM ({self.source.format(touched=_touched(is_partial=is_partial))}) AS r
            CROSS JOIN LATERAL (VALUES {pairs}) AS d (field, stored, recomputed)
            WHERE ROW({stored}) IS DISTINCT FROM ROW({due}) AND d.stored IS DISTINCT FROM d.recomputed
        """  # noqa: S608 (written in this package)

    def rows(self, *, is_partial: bool) -> str:
        """Return the statement for how many rows are looked at."""
        table, column = self.counted
        return f"""
            {self._scope(is_partial=is_partial)}
            SELECT COUNT(*) FROM {table} t WHERE t.{column} {_touched(is_partial=is_partial)}
        """  # noqa: S608 (written in this package)

    def _scope(self, *, is_partial: bool) -> str:
        return f"WITH touched AS MATERIALIZED ({self.touched})" if is_partial else ""


def _touched(*, is_partial: bool) -> str:
    return "IN (SELECT touched.id FROM touched)" if is_partial else "IS NOT NULL"


LEVEL_LABEL = """(
    SELECT COALESCE(NULLIF(v.sku, ''), v.id::text) || ' @ ' || p.code
    FROM products_variant v, inventory_location p WHERE v.id = r.variant_id AND p.id = r.location_id
)"""
ORDER_LABEL = "(SELECT o.number FROM orders_order o WHERE o.id = r.order_id)"
LINE_LABEL = f"{ORDER_LABEL} || ', line ' || (r.position + 1) || COALESCE(' ' || NULLIF(r.sku, ''), '')"

TOUCHED_LEVELS = "SELECT DISTINCT m.level_id AS id FROM inventory_stockmovement m WHERE m.created_at >= %(since)s"
# What moves an order's goods without changing the order (a reservation past its time, taken by another) touches it too.
TOUCHED_ORDERS = """
    SELECT o.id FROM orders_order o WHERE o.updated_at >= %(since)s
    UNION
    SELECT m.order_id FROM inventory_stockmovement m WHERE m.created_at >= %(since)s AND m.order_id IS NOT NULL
"""
TOUCHED_TRANSFERS = """
    SELECT DISTINCT m.transfer_id AS id FROM inventory_stockmovement m
    WHERE m.created_at >= %(since)s AND m.transfer_id IS NOT NULL
"""
TOUCHED_TAKES = "SELECT t.id FROM inventory_stocktake t WHERE t.created_at >= %(since)s OR t.closed_at >= %(since)s"
TOUCHED_PAYMENTS = "SELECT p.id FROM payments_payment p WHERE p.updated_at >= %(since)s"
TOUCHED_LIMITS = """
    SELECT c.use_id AS id FROM orders_limitclaim c JOIN orders_order o ON o.id = c.order_id
    WHERE o.updated_at >= %(since)s
"""
TOUCHED_CARTS = "SELECT c.id FROM cart_cart c WHERE c.updated_at >= %(since)s"
