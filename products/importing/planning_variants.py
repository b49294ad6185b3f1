"""Comparing a product's options, variants, prices and stock with those of the shop. The product itself: planning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from core.copying import new_row
from products.fields import PLAIN_VARIANT_FIELDS
from products.importing.changes import Changes, Id
from products.importing.rows import (
    KEEP,
    ImportedPrice,
    ImportedProduct,
    ImportedStock,
    ImportedVariant,
    Keep,
    Problem,
    Severity,
)
from products.importing.snapshot import Snapshot
from products.importing.stock import Level, LevelTarget
from products.importing.surroundings import Surroundings
from products.models import Price, Product, ProductOption, Variant

_PLAIN = (*PLAIN_VARIANT_FIELDS, "metadata")

Values = tuple[str, ...]
PriceKey = tuple[Id, datetime | None, datetime | None, int, int | None]


def _folded(values: Iterable[str]) -> Values:
    return tuple(value.casefold() for value in values)


class VariantPlanner:
    """Plans the variants of one product. Variants of the shop that the file doesn't name stay as they are."""

    def __init__(
        self, product: Product, imported: ImportedProduct, snapshot: Snapshot, around: Surroundings, changes: Changes
    ) -> None:
        """Take the product's state."""
        self.product = product
        self.imported = imported
        self.snapshot = snapshot
        self.around = around
        self.changes = changes
        self.problems: list[Problem] = []
        self.found: list[str] = []
        self.skus: list[str] = []
        self.images_of: dict[Id, Values] = {}
        self.now = datetime.min  # noqa: DTZ901 (set by plan)
        self.known: list[Variant] = snapshot.variants.get(product.id, [])
        self.options: list[ProductOption] = sorted(
            snapshot.options.get(product.id, []), key=lambda option: (option.position, option.id)
        )

    def plan(self, *, is_new: bool, now: datetime) -> None:
        """Match every variant of the file with one of the shop, or make it."""
        self.now = now
        names = self._option_names(is_new=is_new)
        pairs = [(imported, self._match(imported)) for imported in self.imported.variants]
        if not self._are_valid(pairs, names):
            return
        position = max((variant.position for variant in self.known), default=-1) + 1
        final: list[Variant] = list(self.known)
        for imported, match in pairs:
            variant = match
            if variant is None:
                variant = new_row(Variant, product_id=self.product.id, position=position, created_at=now)
                position += 1
                self._start(variant, imported)
                final.append(variant)
            self._variant(variant, imported, is_new=match is None)
        self._options(names, final)

    # --- Which is which -----------------------------------------------------------------------------------------------

    def _option_names(self, *, is_new: bool) -> Values:
        names = self.imported.option_names
        if names is not KEEP:
            return names
        return () if is_new else tuple(option.name for option in self.options)

    def _match(self, imported: ImportedVariant) -> Variant | None:
        if imported.sku:
            for variant in self.known:
                if variant.sku == imported.sku:
                    return variant
        if imported.option_values is not KEEP:
            exact, wanted = list(imported.option_values), _folded(imported.option_values)
            folded = (v for v in self.known if _folded(v.option_values) == wanted)
            return next((v for v in self.known if v.option_values == exact), None) or next(folded, None)
        return self.known[0] if len(self.known) == 1 else None

    def _are_valid(self, pairs: list[tuple[ImportedVariant, Variant | None]], names: Values) -> bool:
        count = len(self.problems)
        matched: set[Id] = set()
        taken: dict[Values, int] = {}
        for imported, match in pairs:
            if match is not None and match.id in matched:
                self._refuse("variant_twice", "Two records mean the same variant of the shop.", imported, "sku")
            matched |= {match.id} if match else set()
            values = self._values_of(imported, match)
            if len(values) != len(names) and (self.imported.variants or self.imported.option_names is not KEEP):
                reason = f"The product has {len(names)} options and this variant {len(values)} values."
                self._refuse("options_differ", reason, imported, "option value")
            if _folded(values) in taken:
                self._refuse("variant_twice", "The product has this variant already, further up.", imported, "sku")
            taken[_folded(values)] = imported.line
            self._check_sku(imported)
        for variant in self.known:
            if variant.id in matched:
                continue
            if len(variant.option_values) != len(names):
                reason = (
                    f"The shop's variant {variant} has {len(variant.option_values)} option values and the file's "
                    f"product {len(names)} options; give the variants of the file their SKUs, or change the shop's."
                )
                self.problems.append(Problem(code="options_differ", reason=reason, line=self.imported.line))
                break
        return len(self.problems) == count

    def _values_of(self, imported: ImportedVariant, match: Variant | None) -> Values:
        if imported.option_values is not KEEP:
            return imported.option_values
        return tuple(match.option_values) if match else ()

    def _check_sku(self, imported: ImportedVariant) -> None:
        if not imported.sku:
            return
        owner = self.snapshot.sku_owners.get(imported.sku)
        if imported.sku in self.skus or (owner is not None and owner != self.product.id):
            self._refuse("sku_taken", "Another variant has this SKU.", imported, "sku", imported.sku)
        self.skus.append(imported.sku)

    # --- One variant --------------------------------------------------------------------------------------------------

    def _start(self, variant: Variant, imported: ImportedVariant) -> None:
        # A file that says nothing of stock means that the shop it comes from doesn't count it.
        if imported.is_stock_tracked is KEEP:
            variant.is_stock_tracked = imported.on_hand is not KEEP or bool(imported.stock)
        self.changes.insert(variant)

    def _variant(self, variant: Variant, imported: ImportedVariant, *, is_new: bool) -> None:
        differing = self._own_fields(variant, imported, is_new=is_new)
        if differing and not is_new:
            self.changes.update(variant, *differing)
        differing += self._prices(variant, imported)
        differing += self._stock(variant, imported)
        if imported.image_keys is not KEEP:
            self.images_of[variant.id] = imported.image_keys
        self.changes.lines[variant.id] = (imported.line, self.imported.handle)
        if not is_new:
            self.found += [f"{name} of {variant}" for name in dict.fromkeys(differing)]
        elif self.known:
            self.found.append(f"new variant {variant}")

    def _own_fields(self, variant: Variant, imported: ImportedVariant, *, is_new: bool) -> list[str]:
        """Set what differs and return the names of it."""
        differing = []
        values = self._values_of(imported, None if is_new else variant)
        if list(values) != variant.option_values:
            variant.option_values = list(values)
            differing.append("option_values")
        for field in _PLAIN:
            value = getattr(imported, field)
            if value is not KEEP and getattr(variant, field) != value:
                setattr(variant, field, value)
                differing.append(field)
        if imported.cost_amount is not KEEP:
            currency = "" if imported.cost_amount is None else imported.cost_currency or self.around.market.currency
            if (variant.cost_amount, variant.cost_currency) != (imported.cost_amount, currency):
                variant.cost_amount, variant.cost_currency = imported.cost_amount, currency
                differing += ["cost_amount", "cost_currency"]
        return differing

    # --- Prices -------------------------------------------------------------------------------------------------------

    def _prices(self, variant: Variant, imported: ImportedVariant) -> list[str]:
        known = self.snapshot.prices.get(variant.id, [])
        if imported.all_prices is not KEEP:
            return self._replace_prices(variant, known, imported.all_prices, imported)
        if imported.prices is not KEEP:
            here = [price for price in known if price.market_id == self.around.market.id]
            return self._replace_prices(variant, here, imported.prices, imported)
        if imported.price_amount is KEEP and imported.compare_at_amount is KEEP:
            return []
        here = [price for price in known if price.market_id == self.around.market.id]
        return self._todays_price(variant, here, imported.price_amount, imported.compare_at_amount)

    def _todays_price(
        self, variant: Variant, known: list[Price], amount: int | Keep | None, compare_at: int | Keep | None
    ) -> list[str]:
        """Write the price that holds now; those that are over, or still to come, stay."""
        now = self.now
        current = next(
            (
                price
                for price in known
                if (price.valid_from is None or price.valid_from <= now)
                and (price.valid_until is None or now < price.valid_until)
            ),
            None,
        )
        if isinstance(amount, int) and isinstance(compare_at, int) and compare_at <= amount:
            # It was reported, and is left out, unless the shop itself has it so.
            compare_at = compare_at if current and current.compare_at_amount == compare_at else None
        if amount is None:
            if current is not None:
                self.changes.delete(current)
            return ["price"] if current is not None else []
        if current is None:
            if amount is KEEP:
                return []
            self.changes.insert(
                new_row(
                    Price,
                    variant_id=variant.id,
                    market_id=self.around.market.id,
                    amount=amount,
                    compare_at_amount=compare_at or None,
                    valid_from=max(
                        (p.valid_until for p in known if p.valid_until and p.valid_until <= now), default=None
                    ),
                    valid_until=min((p.valid_from for p in known if p.valid_from and p.valid_from > now), default=None),
                )
            )
            return ["price"]
        differing = []
        for field, value in (("amount", amount), ("compare_at_amount", compare_at)):
            if value is not KEEP and getattr(current, field) != value:
                setattr(current, field, value)
                self.changes.update(current, field)
                differing.append("price" if field == "amount" else "compare-at price")
        return differing

    def _replace_prices(
        self, variant: Variant, known: list[Price], wanted: tuple[ImportedPrice, ...], imported: ImportedVariant
    ) -> list[str]:
        markets = self.around.markets | {"": self.around.market}
        unknown = sorted({price.market for price in wanted if price.market and price.market not in markets})
        if unknown:
            self._refuse("market", "The shop has no market of this code.", imported, "prices", unknown[0])
            return []
        for price in wanted:
            currency = markets[price.market or ""].currency
            if price.currency not in {None, currency}:
                reason = f"The market {price.market} sells in {currency}."
                self._refuse("currency", reason, imported, "prices", price.currency or "")
        keys: set[PriceKey] = {
            (
                markets[price.market or ""].id,
                price.valid_from,
                price.valid_until,
                price.amount,
                price.compare_at_amount,
            )
            for price in wanted
        }
        there = {(p.market_id, p.valid_from, p.valid_until, p.amount, p.compare_at_amount): p for p in known}
        if _overlap(keys):
            self._refuse("prices_overlap", "Two prices of a market hold at the same time.", imported, "prices")
        for key in there.keys() - keys:
            self.changes.delete(there[key])
        for market_id, starts, ends, amount, compare_at in sorted(keys - there.keys(), key=str):
            self.changes.insert(
                new_row(
                    Price,
                    variant_id=variant.id,
                    market_id=market_id,
                    amount=amount,
                    compare_at_amount=compare_at,
                    valid_from=starts,
                    valid_until=ends,
                )
            )
        return ["price"] if keys != there.keys() else []

    # --- Stock --------------------------------------------------------------------------------------------------------

    def _stock(self, variant: Variant, imported: ImportedVariant) -> list[str]:
        targets = self._targets(variant, imported)
        known = self.snapshot.levels
        changed = [t for t in targets if known.get((variant.id, t.location)) != t.level]
        self.changes.stock += changed
        return ["stock"] if changed else []

    def _targets(self, variant: Variant, imported: ImportedVariant) -> list[LevelTarget]:
        if imported.stock is not KEEP:
            for missing in (row.location for row in imported.stock if row.location not in self.around.locations):
                self._refuse("location", "The shop has no location of this code.", imported, "stock", missing)
            return [self._target(variant, row) for row in imported.stock]
        # What nobody counts needs no level, and the quantity that its file carries along says nothing.
        if not variant.is_stock_tracked or (imported.on_hand is KEEP and imported.is_backorderable is KEEP):
            return []
        location = self.around.location
        if location is None:
            self._refuse("location", "The shop has no location to put stock in; make one first.", imported, "stock")
            return []
        there = self.snapshot.levels.get((variant.id, location))
        level = there or Level()
        limit = level.backorder_limit
        if imported.is_backorderable is True and limit == 0:
            limit = None
        elif imported.is_backorderable is False:
            limit = 0
        on_hand = level.on_hand if imported.on_hand is KEEP else imported.on_hand
        target = Level(on_hand, limit, level.low_stock_threshold)
        # An empty level that may promise nothing says no more than having none.
        return (
            []
            if there is None and target == Level() and imported.on_hand is KEEP
            else [LevelTarget(variant.id, location, target)]
        )

    def _target(self, variant: Variant, row: ImportedStock) -> LevelTarget:
        level = Level(row.on_hand, row.backorder_limit, row.low_stock_threshold)
        there = self.snapshot.levels.get((variant.id, row.location), Level())
        is_threshold_new = level.low_stock_threshold != there.low_stock_threshold
        return LevelTarget(variant.id, row.location, level, is_threshold_new)

    # --- Options ------------------------------------------------------------------------------------------------------

    def _options(self, names: Values, final: list[Variant]) -> None:
        choices = self.imported.option_choices
        for index, name in enumerate(names):
            used = list(dict.fromkeys(variant.option_values[index] for variant in final))
            option = self.options[index] if index < len(self.options) else None
            if choices is not KEEP and index < len(choices):
                values = _merged(list(choices[index]), used)
            else:
                folded = {value.casefold() for value in used}
                # A value that no variant has any more is nothing to choose.
                before = [value for value in option.values if value.casefold() in folded] if option else []
                values = _merged(before, used)
            if option is None:
                self.changes.insert(
                    new_row(ProductOption, product_id=self.product.id, name=name, values=values, position=index)
                )
                self.found.append(f"option {name}")
            elif (option.name, option.values) != (name, values):
                option.name, option.values = name, values
                self.changes.update(option, "name", "values")
                self.found.append(f"option {name}")
        for option in self.options[len(names) :]:
            self.changes.delete(option)
            self.found.append(f"option {option.name}")

    def _refuse(self, code: str, reason: str, imported: ImportedVariant, column: str, value: str = "") -> None:
        self.problems.append(
            Problem(
                code=code,
                reason=reason,
                severity=Severity.ERROR,
                line=imported.line,
                column=column,
                handle=self.imported.handle,
                value=value[:200],
            )
        )


def _merged(before: list[str], used: list[str]) -> list[str]:
    """Return the option's values in their order, spelt as variants spell them, and the new ones behind."""
    spelt = {value.casefold(): value for value in used}
    merged = [spelt.get(value.casefold(), value) for value in before]
    return list(dict.fromkeys([*merged, *used]))


def _overlap(keys: Iterable[PriceKey]) -> bool:
    by_market: dict[Id, list[PriceKey]] = {}
    for key in keys:
        by_market.setdefault(key[0], []).append(key)
    for found in by_market.values():
        # An open start sorts first; a price must end where the next begins, or before.
        found.sort(key=lambda key: (key[1] is not None, key[1] or datetime.min))  # noqa: DTZ901 (only meets itself)
        for one, other in pairwise(found):
            if other[1] is None or one[2] is None or one[2] > other[1]:
                return True
    return False
