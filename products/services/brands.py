"""Writing brands."""

from __future__ import annotations

import uuid

from core.problems import NotFound
from core.transactions import entry
from products.exceptions import BrandInUse
from products.fields import BrandFields
from products.models import Brand
from products.services.conflicts import conflicts
from products.services.locks import Precondition, no_precondition
from products.services.slugs import slug_check, slug_make


@entry
def brand_create(*, fields: BrandFields) -> Brand:
    """Make a brand.

    Raises:
        InvalidInput: the slug isn't one.
        NameTaken, SlugTaken: another brand has it.
    """
    slug = slug_check(fields["slug"]) if fields.get("slug") else slug_make(Brand, fields["name"])
    with conflicts():
        return Brand.objects.create(name=fields["name"], slug=slug)


@entry
def brand_update(
    *, brand_id: uuid.UUID, changes: BrandFields, precondition: Precondition[Brand] = no_precondition
) -> Brand:
    """Rename a brand; its products show that at once.

    Raises:
        NotFound: there is none.
        InvalidInput, NameTaken, SlugTaken: as for a new one.
    """
    brand = _locked(brand_id)
    precondition(brand)
    if "slug" in changes:
        brand.slug = slug_check(changes["slug"])
    brand.name = changes.get("name", brand.name)
    with conflicts():
        brand.save()
    return brand


@entry
def brand_delete(*, brand_id: uuid.UUID, precondition: Precondition[Brand] = no_precondition) -> None:
    """Delete a brand without products.

    Raises:
        NotFound: there is none.
        BrandInUse: it has products.
    """
    brand = _locked(brand_id)
    precondition(brand)
    with conflicts(in_use=BrandInUse):
        brand.delete()


def _locked(brand_id: uuid.UUID) -> Brand:
    brand = Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).first()
    if brand is None:
        message = "There is no such brand."
        raise NotFound(message)
    return brand
