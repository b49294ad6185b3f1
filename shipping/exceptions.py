"""Refusals of shipping set-up."""

from core.problems import Conflict, NotFound


class ShippingZoneNotFound(NotFound):
    """No zone has this id."""

    code = "shipping_zone_not_found"
    title = "There is no such shipping zone."


class ShippingMethodNotFound(NotFound):
    """No method has this id."""

    code = "shipping_method_not_found"
    title = "There is no such shipping method."


class PickupPointNotFound(NotFound):
    """No pick-up point has this id."""

    code = "pickup_point_not_found"
    title = "There is no such pick-up point."


class PickupPointCodeTaken(Conflict):
    """Another point of the method has this code."""

    code = "pickup_point_code_taken"
    title = "Another pick-up point of this method has this code; choose another one."


class ShippingZoneNameTaken(Conflict):
    """Another zone has this name."""

    code = "shipping_zone_name_taken"
    title = "Another zone has this name; choose another one."


class ShippingMethodCodeTaken(Conflict):
    """Another method of the market and zone has this code."""

    code = "shipping_method_code_taken"
    title = "Another method of this market and zone has this code; choose another one."


class ShippingReferenceUnknown(Conflict):
    """The zone, market or tax category that the method names doesn't exist."""

    code = "shipping_reference_unknown"
    title = "Something that the method names doesn't exist."


class ShippingCurrencyMismatch(Conflict):
    """An amount is in another currency than its market's."""

    code = "shipping_currency_mismatch"
    title = "The amount must be in the market's currency."
