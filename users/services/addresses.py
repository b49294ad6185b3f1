"""Writing a person's address book."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from core.transactions import entry
from users.addresses import FIELDS, address_check
from users.exceptions import AddressBookFull
from users.models import Address, User
from users.selectors import address_get

MAX_ADDRESSES = 100
_DEFAULTS = ("is_default_shipping", "is_default_billing")


@entry
def address_create(*, user_id: uuid.UUID, data: Mapping[str, Any]) -> Address:
    """Add an address. The first one of a person becomes the default of both kinds, unless that is refused.

    Raises:
        AddressInvalid: it breaks its country's rules.
        AddressBookFull: the person has as many as are kept.
    """
    checked = address_check(data)
    _lock(user_id)
    count = Address.objects.filter(user_id=user_id).count()
    if count >= MAX_ADDRESSES:
        raise AddressBookFull(f"An address book has {MAX_ADDRESSES} addresses at the most; delete one first.")
    wanted = {flag: bool(data.get(flag, count == 0)) for flag in _DEFAULTS}
    _clear_defaults(user_id, wanted)
    return Address.objects.create(user_id=user_id, **checked, **wanted)


@entry
def address_update(
    *, user_id: uuid.UUID, address_id: uuid.UUID, changes: Mapping[str, Any], precondition: Callable[[Address], None]
) -> Address:
    """Change some fields of an address; the whole of it must be right afterwards.

    `precondition` is called with the address under the lock, before anything is written.

    Raises:
        NotFound: it is gone, or another person's.
        AddressInvalid: the changed address breaks its country's rules.
    """
    _lock(user_id)
    address = address_get(user_id, address_id)
    precondition(address)
    checked = address_check({field: changes.get(field, getattr(address, field)) for field in FIELDS})
    wanted = {flag: bool(changes[flag]) for flag in _DEFAULTS if flag in changes}
    _clear_defaults(user_id, wanted)
    for name, value in {**checked, **wanted}.items():
        setattr(address, name, value)
    address.save()
    return address


@entry
def address_delete(*, user_id: uuid.UUID, address_id: uuid.UUID, precondition: Callable[[Address], None]) -> None:
    """Delete an address; carts and orders keep their own copies.

    Raises:
        NotFound: it is gone already, or another person's.
    """
    _lock(user_id)
    address = address_get(user_id, address_id)
    precondition(address)
    address.delete()


def _lock(user_id: uuid.UUID) -> None:
    # Two requests that set a default at once take turns here, instead of one failing on the unique constraint.
    User.objects.select_for_update(no_key=True).get(pk=user_id)


def _clear_defaults(user_id: uuid.UUID, wanted: Mapping[str, bool]) -> None:
    for flag in (flag for flag, is_wanted in wanted.items() if is_wanted):
        Address.objects.filter(user_id=user_id, **{flag: True}).update(**{flag: False})
