"""Writing pictures of products. What is done to the files is in images.py."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import IO

from core.problems import InvalidInput, NotFound
from core.transactions import entry
from products.fields import MediaFields
from products.images import Pictures, pictures_make
from products.models import Media, Product, Variant
from products.services.files import files_drop, files_forget, files_store
from products.services.journal import product_changed
from products.services.locks import Precondition, no_precondition, product_lock

MAX_PER_PRODUCT = 250


def media_add(
    *,
    product_id: uuid.UUID,
    actor: str,
    file: IO[bytes] | None = None,
    url: str | None = None,
    fields: MediaFields | None = None,
) -> Media:
    """Add a picture to a product: a file, which is kept as WebP with smaller renditions, or a URL, which isn't fetched.

    Without a position it comes last.

    Raises:
        ProductNotFound: there is no such product.
        ImageInvalid, ImageTooLarge: see `pictures_make`.
        InvalidInput: a variant is another product's, or both or neither of file and URL are given.
    """
    if (file is None) == (url is None):
        raise InvalidInput.at("", "Send either a file or a URL.")
    if url is not None:
        return _media_insert(product_id=product_id, media=Media(url=url), fields=fields or {}, actor=actor)
    assert file is not None  # noqa: S101 (one of both is there)
    return media_add_pictures(product_id=product_id, actor=actor, pictures=pictures_make(file), fields=fields)


def media_add_pictures(
    *, product_id: uuid.UUID, actor: str, pictures: Pictures, fields: MediaFields | None = None
) -> Media:
    """Add a picture that `pictures_make` has made already, maybe in another process; otherwise as `media_add`."""
    name, renditions = files_store(pictures)
    original = pictures.original
    media = Media(file=name, renditions=renditions, width=original.width, height=original.height)
    try:
        return _media_insert(product_id=product_id, media=media, fields=fields or {}, actor=actor)
    except BaseException:
        files_drop([name, *renditions.values()])
        raise


@entry
def media_update(
    *,
    product_id: uuid.UUID,
    media_id: uuid.UUID,
    changes: MediaFields,
    actor: str,
    precondition: Precondition[Media] = no_precondition,
) -> Media:
    """Change what is said of a picture, its place or its variants.

    Raises:
        ProductNotFound, NotFound: there is no such product, or no such picture of it.
        InvalidInput: a variant is another product's.
    """
    product, media = _media_lock(product_id, media_id)
    precondition(media)
    changed: list[str] = [name for name in ("alt", "position") if name in changes]
    changed = [name for name in changed if getattr(media, name) != changes.get(name)]
    for name in changed:
        setattr(media, name, changes.get(name))
    if changed:
        media.save(update_fields=changed)
    if "variant_ids" in changes and set(media.variants.values_list("pk", flat=True)) != set(changes["variant_ids"]):
        media.variants.set(_variants_of(product, changes["variant_ids"]))
        changed.append("variant_ids")
    if changed:
        product_changed(product, ["media"], actor=actor)
    return media


@entry
def media_delete(
    *,
    product_id: uuid.UUID,
    media_id: uuid.UUID,
    actor: str,
    precondition: Precondition[Media] = no_precondition,
) -> None:
    """Delete a picture and, after the commit, its files.

    Raises:
        ProductNotFound, NotFound: there is no such product, or no such picture of it.
    """
    product, media = _media_lock(product_id, media_id)
    precondition(media)
    files_forget([media])
    media.delete()
    product_changed(product, ["media"], actor=actor)


@entry
def _media_insert(*, product_id: uuid.UUID, media: Media, fields: MediaFields, actor: str) -> Media:
    product = product_lock(product_id)
    positions = list(product.media.values_list("position", flat=True))
    if len(positions) >= MAX_PER_PRODUCT:
        message = f"A product has {MAX_PER_PRODUCT} pictures at the most."
        raise InvalidInput.at("", message, code="too_many")
    media.product = product
    media.alt = fields.get("alt", "")
    media.position = fields.get("position", max(positions, default=-1) + 1)
    variants = _variants_of(product, fields.get("variant_ids", []))
    media.save(force_insert=True)
    if variants:
        media.variants.set(variants)
    product_changed(product, ["media"], actor=actor)
    return media


def _media_lock(product_id: uuid.UUID, media_id: uuid.UUID) -> tuple[Product, Media]:
    product = product_lock(product_id)
    media = Media.objects.filter(product=product, pk=media_id).first()
    if media is None:
        message = "The product has no such picture."
        raise NotFound(message)
    return product, media


def _variants_of(product: Product, variant_ids: Sequence[uuid.UUID]) -> list[Variant]:
    found = {variant.pk: variant for variant in Variant.objects.filter(product=product, pk__in=variant_ids)}
    for index, variant_id in enumerate(variant_ids):
        if variant_id not in found:
            raise InvalidInput.at(f"/variant_ids/{index}", "The product has no such variant.", code="unknown")
    return list(found.values())
