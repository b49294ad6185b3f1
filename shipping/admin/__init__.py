"""Pages of shipping."""

from shipping.admin.methods import ShippingMethodAdmin as ShippingMethodAdmin
from shipping.admin.zones import ShippingZoneAdmin as ShippingZoneAdmin
