"""The triggers by which a change of stock is seen in products: only when it makes one available or not.

Most changes of stock don't, and those cost a comparison of two small numbers per row. See products/triggers.py.
"""

import pgtrigger

_PRODUCTS = "SELECT v.product_id FROM products_variant v WHERE v.id = ANY (flipped)"
_NEW = pgtrigger.Referencing(new="new_rows")
_OLD = pgtrigger.Referencing(old="old_rows")
_BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")


def stock_triggers() -> tuple[pgtrigger.Trigger, ...]:
    """Raise the products of levels that come to have stock, or to have none, or to have only what can be back-ordered.

    Each level speaks for itself, though a variant at two places may be available all the same: two transactions that
    each empty one place don't see each other, and both would take the variant for still available. A level where
    nobody buys, or of a variant that isn't tracked, speaks too, for the same reason. The price is a rendering too many.
    """
    return (
        _flip("insert", pgtrigger.Insert, _NEW, f"SELECT n.variant_id FROM new_rows n WHERE {_state('n')} > 0"),  # noqa: S608 (written here)
        _flip(
            "update",
            pgtrigger.Update,
            _BOTH,
            f"""SELECT n.variant_id FROM new_rows n JOIN old_rows o ON o.id = n.id
                WHERE {_state("n")} <> {_state("o")} OR n.location_id <> o.location_id""",  # noqa: S608 (written here)
        ),
        _flip("delete", pgtrigger.Delete, _OLD, f"SELECT o.variant_id FROM old_rows o WHERE {_state('o')} > 0"),  # noqa: S608 (written here)
    )


def location_triggers() -> tuple[pgtrigger.Trigger, ...]:
    """Raise the products of all levels of a place that is opened or closed."""
    return (
        pgtrigger.Trigger(
            name="lock",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("is_active"),
            # New levels of the place wait for this; see `lock_on_update` of products.
            func="PERFORM 1 FROM inventory_location WHERE id = OLD.id FOR UPDATE; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="bump_update",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=_BOTH,
            func="""
                PERFORM products_bump(ARRAY(
                    SELECT v.product_id FROM new_rows n JOIN old_rows o ON o.id = n.id
                    JOIN inventory_stocklevel level ON level.location_id = n.id
                    JOIN products_variant v ON v.id = level.variant_id
                    WHERE n.is_active <> o.is_active
                ), false, false);
                RETURN NULL;
            """,
        ),
    )


def _state(row: str) -> str:
    """Return SQL for what a level says of availability: 2 is stock, 1 is what can be back-ordered, 0 is nothing."""
    return f"""(CASE WHEN {row}.on_hand - {row}.safety_stock > {row}.reserved THEN 2
        WHEN {row}.backorder_limit IS NULL
            OR {row}.on_hand - {row}.safety_stock + {row}.backorder_limit > {row}.reserved THEN 1
        ELSE 0 END)"""


def _flip(
    name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, flipped: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"bump_{name}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        declare=[("flipped", "UUID[]")],
        func=f"""
            flipped := ARRAY({flipped});
            IF cardinality(flipped) > 0 THEN
                PERFORM products_bump(ARRAY({_PRODUCTS}), false, false);
            END IF;
            RETURN NULL;
        """,
    )
