"""Making and changing roles: nobody gives, or takes, a right that they don't have themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from core.transactions import entry
from events.services import event_record
from users.callers import Caller
from users.exceptions import RoleInUse, RoleNameTaken
from users.models import Role
from users.selectors import rights_check, role_get


@entry
def role_create(*, name: str, rights: Collection[str], caller: Caller) -> Role:
    """Make a role.

    Raises:
        RightUnknown, RightsExceeded: as `rights_check` says.
        RoleNameTaken: there is one of that name.
    """
    rights_check(rights, giver=caller, pointer="/rights")
    role = Role(name=name, rights=sorted(set(rights)))
    _save(role)
    _tell("role.created", role, caller)
    return role


@entry
def role_update(
    *, role_id: uuid.UUID, caller: Caller, changes: Mapping[str, Any], precondition: Callable[[Role], None]
) -> Role:
    """Rename a role or change its rights, which hold for its people from their next request on.

    `precondition` is called with the locked role before anything is written.

    Raises:
        RightUnknown, RightsExceeded: for every right that is added or taken away.
        RoleNameTaken: there is another of that name.
    """
    role = _locked(role_id, caller, precondition)
    rights = set(changes.get("rights", role.rights))
    rights_check(rights ^ set(role.rights), giver=caller, pointer="/rights", is_removal_of=role.rights)
    role.rights = sorted(rights)
    role.name = changes.get("name", role.name)
    _save(role)
    _tell("role.updated", role, caller)
    return role


@entry
def role_delete(*, role_id: uuid.UUID, caller: Caller, precondition: Callable[[Role], None]) -> None:
    """Delete a role that nobody has.

    Raises:
        RightsExceeded: the role has rights that the caller lacks.
        RoleInUse: somebody has it.
    """
    role = _locked(role_id, caller, precondition)
    rights_check(role.rights, giver=caller, pointer="", is_removal_of=role.rights)
    if role.users.exists():
        raise RoleInUse
    _tell("role.deleted", role, caller)
    role.delete()


def _locked(role_id: uuid.UUID, caller: Caller, precondition: Callable[[Role], None]) -> Role:
    Role.objects.select_for_update().filter(pk=role_id).first()
    role = role_get(caller, role_id)
    precondition(role)
    return role


def _save(role: Role) -> None:
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError as error:
        raise RoleNameTaken from error


def _tell(what: str, role: Role, caller: Caller) -> None:
    data = {"name": role.name, "rights": role.rights}
    event_record(type=what, aggregate_type="role", aggregate_id=role.pk, data=data, actor=caller.actor)
