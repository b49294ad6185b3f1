"""Writing prices: a list replaces a list, and what is in both is not touched."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from django.db import connection

from core.problems import InvalidInput
from core.transactions import assert_in_transaction, entry
from markets.models import Market
from products.exceptions import PriceOverlap
from products.fields import PriceFields
from products.models import Price, Variant
from products.services.conflicts import conflicts
from products.services.journal import product_changed
from products.services.locks import Precondition, no_precondition, variant_lock
from products.services.references import markets_of

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class VariantPrices:
    """The prices that one variant shall have, and where the input names them."""

    variant: Variant
    rows: Sequence[PriceFields]
    pointer: str


@entry
def prices_replace(
    *,
    variant_id: uuid.UUID,
    prices: Sequence[PriceFields],
    actor: str,
    market: str | None = None,
    precondition: Precondition[Variant] = no_precondition,
) -> Variant:
    """Give a variant exactly these prices: in one market, or without its code in all of them.

    Raises:
        VariantNotFound: there is none.
        InvalidInput: a market is unknown or not the one named, or an amount is of another currency.
        PriceOverlap: two of the prices would hold at one time.
    """
    variant = variant_lock(variant_id)
    precondition(variant)
    for index, row in enumerate(prices):
        if market is not None and row["market"] != market:
            raise InvalidInput.at(f"/prices/{index}/market", f"This list is the one of the market {market!r}.")
    with conflicts():
        if prices_write([VariantPrices(variant, prices, "/prices")], actor=actor, market=market):
            product_changed(variant.product, ["prices"], actor=actor)
    return variant


def prices_write(lists: Sequence[VariantPrices], *, actor: str, market: str | None = None) -> bool:
    """Write the prices of any number of variants of locked products; tell whether anything changed.

    Part of the caller's transaction; a fixed number of statements.
    """
    assert_in_transaction()
    codes = {row["market"] for prices in lists for row in prices.rows} | ({market} if market else set())
    markets = markets_of(codes)
    if market is not None and market not in markets:
        raise InvalidInput.at("", f"There is no market {market[:60]!r}.", code="unknown")
    wanted = {prices.variant.pk: _checked(prices, markets) for prices in lists}
    existing = Price.objects.filter(variant__in=wanted)
    if market is not None:
        existing = existing.filter(market=markets[market])
    dropped: list[uuid.UUID] = []
    for price in existing:
        same = next((row for row in wanted[price.variant_id] if _terms(row) == _terms(price)), None)
        if same is None:
            dropped.append(price.pk)
        else:
            wanted[price.variant_id].remove(same)
    made = [price for rows in wanted.values() for price in rows]
    if dropped or made:
        history_by(actor)
    # The old ones go first: the constraint looks at each row as it is written.
    if dropped:
        Price.objects.filter(pk__in=dropped).delete()
    if made:
        Price.objects.bulk_create(made)
    return bool(dropped or made)


def history_by(actor: str) -> None:
    """Tell the triggers that keep the history of prices who changes them, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tienda.actor', %s, true)", [actor])


def _checked(prices: VariantPrices, markets: Mapping[str, Market]) -> list[Price]:
    rows = []
    for index, row in enumerate(prices.rows):
        pointer = f"{prices.pointer}/{index}"
        market = markets.get(row["market"])
        if market is None:
            raise InvalidInput.at(f"{pointer}/market", f"There is no market {row['market'][:60]!r}.", code="unknown")
        rows.append(_price(prices.variant, market, row, pointer))
    _refuse_overlap(rows, prices.pointer)
    return rows


def _price(variant: Variant, market: Market, row: PriceFields, pointer: str) -> Price:
    compare_at = row.get("compare_at")
    for name, money in (("price", row["price"]), ("compare_at", compare_at)):
        if money is not None and money.currency != market.currency:
            detail = f"The market {market.code} has prices in {market.currency}, not in {money.currency}."
            raise InvalidInput.at(f"{pointer}/{name}/currency", detail, code="wrong_currency")
        if money is not None and money.amount < 0:
            raise InvalidInput.at(f"{pointer}/{name}/amount", "A price is zero or more.")
    valid_from, valid_until = row.get("valid_from"), row.get("valid_until")
    if valid_from is not None and valid_until is not None and valid_from >= valid_until:
        raise InvalidInput.at(f"{pointer}/valid_until", "A price must end after it begins.")
    return Price(
        variant=variant,
        market=market,
        amount=row["price"].amount,
        compare_at_amount=None if compare_at is None else compare_at.amount,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _refuse_overlap(rows: Sequence[Price], pointer: str) -> None:
    by_start = sorted(
        (
            (price.market_id, price.valid_from or _EVER[0], price.valid_until or _EVER[1], index)
            for index, price in enumerate(rows)
        ),
        key=lambda item: (str(item[0]), *item[1:]),
    )
    for before, after in pairwise(by_start):
        if before[0] == after[0] and after[1] < before[2]:
            first, second = sorted((before[3], after[3]))
            detail = f"This price and the one at {pointer}/{first} hold in one market at one time; end one first."
            raise PriceOverlap.at(f"{pointer}/{second}", detail)


def _terms(price: Price) -> tuple[object, ...]:
    return (price.market_id, price.amount, price.compare_at_amount, price.valid_from, price.valid_until)
