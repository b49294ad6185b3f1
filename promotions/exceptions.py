"""Refusals of promotions, codes and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.problems import Conflict, FieldError


@dataclass(frozen=True, slots=True)
class LimitExcess:
    """A place of the order that wants more of something than its limit leaves."""

    pointer: str
    title: str
    allowed: int
    left: int


class LimitReached(Conflict):
    """More than a customer, or everybody together, may have of something; nothing was ordered."""

    code = "limit_reached"
    title = "That is more than may be ordered of this."

    def __init__(self, excesses: Sequence[LimitExcess]) -> None:
        """Name each place, and how many are left."""
        errors = tuple(
            FieldError(
                self.code, f"Of {one.title} {one.left} can still be ordered; the limit is {one.allowed}.", one.pointer
            )
            for one in excesses
        )
        super().__init__(
            errors[0].detail,
            errors=errors,
            limits=[{"pointer": one.pointer, "allowed": one.allowed, "left": one.left} for one in excesses],
        )
