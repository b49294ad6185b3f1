"""From the schema's last word to the reason behind it: which named constraint stands for which refusal."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError
from django.db.models import ProtectedError, RestrictedError

from core.problems import Conflict
from products.exceptions import (
    AttributeCodeTaken,
    NameTaken,
    PriceListCodeTaken,
    PriceOverlap,
    SkuTaken,
    SlugTaken,
    VariantDuplicate,
)

_BY_CONSTRAINT: Mapping[str, type[Conflict]] = {
    "products_product_slug_key": SlugTaken,
    "products_category_slug_key": SlugTaken,
    "products_collection_slug_key": SlugTaken,
    "products_brand_slug_key": SlugTaken,
    "products_brand_name_key": NameTaken,
    "products_attribute_code_key": AttributeCodeTaken,
    "products_variant_sku": SkuTaken,
    "products_variant_options": VariantDuplicate,
    "products_price_overlap": PriceOverlap,
    "products_pricelist_code_key": PriceListCodeTaken,
}


@contextmanager
def conflicts(*, in_use: type[Conflict] | None = None) -> Iterator[None]:
    """Raise the reason behind a violated constraint; `in_use` is the one for a row that others protect.

    What is checked before the write names the place in the input; this is for whoever came between.
    """
    try:
        yield
    except (ProtectedError, RestrictedError) as error:
        if in_use is None:
            raise
        raise in_use from error
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        problem = _BY_CONSTRAINT.get(getattr(diagnosis, "constraint_name", None) or "")
        if problem is None:
            raise
        raise problem from error
