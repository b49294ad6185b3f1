"""Refusals of promotions, codes and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.problems import Conflict, FieldError, InvalidInput, NotFound


class PromotionNotFound(NotFound):
    """No promotion has this id."""

    code = "promotion_not_found"
    title = "There is no such promotion."


class PromotionInvalid(InvalidInput):
    """What is said of a promotion doesn't go together; the errors name each place."""

    code = "promotion_invalid"
    title = "The promotion can't be like that."


class PromotionReferenceUnknown(Conflict):
    """A market, group, method or thing that the promotion names doesn't exist."""

    code = "promotion_reference_unknown"
    title = "Something that the promotion names doesn't exist."


class CodeNotFound(NotFound):
    """The promotion, or the cart, has no such code."""

    code = "code_not_found"
    title = "There is no such code here."


class CodeTaken(Conflict):
    """The code is another promotion's, or this one's already."""

    code = "code_taken"
    title = "This code exists already; choose another one."


class PromotionCodesFull(Conflict):
    """A promotion takes a bounded number of codes; another promotion takes as many again."""

    code = "promotion_codes_full"
    title = "The promotion has as many codes as it can take; delete some, or make another promotion."


@dataclass(frozen=True, slots=True)
class LimitExcess:
    """A place of the order that wants more of something than its limit leaves.

    `detail` says it in words of its own, where what is left isn't for buyers to know.
    """

    pointer: str
    title: str
    allowed: int
    left: int
    detail: str = ""


class LimitReached(Conflict):
    """More than a customer, or everybody together, may have of something; nothing was ordered."""

    code = "limit_reached"
    title = "That is more than may be ordered of this."

    def __init__(self, excesses: Sequence[LimitExcess]) -> None:
        """Name each place, and how many are left."""
        errors = tuple(
            FieldError(
                self.code,
                one.detail or f"Of {one.title} {one.left} can still be ordered; the limit is {one.allowed}.",
                one.pointer,
            )
            for one in excesses
        )
        super().__init__(
            errors[0].detail,
            errors=errors,
            limits=[
                {"pointer": one.pointer, "allowed": one.allowed, "left": one.left} for one in excesses if not one.detail
            ],
        )
