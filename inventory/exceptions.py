"""Refusals of stock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.problems import Conflict, FieldError, NotFound


@dataclass(frozen=True, slots=True)
class Shortage:
    """One line that can't be served: its place in what was asked for, how much was asked, how much there is.

    `pointer` is where the request asks for it, if that isn't line `index` of `/lines`.
    """

    index: int
    variant_id: uuid.UUID
    requested: int
    available: int
    pointer: str | None = None


class StockInsufficient(Conflict):
    """Less can be promised than was asked for; nothing was reserved."""

    code = "stock_insufficient"
    title = "There is not enough in stock."

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        """Name each line that is short, and how many of it can be had."""
        super().__init__(
            _sentence(shortages),
            errors=tuple(
                FieldError(
                    code=self.code, detail=_left(shortage), pointer=shortage.pointer or f"/lines/{shortage.index}"
                )
                for shortage in shortages
            ),
            shortages=[
                {
                    "variant_id": str(shortage.variant_id),
                    "requested": shortage.requested,
                    "available": shortage.available,
                }
                for shortage in shortages
            ],
        )
        self.shortages = tuple(shortages)


class StockNotOnHand(Conflict):
    """What was promised ahead of its arrival can't be shipped yet."""

    code = "stock_not_on_hand"
    title = "The goods are promised but not there yet; receive them first."


class StockPromised(Conflict):
    """The change would leave less than has been promised to orders."""

    code = "stock_promised"
    title = "Orders have been promised more than would be left; cancel some, or raise the backorder limit first."


class StockLevelExists(Conflict):
    """The variant already has a level at this location."""

    code = "stock_level_exists"
    title = "This variant already has a stock level at this location; change that one."


class LocationCodeTaken(Conflict):
    """Another location has this code."""

    code = "location_code_taken"
    title = "Another location has this code; choose another one."


class StockLevelNotFound(NotFound):
    """There is no such level."""

    title = "There is no such stock level."


class LocationNotFound(NotFound):
    """There is no such location."""

    title = "There is no such location."


def _left(shortage: Shortage) -> str:
    if shortage.available <= 0:
        return f"None is left; {shortage.requested} were asked for."
    return f"Only {shortage.available} left; {shortage.requested} were asked for."


def _sentence(shortages: Sequence[Shortage]) -> str:
    more = f" (and {len(shortages) - 1} more lines)" if len(shortages) > 1 else ""
    return f"There is not enough in stock. Line {shortages[0].index + 1}: {_left(shortages[0])}{more}"
