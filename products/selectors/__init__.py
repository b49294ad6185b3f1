"""Every read of the catalogue: what shoppers may see, and with the right to it, what staff may."""

from products.selectors.sellable import SellableVariant as SellableVariant
from products.selectors.sellable import sellable_variants as sellable_variants
from products.selectors.tagging import tags_of_products as tags_of_products
from products.selectors.visibility import current_price as current_price
from products.selectors.visibility import visible_product as visible_product
