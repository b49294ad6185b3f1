"""What an import needs of stock, whose app stands above this one: settings name who provides it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

MAX_PIECES = 1_000_000_000
"""The most that a level can hold, promise ahead, or be low at."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a location holds of a variant."""

    on_hand: int = 0
    backorder_limit: int | None = 0
    low_stock_threshold: int = 0


@dataclass(frozen=True, slots=True)
class LevelTarget:
    """What a location should hold of a variant."""

    variant_id: uuid.UUID
    location: str
    level: Level
    is_threshold_new: bool = False


class Stock(Protocol):
    """The stock of the shop, as far as product files speak of it. Locations go by their code."""

    def default_location(self) -> str | None:
        """Return the location whose stock is taken first, None when there is none."""

    def locations(self) -> frozenset[str]:
        """Return every location's code."""

    def levels(self, variant_ids: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, str], Level]:
        """Return what every location holds of these variants, in one query."""

    def lock(self, variant_ids: Sequence[uuid.UUID]) -> None:
        """Lock the levels of these variants, in primary-key order, until the transaction ends."""

    def set_levels(self, targets: Sequence[LevelTarget], *, reason: str, actor: str) -> frozenset[uuid.UUID]:
        """Make the locations hold exactly this, with movements for the differences; part of a transaction.

        Returns the variants that were left alone since orders have been promised more than the target allows.
        """


def stock_of_the_shop() -> Stock:
    """Return what `PRODUCT_STOCK` names."""
    return cast("Stock", import_string(settings.PRODUCT_STOCK)())
