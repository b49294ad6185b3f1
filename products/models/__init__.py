"""Tables of the catalogue. What there is in stock belongs to inventory; what a sale costs, to cart and orders."""

# Django finds an app's tables in its models module; those of imports live with what uses them.
from products.importing.models import Import as Import
from products.importing.models import ImportProblem as ImportProblem
from products.models.collection import Collection as Collection
from products.models.collection import CollectionProduct as CollectionProduct
from products.models.collection import SlugRedirect as SlugRedirect
from products.models.price_history import PriceHistory as PriceHistory
from products.models.price_list import PriceList as PriceList
from products.models.price_list import PriceListGroup as PriceListGroup
from products.models.price_list import PriceListPrice as PriceListPrice
from products.models.product import Product as Product
from products.models.product import ProductCategory as ProductCategory
from products.models.product import ProductManager as ProductManager
from products.models.product import ProductOption as ProductOption
from products.models.product import ProductTranslation as ProductTranslation
from products.models.variant import Media as Media
from products.models.variant import MediaVariant as MediaVariant
from products.models.variant import Price as Price
from products.models.variant import Variant as Variant
from products.models.vocabulary import Attribute as Attribute
from products.models.vocabulary import Brand as Brand
from products.models.vocabulary import Category as Category
