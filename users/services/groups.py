"""Groups of customers and who is in them. What a group is given is said where it is given: price lists, promotions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from core.problems import FieldError, InvalidInput
from core.transactions import entry
from events.services import event_record
from users.callers import Caller
from users.exceptions import CustomerGroupCodeTaken, CustomerGroupInUse
from users.models import CustomerGroup, GroupMembership, User
from users.selectors import customer_group_get


@entry
def customer_group_create(*, caller: Caller, values: Mapping[str, Any]) -> CustomerGroup:
    """Make a group of nobody.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:write` or `customers:read`.
        CustomerGroupCodeTaken: there is one of that code.
    """
    caller.require("customers:write")
    group = CustomerGroup(**values)
    _save(group)
    _tell("customer_group.created", group, caller)
    return customer_group_get(caller, group.pk)


@entry
def customer_group_update(
    *,
    caller: Caller,
    group_id: uuid.UUID,
    changes: Mapping[str, Any],
    precondition: Callable[[CustomerGroup], None] | None = None,
) -> CustomerGroup:
    """Change code or name of a group. `precondition` sees it under its lock and refuses by raising (If-Match).

    Raises:
        NotFound: there is none. Else as `customer_group_create`.
    """
    group = _locked(group_id, caller, precondition)
    for name, value in changes.items():
        setattr(group, name, value)
    _save(group)
    _tell("customer_group.updated", group, caller)
    return group


@entry
def customer_group_delete(
    *, caller: Caller, group_id: uuid.UUID, precondition: Callable[[CustomerGroup], None] | None = None
) -> None:
    """Delete a group that no price list and no promotion is for; its members stay customers.

    Raises:
        NotFound: there is none.
        CustomerGroupInUse: something is for this group.
    """
    group = _locked(group_id, caller, precondition)
    if group.promotions.exists():
        raise CustomerGroupInUse
    _tell("customer_group.deleted", group, caller)
    try:
        with transaction.atomic():
            group.delete()
    except (ProtectedError, IntegrityError) as error:
        raise CustomerGroupInUse from error


@entry
def customer_group_members_change(
    *, caller: Caller, group_id: uuid.UUID, add: Sequence[uuid.UUID] = (), remove: Sequence[uuid.UUID] = ()
) -> CustomerGroup:
    """Put customers into a group and take others out, all or none; who is in or out already stays so.

    Locks: the group, so that two changes of one group follow one another.

    Raises:
        NotFound: there is no such group.
        InvalidInput: somebody who is added is no customer, or is taken out at the same time.
    """
    group = _locked(group_id, caller, None)
    both = set(add) & set(remove)
    if both:
        _refuse(
            f"/add/{list(add).index(min(both))}", "This customer is also in `remove`; name them once.", "given_twice"
        )
    known = set(User.objects.filter(pk__in=set(add)).values_list("pk", flat=True))
    missing = next((index for index, user_id in enumerate(add) if user_id not in known), None)
    if missing is not None:
        _refuse(f"/add/{missing}", "There is no such customer; GET /customers lists them.", "unknown")
    GroupMembership.objects.filter(group=group, user__in=set(remove)).delete()
    GroupMembership.objects.bulk_create(
        [GroupMembership(group=group, user_id=user_id) for user_id in sorted(known)], ignore_conflicts=True
    )
    data = {"added": sorted(map(str, known)), "removed": sorted(map(str, set(remove)))}
    event_record(
        type="customer_group.members_changed",
        aggregate_type="customer_group",
        aggregate_id=group.pk,
        data=data,
        actor=caller.actor,
    )
    return customer_group_get(caller, group.pk)


def _locked(group_id: uuid.UUID, caller: Caller, precondition: Callable[[CustomerGroup], None] | None) -> CustomerGroup:
    caller.require("customers:write")
    CustomerGroup.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    group = customer_group_get(caller, group_id)
    if precondition is not None:
        precondition(group)
    return group


def _save(group: CustomerGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        field = FieldError(CustomerGroupCodeTaken.code, CustomerGroupCodeTaken.title, "/code")
        raise CustomerGroupCodeTaken(errors=(field,)) from error


def _refuse(pointer: str, detail: str, code: str) -> None:
    raise InvalidInput.at(pointer, detail, code=code)


def _tell(what: str, group: CustomerGroup, caller: Caller) -> None:
    data = {"code": group.code, "name": group.name}
    event_record(type=what, aggregate_type="customer_group", aggregate_id=group.pk, data=data, actor=caller.actor)
