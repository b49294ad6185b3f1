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


class StockTooMuch(Conflict):
    """A level would hold, or expect, more than it can count."""

    code = "stock_too_much"
    title = "A stock level can't count that many pieces."


class TransferNotExpected(Conflict):
    """More arrived than is still to come."""

    code = "transfer_not_expected"
    title = "More arrived than is still to come; receive what was announced, and add the rest as an adjustment."


class TransferOver(Conflict):
    """Nothing of the transfer is to come any more."""

    code = "transfer_over"
    title = "This transfer was received, closed or cancelled already."


class StockTakeOver(Conflict):
    """The stock take was applied or cancelled."""

    code = "stock_take_over"
    title = "This stock take was applied or cancelled already; begin a new one."


class StockTakeOpen(Conflict):
    """The location is being counted already."""

    code = "stock_take_open"
    title = "This location is being counted already; go on with that stock take, or cancel it."


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


class StockTransferNotFound(NotFound):
    """There is no such transfer."""

    title = "There is no such stock transfer."


class StockTakeNotFound(NotFound):
    """There is no such stock take."""

    title = "There is no such stock take."


def count_unfit(sku: str, left: int, promised: int) -> FieldError:
    """Say of a counted variant what would be left of it, and how many are promised."""
    name = sku or "A variant without SKU"
    return FieldError(
        code=StockPromised.code, detail=f"{name}: {left} would be left, and {promised} are promised to orders."
    )


def not_expected(index: int, arrived: int, missing: int | None) -> FieldError:
    """Say of a line that more arrived than was to come; None where it is no part of the transfer."""
    detail = (
        "This variant is not part of the transfer."
        if missing is None
        else f"{missing} are still to come; {arrived} are too many."
    )
    pointer = f"/lines/{index}" if missing is None else f"/lines/{index}/quantity"
    return FieldError(code=TransferNotExpected.code, detail=detail, pointer=pointer)


def too_much(sku: str, pointer: str | None) -> FieldError:
    """Say of a line that it is more than a level can count."""
    detail = f"With that, {sku or 'the variant'} would have more pieces than a stock level can count."
    return FieldError(code=StockTooMuch.code, detail=detail, pointer=pointer)


def _left(shortage: Shortage) -> str:
    if shortage.available <= 0:
        return f"None is left; {shortage.requested} were asked for."
    return f"Only {shortage.available} left; {shortage.requested} were asked for."


def _sentence(shortages: Sequence[Shortage]) -> str:
    more = f" (and {len(shortages) - 1} more lines)" if len(shortages) > 1 else ""
    return f"There is not enough in stock. Line {shortages[0].index + 1}: {_left(shortages[0])}{more}"
