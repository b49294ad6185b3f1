"""The stock of product files: what `products.importing.stock.Stock` asks for, done by this app's services."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from inventory.models import Location, StockLevel
from inventory.services import StockTarget, stock_set_many
from products.importing.stock import Level, LevelTarget


class ShopStock:
    """Stock of this shop's locations, by their codes."""

    def __init__(self) -> None:
        """Read the locations; an import is too short for them to change."""
        self._places = dict(Location.objects.order_by("position", "code").values_list("code", "id"))
        self._first = Location.objects.filter(is_active=True).order_by("position", "code").values_list("code").first()

    def default_location(self) -> str | None:
        """Return the active location whose stock is taken first, None when there is none."""
        return self._first[0] if self._first else None

    def locations(self) -> frozenset[str]:
        """Return every location's code."""
        return frozenset(self._places)

    def levels(self, variant_ids: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, str], Level]:
        """Return what every location holds of these variants, in one query."""
        rows = StockLevel.objects.filter(variant_id__in=variant_ids).values_list(
            "variant_id", "location__code", "on_hand", "backorder_limit", "low_stock_threshold"
        )
        return {
            (variant_id, code): Level(on_hand, backorder_limit, threshold)
            for variant_id, code, on_hand, backorder_limit, threshold in rows
        }

    def lock(self, variant_ids: Sequence[uuid.UUID]) -> None:
        """Lock the levels of these variants, in primary-key order, until the transaction ends."""
        levels = StockLevel.objects.filter(variant_id__in=variant_ids).order_by("id").select_for_update(no_key=True)
        list(levels.values_list("id"))

    def set_levels(self, targets: Sequence[LevelTarget], *, reason: str, actor: str) -> frozenset[uuid.UUID]:
        """Make the locations hold exactly this; a fixed number of statements for each location.

        Returns the variants that were left alone since orders have been promised more than the target allows.
        """
        refused: set[uuid.UUID] = set()
        by_place: dict[str, list[LevelTarget]] = {}
        for target in targets:
            by_place.setdefault(target.location, []).append(target)
        for code, found in sorted(by_place.items()):
            result = stock_set_many(
                levels=[
                    StockTarget(
                        variant_id=target.variant_id,
                        on_hand=target.level.on_hand,
                        backorder_limit=target.level.backorder_limit,
                    )
                    for target in found
                ],
                location_id=self._places[code],
                reason=reason,
                actor=actor,
            )
            refused |= set(result.refused)
            self._set_thresholds(code, found)
        return frozenset(refused)

    def _set_thresholds(self, code: str, targets: Sequence[LevelTarget]) -> None:
        """Write the thresholds that change; no movement, since nothing moves."""
        by_threshold: dict[int, list[uuid.UUID]] = {}
        for target in targets:
            if target.is_threshold_new:
                by_threshold.setdefault(target.level.low_stock_threshold, []).append(target.variant_id)
        for threshold, variant_ids in by_threshold.items():
            levels = StockLevel.objects.filter(location_id=self._places[code], variant_id__in=variant_ids)
            levels.update(low_stock_threshold=threshold)
