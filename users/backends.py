"""Django's door to accounts: checks passwords within a budget of failures, and maps permissions to rights."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from users.adapters import client_place
from users.models import User
from users.selectors import rights_of, user_with_rights
from users.throttling import Take, throttle_clear, throttle_give_back, throttle_take

_AREAS: Mapping[str, tuple[str, str]] = {
    "products": ("catalogue:read", "catalogue:write"),
    "products.import": ("imports:write", "imports:write"),
    "products.importproblem": ("imports:write", "imports:write"),
    "inventory": ("stock:read", "stock:write"),
    "cart": ("orders:read", "orders:write"),
    "orders": ("orders:read", "orders:write"),
    "promotions": ("promotions:read", "promotions:write"),
    "promotions.limituse": ("orders:read", "orders:write"),
    "promotions.limitclaim": ("orders:read", "orders:write"),
    "payments": ("orders:read", "payments:write"),
    "promotions.giftcard": ("gift-cards:read", "gift-cards:write"),
    "promotions.storecredit": ("gift-cards:read", "gift-cards:write"),
    "promotions.creditentry": ("gift-cards:read", "gift-cards:write"),
    "markets": ("settings:read", "settings:write"),
    "shipping": ("settings:read", "settings:write"),
    # Not idempotency keys: their kept answers are other people's.
    "events.event": ("settings:read", "settings:write"),
    "events.case": ("cases:read", "cases:write"),
    "events.job": ("settings:read", "settings:write"),
    # What an audit shows is of all areas; asking for one changes nothing.
    "audit": ("audit:read", "audit:read"),
    "users.address": ("customers:read", "customers:write"),
    # Accounts of staff, and the fields that give access, are kept from them by users/admin.py.
    "users.user": ("customers:read", "customers:write"),
    "users.customergroup": ("customers:read", "customers:write"),
    "users.groupmembership": ("customers:read", "customers:write"),
    "users.role": ("access:write", "access:write"),
    "users.apikey": ("access:write", "access:write"),
}
"""Rights to see and to change, by app or by model; what isn't named here is for superusers only."""


class PasswordBackend(ModelBackend):
    """E-mail and password, for the API and the admin alike. Nobody can guess faster at one door than at the other."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        email: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the active person whose password this is; None otherwise, after the same work.

        Raises:
            TooManyRequests: too many failures for the address or from where the request comes.
        """
        address = (email or username or "").strip().lower()
        if not address or password is None:
            return None
        place = client_place(request)
        here = Take("log_in_from_here", f"{address} {place}")
        wide = (Take("log_in_email", address), Take("log_in_ip", place))
        throttle_take(here, *wide)
        user = super().authenticate(request, username=address, password=password)
        if not isinstance(user, User):
            return None
        throttle_clear(here)
        throttle_give_back(*wide)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """Return the person whom a session names, with their rights, if they may still log in."""
        user = user_with_rights(user_id) if isinstance(user_id, uuid.UUID) else user_with_rights(uuid.UUID(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        """Tell whether a member of staff has the right behind one of Django's permissions."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, codename = perm.partition(".")
        action, _, model = codename.partition("_")
        right = _right(app, model, is_change=action != "view")
        return right is not None and right in rights_of(user_obj)

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        """Tell whether a member of staff may see anything of an app."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        seen = {right for area, rights in _AREAS.items() if area.partition(".")[0] == app_label for right in rights}
        return bool(seen & rights_of(user_obj))


def _right(app: str, model: str, *, is_change: bool) -> str | None:
    area = _AREAS.get(f"{app}.{model}") or _AREAS.get(app)
    return area[is_change] if area else None
