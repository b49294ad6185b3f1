"""Every write of pick-up points. Carts look at them anew each time, so nothing else has to be told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from core.problems import FieldError, InvalidInput
from core.transactions import entry
from shipping.exceptions import PickupPointCodeTaken, ShippingReferenceUnknown
from shipping.models import PickupPoint, ShippingMethod
from shipping.selectors import pickup_point_for_update
from users.addresses import address_check


@entry
def pickup_point_create(*, values: Mapping[str, Any]) -> PickupPoint:
    """Make a point of the pick-up method `method_id`, at an `address`.

    Raises:
        ShippingReferenceUnknown: there is no such method.
        PickupPointCodeTaken: another point of the method has the code.
        AddressInvalid: the address breaks its country's rules.
        InvalidInput: nothing is picked up by the method.
    """
    method = ShippingMethod.objects.filter(id=values["method_id"]).first()
    if method is None:
        detail = "There is no such shipping method."
        raise ShippingReferenceUnknown(
            detail, errors=(FieldError(ShippingReferenceUnknown.code, detail, "/method_id"),)
        )
    if method.kind != ShippingMethod.Kind.PICKUP:
        raise InvalidInput.at("/method_id", "Only a method whose kind is pickup has points.", code="pickup")
    point = PickupPoint(method=method)
    _fill(point, {name: value for name, value in values.items() if name != "method_id"})
    return point


@entry
def pickup_point_update(
    *,
    point_id: uuid.UUID,
    changes: Mapping[str, Any],
    precondition: Callable[[PickupPoint], None] | None = None,
) -> PickupPoint:
    """Change a point, all but its method; carts that chose it go there then, orders keep what it was.

    `precondition` sees the point under its lock and refuses by raising (If-Match).

    Raises:
        PickupPointNotFound: there is none. Else as `pickup_point_create`.
    """
    point = pickup_point_for_update(point_id)
    if precondition is not None:
        precondition(point)
    _fill(point, changes)
    return point


@entry
def pickup_point_delete(*, point_id: uuid.UUID, precondition: Callable[[PickupPoint], None] | None = None) -> None:
    """Delete a point; carts that chose it have to choose another one, orders keep what it was.

    Raises:
        PickupPointNotFound: there is none.
    """
    point = pickup_point_for_update(point_id)
    if precondition is not None:
        precondition(point)
    point.delete()


def _fill(point: PickupPoint, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(point, name, value)
    # The address of an order names who collects; until then that is the point.
    point.address = address_check(point.address | {"name": point.name}, pointer="/address")
    try:
        with transaction.atomic():
            point.save()
    except IntegrityError as error:
        if "shipping_pickuppoint_code" not in str(error):
            raise
        raise PickupPointCodeTaken from error
