"""Making, changing and deleting promotions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from django.db.models import ManyToOneRel, Model

from core import clock
from core.money import Money
from core.problems import FieldError
from core.transactions import entry
from markets.models import Market
from products.models import Category, Collection, Product, Variant
from promotions.benefits import BLANKS, NEEDED, POSSIBLE, columns_of, missing_of
from promotions.exceptions import PromotionInvalid, PromotionReferenceUnknown
from promotions.models import Code, Promotion, PromotionGoods
from promotions.selectors import promotion_for_update, promotion_get
from users.models import CustomerGroup

_LISTS = {
    "goods": PromotionGoods.Role.GOODS,
    "excluded_goods": PromotionGoods.Role.EXCLUDED,
}
_TARGETS: Mapping[str, type[Model]] = {
    "product_id": Product,
    "variant_id": Variant,
    "category_id": Category,
    "collection_id": Collection,
}
_MONEY = {"min_amount": "min_amount", "max_amount": "max_amount", "budget": "budget_amount"}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@entry
def promotion_create(*, values: Mapping[str, Any]) -> Promotion:
    """Make a promotion. `markets` and `customer_groups` are codes; amounts are money of one currency.

    `goods` and `excluded_goods` name one thing each (`product_id`, `variant_id`, `category_id`, `collection_id`);
    `benefit` is its `kind` and what that needs.

    Raises:
        PromotionInvalid: something doesn't go together.
        PromotionReferenceUnknown: a market, group or thing doesn't exist.
    """
    promotion = Promotion()
    _fill(promotion, values)
    return promotion_get(promotion.id)


@entry
def promotion_update(
    *, promotion_id: uuid.UUID, changes: Mapping[str, Any], precondition: Callable[[Promotion], None] | None = None
) -> Promotion:
    """Change a promotion; carts are reckoned by what it is then, orders keep what they had. Lists are replaced whole.

    `precondition` sees the promotion under its lock and refuses by raising (If-Match).

    Raises:
        PromotionNotFound: there is none. Else as `promotion_create`.
    """
    promotion = promotion_for_update(promotion_id)
    if precondition is not None:
        precondition(promotion)
    promotion.updated_at = clock.now()
    _fill(promotion, changes)
    return promotion_get(promotion_id)


@entry
def promotion_delete(*, promotion_id: uuid.UUID, precondition: Callable[[Promotion], None] | None = None) -> None:
    """Delete a promotion and its codes; orders keep what they had of it.

    Raises:
        PromotionNotFound: there is none.
    """
    promotion = promotion_for_update(promotion_id)
    if precondition is not None:
        precondition(promotion)
    _codes_delete(promotion)
    promotion.delete()


def _codes_delete(promotion: Promotion) -> None:
    """Delete a promotion's codes and what hangs on them in two statements, be they a hundred thousand.

    Django's own cascade would load every code to look for carts in which it was entered.
    """
    for relation in Code._meta.get_fields(include_hidden=True):  # noqa: SLF001 (documented)
        if isinstance(relation, ManyToOneRel) and relation.related_model is not Code:
            entered = relation.related_model._base_manager  # noqa: SLF001 (as Django's own cascade does)
            entered.filter(**{f"{relation.field.name}__promotion": promotion}).delete()
    codes = Code.objects.filter(promotion=promotion)
    codes._raw_delete(codes.db)  # noqa: SLF001 (the one way without a cascade)


def _fill(promotion: Promotion, values: Mapping[str, Any]) -> None:
    """Write what is given into the tables."""
    columns = dict(values)
    markets = _by_code(Market, "markets", columns.pop("markets", None))
    groups = _by_code(CustomerGroup, "customer_groups", columns.pop("customer_groups", None))
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        role: columns.pop(name) for name, role in _LISTS.items() if name in columns
    }
    money: dict[str, tuple[str, Money | None]] = {}
    for name, column in _MONEY.items():
        if name in columns:
            money[column] = (f"/{name}", columns.pop(name))
    if "benefit" in columns:
        columns |= _benefit(columns.pop("benefit"), rows, money)
    columns |= _amounts(promotion, money)
    for name, value in columns.items():
        setattr(promotion, name, value)
    if promotion.starts_at is not None and promotion.ends_at is not None and promotion.starts_at >= promotion.ends_at:
        raise PromotionInvalid.at("/ends_at", "It must end after it starts.")
    targets = {role: _targets(f"/{name}", rows[role]) for role, name in ((role, _place_of(role)) for role in rows)}
    promotion.save()
    if markets is not None:
        promotion.markets.set(markets)
    if groups is not None:
        promotion.customer_groups.set(groups)
    if targets:
        PromotionGoods.objects.filter(promotion=promotion, role__in=list(targets)).delete()
        PromotionGoods.objects.bulk_create(
            PromotionGoods(promotion=promotion, role=role, quantity=row.get("quantity", 1), **target)
            for role, found in targets.items()
            for row, target in zip(rows[role], found, strict=True)
        )


def _benefit(
    given: Mapping[str, Any],
    rows: dict[str, Sequence[Mapping[str, Any]]],
    money: dict[str, tuple[str, Money | None]],
) -> dict[str, Any]:
    """Return the columns of a benefit, all of them; its goods go into `rows`, its amount into `money`."""
    kind = str(given["kind"])
    own = {_SPOKEN.get(name, name) for name in (*NEEDED[kind], *POSSIBLE.get(kind, ()))}
    own |= {"buy_get": {"reward"}, "bundle": {"parts"}}.get(kind, set()) | {"kind"}
    foreign = [name for name in given if name not in own]
    if foreign:
        _invalid((f"/benefit/{name}" for name in foreign), f"{kind} has no such field.")
    columns = {column: given.get(_SPOKEN.get(column, column)) for column in BLANKS}
    missing = [f"/benefit/{_SPOKEN.get(name, name)}" for name in missing_of(kind, columns)]
    if kind == "bundle" and not given.get("parts"):
        missing.append("/benefit/parts")
    if missing:
        _invalid(missing, f"{kind} needs this.")
    if columns["gift_variant"] is not None:
        columns["gift_variant"] = _one(Variant, "/benefit/variant_id", columns["gift_variant"])
    rows[PromotionGoods.Role.REWARD] = given.get("reward") or ()
    rows[PromotionGoods.Role.PART] = given.get("parts") or ()
    money["amount"] = ("/benefit/amount", columns.pop("amount"))
    return {"benefit": kind, **{name: value for name, value in columns_of(kind, columns).items() if name != "amount"}}


_SPOKEN = {"gift_variant": "variant_id", "method_codes": "shipping_methods"}
"""What the API calls columns."""


def _amounts(promotion: Promotion, money: Mapping[str, tuple[str, Money | None]]) -> dict[str, Any]:
    """Return the columns of amounts with their currency, which must be one."""
    written: dict[str, Any] = {}
    currencies = {
        promotion.currency
        for name in ("amount", *_MONEY.values())
        if name not in money and promotion.currency and _is_set(promotion, name)
    }
    for column, (pointer, amount) in money.items():
        written[column] = None if amount is None else amount.amount
        if amount is None:
            continue
        if amount.amount == 0 and column in {"max_amount", "budget_amount"}:
            raise PromotionInvalid.at(pointer, "Nothing at all is no promotion; give an amount above zero, or null.")
        currencies.add(amount.currency)
        if len(currencies) > 1:
            raise PromotionInvalid.at(f"{pointer}/currency", "All amounts of a promotion are of one currency.")
    if "min_amount" in written and written["min_amount"] is None:
        written["min_amount"] = 0
    return written | {"currency": next(iter(currencies), "")} if money else written


def _is_set(promotion: Promotion, name: str) -> bool:
    """Tell whether a promotion has an amount; a bundle for nothing has one, and goods from nothing on haven't."""
    amount = getattr(promotion, name)
    return amount != 0 if name == "min_amount" else amount is not None


def _by_code(model: type[Any], name: str, codes: Sequence[str] | None) -> list[Any] | None:
    if codes is None:
        return None
    found = {row.code: row for row in model.objects.filter(code__in=codes)} if codes else {}
    unknown = [place for place, code in enumerate(codes) if code not in found]
    if unknown:
        _unknown(f"/{name}/{place}" for place in unknown)
    return list(found.values())


def _targets(pointer: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns of what rows name, after seeing that each exists. One query a kind."""
    known: set[Any] = set()
    for name, model in _TARGETS.items():
        wanted = {row[name] for row in rows if row.get(name) is not None}
        if wanted:
            known |= set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))  # noqa: SLF001 (Django's documented name)
    named = [{name: row[name] for name in _TARGETS if row.get(name) is not None} for row in rows]
    unknown = [place for place, row in enumerate(named) if known.isdisjoint(row.values())]
    if unknown:
        _unknown(f"{pointer}/{place}" for place in unknown)
    return named


def _one(model: type[Any], pointer: str, key: uuid.UUID) -> Any:
    found = model.objects.filter(pk=key).first()
    if found is None:
        _unknown([pointer])
    return found


def _place_of(role: str) -> str:
    """Return where the request speaks of goods of a role."""
    of_benefit = {PromotionGoods.Role.REWARD: "benefit/reward", PromotionGoods.Role.PART: "benefit/parts"}
    return of_benefit.get(PromotionGoods.Role(role)) or next(name for name, own in _LISTS.items() if own == role)


def _unknown(pointers: Iterable[str]) -> NoReturn:
    detail = PromotionReferenceUnknown.title
    raise PromotionReferenceUnknown(
        errors=tuple(FieldError(PromotionReferenceUnknown.code, detail, pointer) for pointer in pointers)
    )


def _invalid(pointers: Iterable[str], detail: str) -> NoReturn:
    raise PromotionInvalid(
        detail, errors=tuple(FieldError(PromotionInvalid.code, detail, pointer) for pointer in pointers)
    )
