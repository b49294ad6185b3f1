"""Every write of shipping set-up."""

from shipping.services.methods import shipping_method_create as shipping_method_create
from shipping.services.methods import shipping_method_delete as shipping_method_delete
from shipping.services.methods import shipping_method_update as shipping_method_update
from shipping.services.points import pickup_point_create as pickup_point_create
from shipping.services.points import pickup_point_delete as pickup_point_delete
from shipping.services.points import pickup_point_update as pickup_point_update
from shipping.services.zones import shipping_zone_create as shipping_zone_create
from shipping.services.zones import shipping_zone_delete as shipping_zone_delete
from shipping.services.zones import shipping_zone_update as shipping_zone_update
