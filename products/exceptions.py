"""Refusals of the catalogue, one class per reason."""

from core.problems import Conflict, InvalidInput, NotFound, PayloadTooLarge


class ProductNotFound(NotFound):
    """No such product, or none that the caller may see."""

    code = "product_not_found"
    title = "There is no such product here."


class VariantNotFound(NotFound):
    """No such variant, or none that the caller may see."""

    code = "variant_not_found"
    title = "There is no such variant here."


class CategoryNotFound(NotFound):
    """No such category, or none that the caller may see."""

    code = "category_not_found"
    title = "There is no such category here."


class CollectionNotFound(NotFound):
    """No such collection, or none that the caller may see."""

    code = "collection_not_found"
    title = "There is no such collection here."


class PriceListCodeTaken(Conflict):
    """Another price list has this code."""

    code = "price_list_code_taken"
    title = "Another price list has this code."


class SlugTaken(Conflict):
    """Another thing of the same kind has this slug now."""

    code = "slug_taken"
    title = "Another one has this slug; choose another or leave it out to have one made."


class NameTaken(Conflict):
    """Another brand has this name."""

    code = "name_taken"
    title = "Another one has this name."


class AttributeCodeTaken(Conflict):
    """Another attribute has this code."""

    code = "attribute_code_taken"
    title = "Another attribute has this code."


class SkuTaken(Conflict):
    """Another variant has this SKU."""

    code = "sku_taken"
    title = "Another variant has this SKU."


class VariantDuplicate(Conflict):
    """Two variants of a product would be the same choice of its options."""

    code = "variant_duplicate"
    title = "The product has a variant of this choice already."


class PriceOverlap(Conflict):
    """Two prices of a variant would hold in a market at one time."""

    code = "price_overlap"
    title = "Two prices of this variant would hold in one market at one time."


class ProductInUse(Conflict):
    """The ledger of stock knows it."""

    code = "product_in_use"
    title = "Its stock has a history that must stay; archive it instead."


class VariantInUse(Conflict):
    """The ledger of stock knows it."""

    code = "variant_in_use"
    title = "Its stock has a history that must stay; remove its prices instead, then nobody can buy it."


class BrandInUse(Conflict):
    """Products are of this brand."""

    code = "brand_in_use"
    title = "Products are of this brand; give them another first."


class AttributeInUse(Conflict):
    """Products carry values that the change would orphan."""

    code = "attribute_in_use"
    title = "Products carry values of this attribute; change them first."


class CategoryHasChildren(Conflict):
    """Other categories are below it."""

    code = "category_has_children"
    title = "Other categories are below this one; move or delete them first."


class CategoryMoveInvalid(Conflict):
    """A category can't go below itself."""

    code = "category_move_invalid"
    title = "A category cannot be moved below itself."


class CategoryTooDeep(Conflict):
    """The tree has a bottom."""

    code = "category_too_deep"
    title = "The tree of categories would be too deep."


class CollectionByRule(Conflict):
    """Its products are picked by a rule."""

    code = "collection_by_rule"
    title = "A rule picks the products of this collection; nobody can pick them by hand."


class ImageInvalid(InvalidInput):
    """The file isn't an image that can be shown."""

    code = "image_invalid"
    title = "The file is not a JPEG, PNG, WebP, GIF or AVIF image."


class ImageTooLarge(PayloadTooLarge):
    """The file, or the picture inside it, is larger than is taken here."""

    code = "image_too_large"
    title = "The image is too large."
