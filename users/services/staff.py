"""What the admin changes of any account, staff's included: who may do that to whom, and what follows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from core.problems import NotFound, PermissionRefused
from core.transactions import entry
from events.services import event_record
from users.callers import Caller
from users.models import User
from users.selectors import rights_check, role_rights_of
from users.sessions import sessions_end

_GIVES_ACCESS = frozenset({"is_staff", "is_superuser", "roles"})


def may_change_account(user: User, *, caller: Caller, is_by_superuser: bool) -> bool:
    """Tell whether somebody may change an account: staff need a right of their own, a superuser needs an equal.

    Whoever may change an account may take it over, by its e-mail or its password, and unlock it before. So nobody
    changes an account whose roles have rights that they lack, whether or not it may use them just now.
    """
    if is_by_superuser:
        return True
    is_in_reach = caller.may("access:write" if user.is_staff else "customers:write")
    return is_in_reach and not user.is_superuser and role_rights_of(user) <= caller.rights


@entry
def account_update(
    *, user_id: uuid.UUID, changes: Mapping[str, Any], caller: Caller, is_by_superuser: bool = False
) -> User:
    """Change an account; `roles` in the changes are the roles that it shall have. A lock-out ends its log-ins.

    Locks: the account.

    Raises:
        NotFound: there is none.
        PermissionRefused: the caller may not change this account, or not who gets in.
        RightsExceeded: a role that is given or taken has rights that the caller lacks.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if not may_change_account(user, caller=caller, is_by_superuser=is_by_superuser):
        raise PermissionRefused(
            "Accounts of staff are changed by those who manage access and have every right of theirs, superusers by "
            "superusers."
        )
    if _GIVES_ACCESS & changes.keys():
        caller.require("access:write")
    if "is_superuser" in changes and not is_by_superuser:
        raise PermissionRefused("Only a superuser makes another one.")
    values = {name: value for name, value in changes.items() if name != "roles"}
    if "email" in values:
        values["email"] = values["email"].strip().lower()
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    if "roles" in changes:
        _set_roles(user, changes["roles"], caller=caller, is_by_superuser=is_by_superuser)
    if not user.is_active or "email" in values:
        sessions_end(user=user)
    data = {"changed": sorted(changes)}
    event_record(type="user.updated", aggregate_type="user", aggregate_id=user.pk, data=data, actor=caller.actor)
    return user


def _set_roles(user: User, roles: Any, *, caller: Caller, is_by_superuser: bool) -> None:
    old, new = {role.pk: role for role in user.roles.all()}, {role.pk: role for role in roles}
    moved = [role for pk, role in (old | new).items() if (pk in old) != (pk in new)]
    if not is_by_superuser:
        rights = {right for role in moved for right in role.rights}
        rights_check(rights, giver=caller, pointer="/roles", is_removal_of=rights)
    user.roles.set(new.values())
