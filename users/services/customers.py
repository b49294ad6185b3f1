"""What staff change of customers. Accounts of staff are changed in the admin, by those who manage access."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from core.problems import InvalidInput
from core.transactions import entry
from events.services import event_record
from users.callers import Caller
from users.models import User
from users.selectors import customer_get
from users.sessions import sessions_end


@entry
def customer_update(
    *, caller: Caller, customer_id: uuid.UUID, changes: Mapping[str, Any], precondition: Callable[[User], None]
) -> User:
    """Change a customer's name, phone, language, note, tax exemption or whether they may log in.

    A lock-out ends their log-ins.

    `precondition` is called with the locked customer before anything is written.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:write` or `customers:read`.
        NotFound: there is no such customer.
        InvalidInput: the exemption would end before it begins.
    """
    caller.require("customers:write")
    User.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    customer = customer_get(caller, customer_id)
    precondition(customer)
    for name, value in changes.items():
        setattr(customer, name, value)
    begins, ends = customer.tax_exemption_from, customer.tax_exemption_until
    if begins is not None and ends is not None and begins > ends:
        raise InvalidInput.at("/tax_exemption_until", "An exemption must not end before it begins.")
    customer.save(update_fields=list(changes))
    if not customer.is_active:
        sessions_end(user=customer)
    data = {"changed": sorted(changes)}
    event_record(type="user.updated", aggregate_type="user", aggregate_id=customer.pk, data=data, actor=caller.actor)
    return customer
