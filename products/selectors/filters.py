"""What a list of products can be narrowed by, and the SQL of each condition.

The hottest reads of the shop are written in SQL: building the same by the ORM takes longer than the database needs to
answer. A fragment speaks of the product as `p` and of the market as `m`; values are parameters, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.ids import as_uuid
from products.rules import Condition as RuleCondition
from products.rules import Rule
from products.selectors.collections import Picked

AVAILABILITIES = ("out_of_stock", "preorder", "backorder", "in_stock")
"""By the number that the SQL below gives them. What isn't released yet is a preorder, wherever the goods are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """What a client asks of a list. Several values of one name mean any of them; several names, all of them."""

    category: str | None = None
    collection: str | None = None
    brands: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    availability: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: str = ""


@dataclass(slots=True)
class Conditions:
    """SQL conditions and their parameters; `dimension` is the facet that each narrows, or empty."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def add(self, sql: str, *, dimension: str = "", **params: Any) -> None:
        """Add a condition; each name that it gives stands in the SQL as `{name}`."""
        names = {}
        for name, value in params.items():
            key = f"{name}_{len(self.params)}"
            self.params[key] = value
            names[name] = f"%({key})s"
        self.rows.append((dimension, sql.format(**names)))

    def sql(self) -> list[str]:
        """Return the conditions."""
        return [sql for _, sql in self.rows]


def current(price: str) -> str:
    """Return SQL for a price holding now."""
    return (
        f"({price}.valid_from IS NULL OR {price}.valid_from <= %(now)s)"
        f" AND ({price}.valid_until IS NULL OR {price}.valid_until > %(now)s)"
    )


VISIBLE = (
    "p.status = 'active' AND (p.published_from IS NULL OR p.published_from <= %(now)s)"
    " AND (p.published_until IS NULL OR p.published_until > %(now)s)"
)
_SOLD = f"""SELECT 1 FROM products_price pr
    WHERE pr.product_id = p.id AND pr.market_id = m.id AND {current("pr")}"""  # noqa: S608 (written here)
SOLD = f"EXISTS ({_SOLD})"

# The tables of stock lie above this app, which doesn't import them; their names are part of the schema all the same.
LEVELS = """products_variant v LEFT JOIN (
    inventory_stocklevel l JOIN inventory_location place ON place.id = l.location_id AND place.is_active
) ON l.variant_id = v.id"""
"""A variant `v` with each of its stock levels `l`."""

STATE = """max(CASE WHEN v.is_stock_tracked AND (
        l.id IS NULL OR l.on_hand - l.safety_stock + l.backorder_limit <= l.reserved
    ) THEN 0
    WHEN v.released_on > %(today)s::date THEN 1
    WHEN v.is_stock_tracked AND l.on_hand - l.safety_stock <= l.reserved THEN 2
    ELSE 3 END)"""
"""The number of the best availability among LEVELS; see AVAILABILITIES."""

AVAILABILITY = f"""(SELECT {STATE} FROM products_price pr JOIN {LEVELS} ON v.id = pr.variant_id
    WHERE pr.product_id = p.id AND pr.market_id = m.id AND {current("pr")})"""  # noqa: S608 (written here)
"""The number of the best availability of what a product sells in the market."""


def hidden(category: str) -> str:
    """Return SQL for a category, or one above it, not being active."""
    return f"""EXISTS (SELECT 1 FROM products_category above
        WHERE NOT above.is_active AND starts_with({category}.path, above.path))"""  # noqa: S608 (written here)


def conditions_of(filters: ProductFilters, picked: Picked | None) -> Conditions:
    """Return the conditions of a client's filters; `picked` is the collection that they name."""
    found = Conditions()
    if filters.category is not None:
        found.add(_category(), dimension="category", **_slugs_and_ids([filters.category]))
    if filters.brands:
        found.add(_BRAND, dimension="brand", **_slugs_and_ids(filters.brands))
    if filters.tags:
        found.add("p.tags && {tags}::varchar[]", dimension="tag", tags=list(filters.tags))
    for code, values in filters.attributes:
        found.add(_FILTERABLE, code=code)
        _add_attribute(found, code, [guess for value in values for guess in _guesses(value)])
    if filters.price_min is not None or filters.price_max is not None:
        bounds = {"low": filters.price_min or 0, "high": filters.price_max if filters.price_max is not None else 2**62}
        found.add(f"EXISTS ({_SOLD} AND pr.amount BETWEEN {{low}} AND {{high}})", dimension="price", **bounds)
    if filters.availability:
        wanted = [AVAILABILITIES.index(name) for name in filters.availability]
        found.add(f"{AVAILABILITY} = ANY ({{wanted}})", dimension="availability", wanted=wanted)
    if picked is not None and picked.rule is None:
        found.add(_COLLECTION, collection=picked.collection_id)
    elif picked is not None and picked.rule is not None:
        _add_rule(found, picked.rule)
    return found


_FILTERABLE = "EXISTS (SELECT 1 FROM products_attribute WHERE code = {code} AND is_filterable)"
_BRAND = "p.brand_id IN (SELECT id FROM products_brand WHERE slug = ANY ({slugs}) OR id = ANY ({ids}::text[]::uuid[]))"
_COLLECTION = "p.id IN (SELECT product_id FROM products_collectionproduct WHERE collection_id = {collection})"


def _category() -> str:
    return f"""p.id IN (SELECT link.product_id FROM products_category root
        JOIN products_category c ON starts_with(c.path, root.path)
        JOIN products_productcategory link ON link.category_id = c.id
        WHERE (root.slug = ANY ({{slugs}}) OR root.id = ANY ({{ids}}::text[]::uuid[])) AND NOT {hidden("c")})"""  # noqa: S608 (written here)


def _slugs_and_ids(references: Iterable[str]) -> dict[str, Any]:
    keys = [(reference, as_uuid(reference)) for reference in references]
    return {
        "slugs": [reference for reference, key in keys if key is None],
        "ids": [str(key) for _, key in keys if key is not None],
    }


def _guesses(text: str) -> list[Any]:
    """Return the typed values that a query parameter's text can stand for."""
    guesses: list[Any] = [text]
    if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 17:  # noqa: PLR2004 (digits of 2**53)
        guesses.append(int(text))
    if text in {"true", "false"}:
        guesses.append(text == "true")
    return guesses


def _add_attribute(found: Conditions, code: str, values: list[Any], *, dimension: str | None = None) -> None:
    names = {f"value{index}": orjson.dumps({code: value}).decode() for index, value in enumerate(values)}
    sql = " OR ".join(f"p.attributes @> {{{name}}}::jsonb" for name in names)
    found.add(f"({sql})", dimension=f"attribute.{code}" if dimension is None else dimension, **names)


def rule_condition(rule: Rule, params: dict[str, Any]) -> str:
    """Return the one SQL condition of a collection's rule; its parameters are put among the given ones."""
    found = Conditions(params=params)
    _add_rule(found, rule)
    return found.rows[0][1]


def _add_rule(found: Conditions, rule: Rule) -> None:
    parts = Conditions(params=found.params)
    for condition in rule.conditions:
        _RULES[condition.field](parts, condition)
    glue = " AND " if rule.is_all else " OR "
    found.rows.append(("", f"({glue.join(parts.sql())})"))


def _rule_tag(found: Conditions, condition: RuleCondition) -> None:
    found.add("p.tags && {tags}::varchar[]", tags=list(condition.values))


def _rule_category(found: Conditions, condition: RuleCondition) -> None:
    found.add(_category(), **_slugs_and_ids(condition.values))


def _rule_brand(found: Conditions, condition: RuleCondition) -> None:
    found.add(_BRAND, **_slugs_and_ids(condition.values))


def _rule_product_type(found: Conditions, condition: RuleCondition) -> None:
    if condition.op == "contains":
        found.add("strpos(lower(p.product_type), lower({text})) > 0", text=condition.values[0])
    else:
        found.add("p.product_type = ANY ({texts})", texts=list(condition.values))


def _rule_price(found: Conditions, condition: RuleCondition) -> None:
    found.add(f"EXISTS ({_SOLD} AND pr.amount {_COMPARISONS[condition.op]} {{amount}})", amount=condition.values[0])


def _rule_attribute(found: Conditions, condition: RuleCondition) -> None:
    code = condition.attribute
    if condition.op in _COMPARISONS and condition.op != "eq":
        # Only numbers can be compared; the CASE keeps the cast from other kinds of values.
        found.add(
            f"""CASE WHEN jsonb_typeof(p.attributes -> {{code}}) = 'number'
                THEN (p.attributes ->> {{code}})::numeric {_COMPARISONS[condition.op]} {{number}} ELSE false END""",
            code=code,
            number=condition.values[0],
        )
    elif condition.op == "contains":
        found.add("strpos(lower(p.attributes ->> {code}), lower({text})) > 0", code=code, text=condition.values[0])
    else:
        _add_attribute(found, code, list(condition.values), dimension="")


_COMPARISONS: Mapping[str, str] = {"eq": "=", "lt": "<", "gt": ">"}
_RULES = {
    "tag": _rule_tag,
    "category": _rule_category,
    "brand": _rule_brand,
    "product_type": _rule_product_type,
    "price": _rule_price,
    "attribute": _rule_attribute,
}
