"""Filling an empty shop with the demo's content, through the services that everybody uses."""

from demo.filling.shop import Filled as Filled
from demo.filling.shop import ShopBusy as ShopBusy
from demo.filling.shop import ShopState as ShopState
from demo.filling.shop import shop_fill as shop_fill
from demo.filling.shop import shop_state as shop_state
