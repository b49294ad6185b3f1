"""The triggers that give a product a new version whenever something that shoppers see of it changes.

The functions that they call are in the migration 0003. Why there are triggers at all is in docs/decisions/0001.

On a table below the product they are of statement level: a statement over any number of rows raises each product once,
with the products' rows locked in the order of their ids, so that two such statements never wait for one another.
"""

from __future__ import annotations

import pgtrigger

OF_PRODUCT = "SELECT r.product_id FROM {rows} r"
OF_MEDIA = "SELECT m.product_id FROM {rows} r JOIN products_media m ON m.id = r.media_id"
OF_BRAND = "SELECT p.id FROM {rows} r JOIN products_product p ON p.brand_id = r.id"
OF_ATTRIBUTE = "SELECT p.id FROM {rows} r JOIN products_product p ON p.attributes ? r.code"
# A category that is not active hides those below it, so their products change with it.
OF_CATEGORY = """SELECT link.product_id FROM {rows} r JOIN products_category c ON starts_with(c.path, r.path)
    JOIN products_productcategory link ON link.category_id = c.id"""

_NEW = pgtrigger.Referencing(new="new_rows")
_OLD = pgtrigger.Referencing(old="old_rows")
_BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")

_ACTOR = "left(coalesce(current_setting('tienda.actor', true), ''), 60)"
_STATE = "({0}.variant_id, {0}.market_id, {0}.amount, {0}.compare_at_amount, {0}.valid_from, {0}.valid_until)"
_CHANGED = f"""(
    SELECT n.* FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE {_STATE.format("n")} IS DISTINCT FROM {_STATE.format("o")}
)"""  # noqa: S608 (written here)


def bump_on_insert(products: str, *, is_text: bool = False) -> pgtrigger.Trigger:
    """Raise the products of new rows. `products` selects their ids from `{rows}`; see `bump`."""
    return _bump("insert", pgtrigger.Insert, _NEW, products.format(rows="new_rows"), is_text=is_text)


def bump_on_delete(products: str, *, is_text: bool = False) -> pgtrigger.Trigger:
    """Raise the products of rows that are gone. `products` selects their ids from `{rows}`; see `bump`."""
    return _bump("delete", pgtrigger.Delete, _OLD, products.format(rows="old_rows"), is_text=is_text)


def bump_on_update(products: str, *, columns: tuple[str, ...] = ("*",), is_text: bool = False) -> pgtrigger.Trigger:
    """Raise the products of rows that differ in one of the columns, those that they had and those that they have."""
    changed = f"new_rows n JOIN old_rows o ON o.id = n.id WHERE {_differ(columns, 'n', 'o')}"
    now, before = (products.format(rows=f"(SELECT {alias}.* FROM {changed})") for alias in ("n", "o"))  # noqa: S608 (written here)
    return _bump("update", pgtrigger.Update, _BOTH, f"{now} UNION {before}", is_text=is_text)


def bump(products: str, *, is_text: bool = False) -> tuple[pgtrigger.Trigger, ...]:
    """Raise the products of rows that come, change or go.

    `products` is a query of the products' ids from the source `{rows}`, which has the table's columns. `is_text` says
    that products are found by words of these rows.
    """
    return (
        bump_on_insert(products, is_text=is_text),
        bump_on_update(products, is_text=is_text),
        bump_on_delete(products, is_text=is_text),
    )


def lock_on_update(table: str, columns: tuple[str, ...]) -> pgtrigger.Trigger:
    """Let a row's renaming, and products that come to refer to it, wait for each other.

    A foreign key is checked at commit, under a lock that a mere UPDATE lets pass. So a product could come to refer to
    the row and be shown with the old name, and not be seen by the trigger that raises versions.
    """
    return pgtrigger.Trigger(
        name="lock",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF {_differ(columns, "NEW", "OLD")} THEN
                PERFORM 1 FROM {table} WHERE id = OLD.id FOR UPDATE;
            END IF;
            RETURN NEW;
        """,
    )


def redirect(kind: str) -> tuple[pgtrigger.Trigger, ...]:
    """Keep the slugs that a thing had, so that they lead to it until it is gone."""
    return (
        pgtrigger.Trigger(
            name="redirect",
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("slug"),
            condition=pgtrigger.Q(old__slug__df=pgtrigger.F("new__slug")),
            func=f"""
                INSERT INTO products_slugredirect (kind, old_slug, target_id, created_at)
                VALUES ('{kind}', OLD.slug, OLD.id, now())
                ON CONFLICT (kind, old_slug) DO UPDATE SET target_id = EXCLUDED.target_id, created_at = now();
                RETURN NULL;
            """,  # noqa: S608 (written here)
        ),
        pgtrigger.Trigger(
            name="redirect_end",
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            func=f"DELETE FROM products_slugredirect WHERE kind = '{kind}' AND target_id = OLD.id; RETURN NULL;",  # noqa: S608 (written here)
        ),
    )


def product_of_variant() -> pgtrigger.Trigger:
    """Write into a price whose product it is, whatever anybody else writes there.

    Nearly every read of the shop asks which products have a price; this column spares it the way by the variants.
    """
    return pgtrigger.Trigger(
        name="product",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("variant_id", "product_id"),
        func="""
            NEW.product_id := (SELECT product_id FROM products_variant WHERE id = NEW.variant_id);
            RETURN NEW;
        """,
    )


def prices_follow() -> pgtrigger.Trigger:
    """Let a variant's prices go with it to another product."""
    return pgtrigger.Trigger(
        name="prices_follow",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("product_id"),
        condition=pgtrigger.Q(old__product__df=pgtrigger.F("new__product")),
        func="UPDATE products_price SET product_id = NEW.product_id WHERE variant_id = NEW.id; RETURN NULL;",
    )


def price_history() -> tuple[pgtrigger.Trigger, ...]:
    """Keep every state that a price had: a row when it is written, ended when it is changed or gone.

    `tienda.actor` is who does it, as products/services/prices.py tells the transaction; SQL by hand has no name.
    """
    return (
        _statement("history_insert", pgtrigger.Insert, _NEW, _state_begins("new_rows")),
        _statement("history_update", pgtrigger.Update, _BOTH, _state_ends(_CHANGED) + _state_begins(_CHANGED)),
        _statement("history_delete", pgtrigger.Delete, _OLD, _state_ends("old_rows")),
    )


def _state_begins(rows: str) -> str:
    return f"""
        INSERT INTO products_pricehistory (price_id, variant_id, market_id, amount, compare_at_amount, valid_from,
            valid_until, recorded_at, recorded_by, ended_by, starts_at, ends_at)
        SELECT r.id, r.variant_id, r.market_id, r.amount, r.compare_at_amount, r.valid_from, r.valid_until,
            now(), {_ACTOR}, '', greatest(now(), r.valid_from), r.valid_until
        FROM {rows} r;
    """  # noqa: S608 (written here)


def _state_ends(rows: str) -> str:
    return f"""
        UPDATE products_pricehistory h SET ended_at = now(), ended_by = {_ACTOR}, ends_at = least(h.ends_at, now())
        FROM {rows} r WHERE h.price_id = r.id AND h.ended_at IS NULL;
    """  # noqa: S608 (written here)


def _statement(
    name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, func: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=f"{func} RETURN NULL;",
    )


def product_version() -> pgtrigger.Trigger:
    """Give the product its version and its search text, whoever writes the row and whatever they write there.

    A row that was read before and is saved whole brings back old values of the columns that only triggers write: those
    are not taken. `products_bump` asks for a new version by a higher one, and for a new search text by none.
    """
    return pgtrigger.Trigger(
        name="version",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("content", "RECORD"), ("is_edited", "BOOLEAN")],
        func="""
            IF TG_OP = 'UPDATE' THEN
                content := NEW;
                content.version := OLD.version;
                content.search := OLD.search;
                content.updated_at := OLD.updated_at;
                is_edited := content IS DISTINCT FROM OLD;
                IF NEW.search IS NULL OR is_edited AND (NEW.title, NEW.brand_id, NEW.tags, NEW.description)
                        IS DISTINCT FROM (OLD.title, OLD.brand_id, OLD.tags, OLD.description) THEN
                    NEW.search := products_document(NEW.id, NEW.title, NEW.brand_id, NEW.tags, NEW.description);
                ELSE
                    NEW.search := OLD.search;
                END IF;
                IF is_edited AND NEW.updated_at <= OLD.updated_at THEN
                    NEW.updated_at := greatest(OLD.updated_at, now());
                END IF;
                IF NOT is_edited AND NEW.version <= OLD.version THEN
                    NEW.version := OLD.version;
                    RETURN NEW;
                END IF;
            ELSE
                NEW.search := products_document(NEW.id, NEW.title, NEW.brand_id, NEW.tags, NEW.description);
            END IF;
            IF TG_OP = 'INSERT' OR NEW.attributes <> OLD.attributes THEN
                -- Attributes are named by their codes, without a foreign key: this lock is what one would take.
                PERFORM 1 FROM products_attribute
                WHERE code IN (SELECT jsonb_object_keys(NEW.attributes)) ORDER BY code FOR KEY SHARE;
            END IF;
            NEW.version := nextval('products_version');
            RETURN NEW;
        """,
    )


def _bump(
    name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, ids: str, *, is_text: bool
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"bump_{name}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=f"PERFORM products_bump(ARRAY({ids}), {str(is_text).lower()}, true); RETURN NULL;",
    )


def _differ(columns: tuple[str, ...], left: str, right: str) -> str:
    sides = (", ".join(f"{alias}.{column}" for column in columns) for alias in (left, right))
    return "({}) IS DISTINCT FROM ({})".format(*sides)
