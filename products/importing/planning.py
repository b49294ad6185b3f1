"""Comparing products of a file with those of the shop: what is new, what differs, what is wrong. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from django.utils.text import slugify

from core import clock
from core.copying import new_row
from products.attributes import MAX_INTEGER
from products.html import clean_html
from products.importing.changes import CategoryLinks, Changes, Id, Outcome
from products.importing.planning_variants import VariantPlanner
from products.importing.rows import (
    KEEP,
    ImportedAttribute,
    ImportedImage,
    ImportedProduct,
    ImportedTranslation,
    Problem,
    Severity,
)
from products.importing.snapshot import Snapshot
from products.importing.surroundings import Path, Surroundings
from products.models import Attribute, Brand, Media, Product, ProductTranslation

_PLAIN = (
    "title",
    "product_type",
    "is_gift_card",
    "status",
    "published_from",
    "published_until",
    "seo_title",
    "seo_description",
)
_BRAND_SLUG = 140


class Planner:
    """Plans one batch. `seen` holds the handles that a dry run would have created in earlier batches."""

    def __init__(self, snapshot: Snapshot, around: Surroundings, *, seen: set[int] | None = None) -> None:
        """Take what the shop has."""
        self.snapshot = snapshot
        self.around = around
        self.seen = seen
        self.changes = Changes()
        self.now = clock.now()
        self.new_attributes: dict[str, Attribute] = {}

    def plan(self, batch: Sequence[ImportedProduct]) -> list[Outcome]:
        """Return what becomes of each product; `changes` then holds how."""
        return [self._outcome(product) for product in batch]

    def _outcome(self, imported: ImportedProduct) -> Outcome:
        verdict = imported.verdict
        if verdict is not None:
            return _outcome(imported, "skipped" if verdict is Severity.SKIPPED else "failed")
        draft = _Draft(imported, self)
        draft.plan()
        whole = replace(imported, problems=(*imported.problems, *draft.problems))
        if whole.verdict is not None:
            return _outcome(whole, "failed")
        self.changes.absorb(draft.changes)
        self._keep(draft)
        if draft.is_new:
            return _outcome(whole, "created")
        return _outcome(whole, "changed" if draft.found else "unchanged", tuple(draft.found))

    def _keep(self, draft: _Draft) -> None:
        """Let later products of the batch see what this one brings."""
        for brand in draft.new_brands:
            self.snapshot.brands_by_name[brand.name] = brand
            self.snapshot.brands_by_slug[brand.slug] = brand
        self.new_attributes |= draft.new_attributes
        self.snapshot.sku_owners |= dict.fromkeys(draft.skus, draft.product.id)
        if self.seen is not None:
            self.seen.add(hash(draft.imported.handle))


def _outcome(imported: ImportedProduct, verdict: Any, changes: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        handle=imported.handle,
        line=imported.line,
        last_line=imported.last_line,
        verdict=verdict,
        title=imported.title or "",
        changes=changes,
        problems=imported.problems,
    )


class _Draft:
    """The plan of one product, thrown away when something is wrong with it."""

    def __init__(self, imported: ImportedProduct, planner: Planner) -> None:
        self.imported = imported
        self.planner = planner
        self.snapshot = planner.snapshot
        self.around = planner.around
        self.changes = Changes()
        self.problems: list[Problem] = []
        self.found: list[str] = []
        self.new_brands: list[Brand] = []
        self.new_attributes: dict[str, Attribute] = {}
        self.skus: list[str] = []
        known = self.snapshot.products.get(imported.handle)
        self.is_new = known is None
        self.product = known or new_row(Product, slug=imported.handle, created_at=planner.now, updated_at=planner.now)
        self._own: set[str] = set()

    def plan(self) -> None:
        """Compare everything that the file says."""
        if self.is_new and not self._can_be_created():
            return
        self._own_fields()
        variants = VariantPlanner(self.product, self.imported, self.snapshot, self.around, self.changes)
        variants.plan(is_new=self.is_new, now=self.planner.now)
        self.problems += variants.problems
        self.skus = variants.skus
        self._media(variants.images_of)
        self._categories()
        self._translations()
        self._collections()
        self.found = [*sorted(self._own), *variants.found, *self.found]
        if self.is_new:
            self.changes.insert(self.product)
        elif self.found:
            self.product.updated_at = self.planner.now
            self.changes.update(self.product, "updated_at", *self._own)

    def _can_be_created(self) -> bool:
        imported = self.imported
        if imported.title is not KEEP and not imported.is_continuation:
            return True
        if self.planner.seen is None or hash(imported.handle) not in self.planner.seen:
            reason = "The shop has no such product, and to make one its first record needs a title."
            self._refuse("title_missing", reason, "title")
            return False
        # A dry run made nothing that these records could go on with.
        self.is_new = False
        self.found.append("variants")
        return False

    # --- The product's own columns ------------------------------------------------------------------------------------

    def _own_fields(self) -> None:
        imported = self.imported
        for field in _PLAIN:
            self._set(field, getattr(imported, field))
        if imported.html is not KEEP and imported.html != self.product.description:
            self._set("description", clean_html(imported.html))
        if imported.tags is not KEEP:
            self._set("tags", list(imported.tags))
        if imported.brand is not KEEP:
            self._set("brand_id", self._brand_id(imported.brand))
        if imported.tax_category is not KEEP:
            self._tax_category(imported.tax_category)
        if imported.metadata is not KEEP:
            self._set("metadata", imported.metadata)
        if imported.attributes is not KEEP:
            self._attributes(imported.attributes)
        starts, ends = self.product.published_from, self.product.published_until
        if starts and ends and ends <= starts:
            self._refuse("publication", "The product would end before it starts.", "published_until")

    def _set(self, field: str, value: object) -> None:
        before = getattr(self.product, field)
        # Readers trim texts, so space about one of the shop's is no difference.
        if value is not KEEP and before != value and not (isinstance(before, str) and before.strip() == value):
            setattr(self.product, field, value)
            self._own.add(field)

    def _brand_id(self, name: str) -> Id | None:
        if not name:
            return None
        slug = slugify(name)[:_BRAND_SLUG]
        known = self.snapshot.brands_by_name.get(name) or self.snapshot.brands_by_slug.get(slug)
        if known is not None and known.name.casefold() == name.casefold():
            return known.id
        brand = new_row(Brand, name=name)
        brand.slug = slug if slug and known is None else f"{slug[:100] or 'brand'}-{brand.id.hex[-8:]}"
        self.new_brands.append(brand)
        self.changes.insert(brand)
        return brand.id

    def _tax_category(self, code: str) -> None:
        known = self.around.tax_categories.get(code)
        if code and known is None:
            self._refuse("tax_category", "The shop has no such tax category.", "tax_category", code)
        self._set("tax_category_id", known)

    def _attributes(self, attributes: tuple[ImportedAttribute, ...]) -> None:
        kept = {} if self.imported.is_complete else dict(self.product.attributes)
        for attribute in attributes:
            definition = self._definition(attribute)
            value = _fitting(attribute.value, definition)
            if value is None:
                reason = f"The attribute {definition.code} is of the kind {definition.kind}; this value doesn't fit."
                self._warn("attribute", reason, definition.code, str(attribute.value))
            else:
                kept[definition.code] = value
        self._set("attributes", kept)

    def _definition(self, attribute: ImportedAttribute) -> Attribute:
        for known in (self.around.attributes, self.planner.new_attributes, self.new_attributes):
            if attribute.code in known:
                return known[attribute.code]
        choices = [str(attribute.value)] if attribute.kind == Attribute.Kind.CHOICE else []
        definition = new_row(
            Attribute,
            code=attribute.code,
            name=attribute.name,
            kind=attribute.kind,
            unit=attribute.unit,
            choices=choices,
        )
        self.new_attributes[attribute.code] = definition
        self.changes.insert(definition)
        return definition

    # --- What hangs on it ---------------------------------------------------------------------------------------------

    def _media(self, images_of: dict[Id, tuple[str, ...]]) -> None:
        """Bring pictures in; none is ever taken away. Those of the file stand first, in the file's order."""
        known = list(self.snapshot.media.get(self.product.id, ()))
        by_key = {_key(media): media for media in known}
        listed: list[Media] = []
        mentioned = dict.fromkeys(key for keys in images_of.values() for key in keys)
        unlisted = [ImportedImage(url=key) for key in mentioned if not key.startswith("file:")]
        for image in (*self.imported.images, *unlisted):
            media = by_key.get(image.key) or _own_file(image.url, known)
            if media is None:
                media = self._new_media(image)
                known.append(media)
            elif image.alt is not KEEP and media.alt != image.alt:
                media.alt = image.alt
                self.changes.update(media, "alt")
                self._find("image alt text")
            by_key[image.key] = media
            if image in self.imported.images and media not in listed:
                listed.append(media)
        self._order(known, listed)
        self._link(images_of, by_key)

    def _new_media(self, image: ImportedImage) -> Media:
        media = new_row(
            Media, product_id=self.product.id, url=image.url, alt=image.alt or "", created_at=self.planner.now
        )
        if image.file:
            # Set behind the field's back: assigning would open the file to measure it.
            media.__dict__["file"] = image.file
            media.width, media.height = image.width, image.height
            media.renditions = image.renditions or {}
        media.position = -1
        self.changes.insert(media)
        self._find("images")
        return media

    def _order(self, known: list[Media], listed: list[Media]) -> None:
        rest = [media for media in known if media not in listed]
        wanted = known if self.imported.is_continuation else [*listed, *rest]
        positions = [media.position for media in wanted]
        if all(low < high for low, high in pairwise(positions)) and -1 not in positions:
            return
        for position, media in enumerate(wanted):
            is_new = media.position == -1
            if media.position != position:
                media.position = position
                if not is_new:
                    self.changes.update(media, "position")
                    self._find("image order")

    def _link(self, images_of: dict[Id, tuple[str, ...]], by_key: dict[str, Media]) -> None:
        for variant_id, keys in images_of.items():
            wanted = {by_key[key].id for key in keys if key in by_key}
            linked = self.snapshot.media_of_variant.get(variant_id, set())
            # A CSV names one picture of a variant; the others of one that has it stay.
            if wanted == linked or (not self.imported.is_complete and wanted <= linked):
                continue
            self.changes.links += [(media_id, variant_id) for media_id in wanted - linked]
            self.changes.unlinks += [(media_id, variant_id) for media_id in linked - wanted]
            self._find("variant images")

    def _categories(self) -> None:
        paths = self.imported.category_paths
        if paths is KEEP:
            return
        linked = self.snapshot.categories.get(self.product.id, [])
        tree = self.around.tree
        # Sisters may have one name: then the one that the product is in already is meant.
        known = {tuple(map(str.casefold, tree.path_of(category))): category for category in reversed(linked)}
        wanted: list[Id | Path] = [
            known.get(tuple(map(str.casefold, path))) or tree.find(path) or path for path in paths
        ]
        if wanted and not self.imported.has_all_categories:
            wanted += [category for category in linked[1:] if category not in wanted]
        wanted = list(dict.fromkeys(wanted))
        if wanted != linked:
            self.changes.categories.append(CategoryLinks(self.product.id, wanted))
            self._find("categories")

    def _translations(self) -> None:
        known = {row.language: row for row in self.snapshot.translations.get(self.product.id, ())}
        for translation in self.imported.translations or ():
            row = known.get(translation.language)
            fields = _texts(translation)
            if row is None:
                row = new_row(ProductTranslation, product_id=self.product.id, language=translation.language, **fields)
                self.changes.insert(row)
            else:
                fields = {name: value for name, value in fields.items() if getattr(row, name) != value}
                if not fields:
                    continue
                for name, value in fields.items():
                    setattr(row, name, value)
                self.changes.update(row, *fields)
            self._find(f"translation {translation.language}")

    def _collections(self) -> None:
        members = self.snapshot.collections.get(self.product.id, set())
        for slug in self.imported.collections or ():
            collection = self.around.collections.get(slug)
            if collection is None:
                reason = "The shop has no hand-picked collection of this name; the product was not put into it."
                self._warn("collection", reason, "collections", slug)
            elif collection not in members:
                self.changes.members.append((collection, self.product.id))
                self._find("collections")

    # --- Saying so ----------------------------------------------------------------------------------------------------

    def _find(self, name: str) -> None:
        if name not in self.found:
            self.found.append(name)

    def _refuse(self, code: str, reason: str, column: str, value: str = "") -> None:
        self._report(Severity.ERROR, code, reason, column, value)

    def _warn(self, code: str, reason: str, column: str, value: str) -> None:
        self._report(Severity.WARNING, code, reason, column, value)

    def _report(self, severity: Severity, code: str, reason: str, column: str, value: str) -> None:
        self.problems.append(
            Problem(
                code=code,
                reason=reason,
                severity=severity,
                line=self.imported.line,
                column=column,
                handle=self.imported.handle,
                value=value[:200],
            )
        )


def _texts(translation: ImportedTranslation) -> dict[str, str]:
    return {
        "title": translation.title,
        "description": clean_html(translation.html),
        "seo_title": translation.seo_title,
        "seo_description": translation.seo_description,
    }


def _fitting(value: str | int | bool, definition: Attribute) -> str | int | bool | None:  # noqa: FBT001 (a value)
    """Return the value as the attribute's kind wants it, None when it can't be that."""
    kind = definition.kind
    if kind == Attribute.Kind.INTEGER:
        return value if type(value) is int and abs(value) <= MAX_INTEGER else None
    if kind == Attribute.Kind.BOOLEAN:
        return value if type(value) is bool else None
    if not isinstance(value, str) or not value:
        return None
    return value if kind == Attribute.Kind.TEXT or value in definition.choices else None


def _key(media: Media) -> str:
    return media.url or f"file:{media.file.name}"


def _own_file(url: str, known: list[Media]) -> Media | None:
    """Return the uploaded picture that a URL of our own export stands for."""
    return next((media for media in known if media.file and url.endswith(media.file.url)), None)
