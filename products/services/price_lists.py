"""Every write of price lists. Carts look at them anew each time; pages of products show base prices."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from core.money import Money
from core.problems import InvalidInput
from core.transactions import assert_in_transaction, entry
from events.services import event_record
from products.models import PriceList, PriceListGroup, PriceListPrice, Variant
from products.selectors.price_lists import price_list_get
from products.services.conflicts import conflicts
from products.services.reckoning import Filled, prices_reckoned
from products.services.references import markets_of
from users.models import CustomerGroup

Precondition = Callable[[PriceList], None]


@dataclass(frozen=True, slots=True)
class TierFields:
    """What one piece costs from a quantity on."""

    min_quantity: int
    price: Money


@dataclass(frozen=True, slots=True)
class ListedVariant:
    """All tiers that a variant shall have in a price list; none takes it off. Named by its id or its SKU."""

    tiers: Sequence[TierFields]
    variant_id: uuid.UUID | None = None
    sku: str | None = None


@entry
def price_list_create(*, values: Mapping[str, Any], actor: str) -> PriceList:
    """Make a price list without prices. `market` and `customer_groups` are codes; no groups is for everybody.

    Raises:
        InvalidInput: the market or a group is unknown, or it ends before it begins.
        PriceListCodeTaken: another has the code.
    """
    market = markets_of([values["market"]]).get(values["market"])
    if market is None:
        detail = f"There is no market {values['market'][:60]!r}; GET /markets lists them."
        raise InvalidInput.at("/market", detail, code="unknown")
    price_list = PriceList(market=market)
    _fill(price_list, {name: value for name, value in values.items() if name != "market"})
    _tell("price_list.created", price_list, actor)
    return price_list_get(price_list.pk)


@entry
def price_list_update(
    *, price_list_id: uuid.UUID, changes: Mapping[str, Any], actor: str, precondition: Precondition | None = None
) -> PriceList:
    """Change a price list, all but its market, of whose currency its amounts are.

    Raises:
        NotFound: there is none. Else as `price_list_create`.
    """
    price_list = _locked(price_list_id, precondition)
    _fill(price_list, changes)
    _tell("price_list.updated", price_list, actor)
    return price_list_get(price_list.pk)


@entry
def price_list_delete(*, price_list_id: uuid.UUID, actor: str, precondition: Precondition | None = None) -> None:
    """Delete a price list and its prices; orders keep what they were charged.

    Raises:
        NotFound: there is none.
    """
    price_list = _locked(price_list_id, precondition)
    _tell("price_list.deleted", price_list, actor)
    price_list.delete()


@entry
def price_list_prices_set(*, price_list_id: uuid.UUID, wanted: Sequence[ListedVariant], actor: str) -> int:
    """Give each named variant exactly these tiers in a price list, all or none; return how many tiers there are now.

    A fixed number of statements for any number of variants. Locks: the price list.

    Raises:
        NotFound: there is no such list.
        InvalidInput: a variant is unknown or named twice, a quantity is given twice, or an amount is of another
            currency.
    """
    price_list = _locked(price_list_id, None)
    variant_ids = _variants_of(wanted)
    rows = _rows(price_list, variant_ids, wanted)
    prices_put(price_list, variant_ids, rows)
    _tell_prices(price_list, len(variant_ids), actor)
    return len(rows)


@entry
def price_list_fill(*, price_list_id: uuid.UUID, market: str, day: date, step: int, actor: str) -> Filled:
    """Give every variant with a base price in a market that price in the list, by the currencies' rate of a day.

    Rounded half up to a multiple of `step` minor units. Only the tier from one piece on is written; others, and
    variants without such a price, stay. They are figures of now: they don't follow the market's prices or the rate.

    Raises:
        NotFound: there is no such list.
        InvalidInput: the market is unknown, its prices are gross and the list's are net or the other way round, or one
            comes to more than any amount can be.
        CurrencyRateUnknown: there is no rate of the two currencies for that very day.
    """
    price_list = _locked(price_list_id, None)
    reckoned = prices_reckoned(source=market, target=price_list.market, day=day, step=step)
    rows = [
        PriceListPrice(price_list=price_list, variant_id=variant_id, min_quantity=1, amount=amount)
        for variant_id, amount in reckoned.amounts
    ]
    _upsert(rows)
    _tell_prices(price_list, len(rows), actor)
    return Filled(len(rows), reckoned.rate)


def prices_put(price_list: PriceList, variant_ids: Sequence[uuid.UUID], rows: Sequence[PriceListPrice]) -> None:
    """Replace what stands of these variants in a locked price list; part of the caller's transaction."""
    assert_in_transaction()
    wanted = {(row.variant_id, row.min_quantity) for row in rows}
    stored = PriceListPrice.objects.filter(price_list=price_list, variant__in=variant_ids).order_by()
    known = stored.values_list("pk", "variant_id", "min_quantity")
    dropped = [pk for pk, variant_id, quantity in known if (variant_id, quantity) not in wanted]
    if dropped:
        PriceListPrice.objects.filter(pk__in=dropped).delete()
    _upsert(rows)


def _upsert(rows: Sequence[PriceListPrice]) -> None:
    """Write tiers; one that is there already keeps its row and gets its new amount."""
    PriceListPrice.objects.bulk_create(
        rows,
        batch_size=5000,
        update_conflicts=True,
        unique_fields=["price_list", "variant", "min_quantity"],
        update_fields=["amount"],
    )


def _rows(
    price_list: PriceList, variant_ids: Sequence[uuid.UUID], wanted: Sequence[ListedVariant]
) -> list[PriceListPrice]:
    rows = []
    for index, (variant_id, item) in enumerate(zip(variant_ids, wanted, strict=True)):
        seen: set[int] = set()
        for place, tier in enumerate(item.tiers):
            pointer = f"/prices/{index}/tiers/{place}"
            if tier.min_quantity in seen:
                detail = f"There are two prices from {tier.min_quantity} pieces on; name each quantity once."
                raise InvalidInput.at(f"{pointer}/min_quantity", detail, code="given_twice")
            seen.add(tier.min_quantity)
            currency = price_list.market.currency
            if tier.price.currency != currency:
                detail = f"The list's market has prices in {currency}, not in {tier.price.currency}."
                raise InvalidInput.at(f"{pointer}/price/currency", detail, code="wrong_currency")
            rows.append(
                PriceListPrice(
                    price_list=price_list,
                    variant_id=variant_id,
                    min_quantity=tier.min_quantity,
                    amount=tier.price.amount,
                )
            )
    return rows


def _variants_of(wanted: Sequence[ListedVariant]) -> list[uuid.UUID]:
    skus = {item.sku for item in wanted if item.sku is not None}
    by_sku = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "pk")) if skus else {}
    ids = {item.variant_id for item in wanted if item.variant_id is not None}
    known = set(Variant.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    found: list[uuid.UUID] = []
    taken: set[uuid.UUID] = set()
    for index, item in enumerate(wanted):
        name = "variant_id" if item.sku is None else "sku"
        variant_id = by_sku.get(item.sku) if item.sku is not None else item.variant_id
        if variant_id is None or (item.sku is None and variant_id not in known):
            raise InvalidInput.at(f"/prices/{index}/{name}", "There is no such variant.", code="unknown")
        if variant_id in taken:
            detail = "This variant is named twice; put all of its tiers in one place."
            raise InvalidInput.at(f"/prices/{index}/{name}", detail, code="given_twice")
        taken.add(variant_id)
        found.append(variant_id)
    return found


def _fill(price_list: PriceList, values: Mapping[str, Any]) -> None:
    columns = dict(values)
    groups = _groups(columns.pop("customer_groups")) if "customer_groups" in columns else None
    for name, value in columns.items():
        setattr(price_list, name, value)
    begins, ends = price_list.valid_from, price_list.valid_until
    if begins is not None and ends is not None and begins >= ends:
        raise InvalidInput.at("/valid_until", "A price list must end after it begins.")
    with conflicts(), transaction.atomic():
        price_list.save()
    if groups is not None:
        PriceListGroup.objects.filter(price_list=price_list).delete()
        PriceListGroup.objects.bulk_create([PriceListGroup(price_list=price_list, group=group) for group in groups])


def _groups(codes: Sequence[str]) -> list[CustomerGroup]:
    found = {group.code: group for group in CustomerGroup.objects.filter(code__in=codes)}
    for index, code in enumerate(codes):
        if code not in found:
            detail = f"There is no customer group {code[:60]!r}; GET /customer-groups lists them."
            raise InvalidInput.at(f"/customer_groups/{index}", detail, code="unknown")
    return list(found.values())


def _locked(price_list_id: uuid.UUID, precondition: Precondition | None) -> PriceList:
    # Locked by itself, read afterwards: what another transaction did to it until now counts.
    PriceList.objects.select_for_update(no_key=True).filter(pk=price_list_id).first()
    price_list = price_list_get(price_list_id)
    if precondition is not None:
        precondition(price_list)
    return price_list


def _tell(what: str, price_list: PriceList, actor: str) -> None:
    event_record(
        type=what,
        aggregate_type="price_list",
        aggregate_id=price_list.pk,
        data={"code": price_list.code, "name": price_list.name},
        actor=actor,
    )


def _tell_prices(price_list: PriceList, variant_count: int, actor: str) -> None:
    event_record(
        type="price_list.prices_changed",
        aggregate_type="price_list",
        aggregate_id=price_list.pk,
        data={"code": price_list.code, "variants": variant_count},
        actor=actor,
    )
