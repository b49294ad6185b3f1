"""Who is calling: a guest, a customer, a member of staff or a machine. What they may see is decided by selectors."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from core.problems import NotAuthenticated, PermissionRefused


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who makes a request, with the rights that come with it. Guests have neither id nor rights."""

    user_id: uuid.UUID | None = None
    key_prefix: str | None = None
    rights: frozenset[str] = field(default_factory=frozenset)
    is_staff: bool = False

    @property
    def is_guest(self) -> bool:
        """Tell whether nobody is logged in and no key was sent."""
        return self.user_id is None and self.key_prefix is None

    @property
    def actor(self) -> str:
        """Return how ledgers and history name the caller: `user:ID`, `key:PREFIX` or `guest`."""
        if self.key_prefix is not None:
            return f"key:{self.key_prefix}"
        return f"user:{self.user_id}" if self.user_id is not None else "guest"

    def may(self, right: str) -> bool:
        """Tell whether the caller has a right."""
        return right in self.rights

    def require(self, right: str) -> None:
        """Refuse a caller without a right.

        Raises:
            NotAuthenticated: a guest, who may have it once logged in.
            PermissionRefused: the caller is known and lacks it; the problem names it.
        """
        if self.may(right):
            return
        if self.is_guest:
            raise NotAuthenticated
        detail = f"This needs the right {right}."
        raise PermissionRefused(detail, required_right=right)


GUEST = Caller()
SYSTEM_ACTOR = "system"
"""How ledgers name the worker and the sweeper."""
