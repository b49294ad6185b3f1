"""DTOs of what products are sorted by: categories, collections, brands, attributes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.serializers import AllOptional, BooleanField, IntegerField, MetadataField, StrictSerializer, TextField
from products.models import Attribute, Brand, Collection
from products.selectors.shelves import Branch
from products.serializers.shown import CategoryName, FreeObject

MAX_POSITION = 32_767


class CategoryBranch(serializers.Serializer[Any]):
    """A category of the tree, with those below it in the same shape."""

    id = serializers.UUIDField()
    slug = serializers.CharField(max_length=140)
    name = serializers.CharField(max_length=120)
    is_active = serializers.BooleanField()
    children = serializers.ListField(child=FreeObject(), max_length=10_000)


@extend_schema_serializer(many=False)
class CategoryTree(serializers.Serializer[Any]):
    """The whole tree."""

    results = CategoryBranch(many=True, max_length=10_000)  # type: ignore[call-arg]  # Of the list.


class CategoryOutput(CategoryBranch):
    """One category: its texts, what is above it from the root down, and what is below it."""

    description = serializers.CharField(max_length=100_000)
    seo_title = serializers.CharField(max_length=200)
    seo_description = serializers.CharField(max_length=400)
    metadata = FreeObject()
    path = CategoryName(many=True, max_length=10)  # type: ignore[call-arg]  # Of the list.


class CategoryInput(StrictSerializer):
    """A new category: the last below its parent, or of the root."""

    name = TextField(max_length=120)
    slug = TextField(max_length=140, required=False, help_text="Made from the name if it is left out.")
    description = TextField(max_length=100_000, required=False, allow_blank=True, help_text="HTML; it is cleaned.")
    is_active = BooleanField(required=False)
    seo_title = TextField(max_length=200, required=False, allow_blank=True)
    seo_description = TextField(max_length=400, required=False, allow_blank=True)
    metadata = MetadataField(required=False)
    parent = TextField(max_length=140, required=False, allow_null=True, help_text="Slug or id; null is the root.")  # type: ignore[assignment]  # Declared fields leave the class.


class CategoryPatch(AllOptional, CategoryInput):
    """What changes of a category. `parent` moves it with everything below it, `before` says where there."""

    before = TextField(max_length=140, required=False, help_text="The sibling to stand before; else it comes last.")


class CollectionOutput(serializers.ModelSerializer[Collection]):
    """A list of products that staff pick, or a rule; its products are `GET /products?collection=`."""

    rule = FreeObject(help_text="Empty for a hand-picked one.")
    metadata = FreeObject()

    class Meta:
        """All of it."""

        model = Collection
        fields = (
            "id",
            "slug",
            "title",
            "description",
            "kind",
            "rule",
            "is_active",
            "position",
            "seo_title",
            "seo_description",
            "metadata",
        )
        read_only_fields = fields


class CollectionRecord(CollectionOutput):
    """A collection as staff see it: with what was picked by hand, drafts too, in order."""

    products = serializers.SerializerMethodField()

    class Meta:
        """What everybody sees, and the products."""

        model = Collection
        fields = (*CollectionOutput.Meta.fields, "products")
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 255}, "maxItems": 100_000})
    def get_products(self, collection: Collection) -> list[str]:
        """Return their slugs."""
        return [link.product.slug for link in collection.product_links.all()]


class CollectionInput(StrictSerializer):
    """A new collection; `products` for a hand-picked one, `rule` for the other kind."""

    title = TextField(max_length=120)
    slug = TextField(max_length=140, required=False, help_text="Made from the title if it is left out.")
    description = TextField(max_length=100_000, required=False, allow_blank=True, help_text="HTML; it is cleaned.")
    kind = serializers.ChoiceField(choices=Collection.Kind.choices, required=False)
    rule = FreeObject(required=False, help_text="See docs/api.md.")
    is_active = BooleanField(required=False)
    position = IntegerField(required=False, min_value=0, max_value=MAX_POSITION)
    seo_title = TextField(max_length=200, required=False, allow_blank=True)
    seo_description = TextField(max_length=400, required=False, allow_blank=True)
    metadata = MetadataField(required=False)
    products = serializers.ListField(
        child=TextField(max_length=255), required=False, max_length=5000, help_text="Slugs or ids, in order."
    )


class CollectionPatch(AllOptional, CollectionInput):
    """What changes of a collection; a list of products replaces the one that there was."""


class BrandOutput(serializers.ModelSerializer[Brand]):
    """Whose make something is."""

    class Meta:
        """All of it."""

        model = Brand
        fields = ("id", "name", "slug")
        read_only_fields = fields


class BrandInput(StrictSerializer):
    """A new brand."""

    name = TextField(max_length=120)
    slug = TextField(max_length=140, required=False, help_text="Made from the name if it is left out.")


class BrandPatch(AllOptional, BrandInput):
    """What changes of a brand."""


class AttributeOutput(serializers.ModelSerializer[Attribute]):
    """A typed property of products; `GET /products?attr.CODE=VALUE` filters by it."""

    class Meta:
        """All of it."""

        model = Attribute
        fields = ("id", "code", "name", "kind", "choices", "unit", "is_filterable", "position")
        read_only_fields = fields


class AttributeInput(StrictSerializer):
    """A new attribute."""

    code = TextField(max_length=60, help_text="Lower case, digits and underscores; for ever.")
    name = TextField(max_length=80)
    kind = serializers.ChoiceField(choices=Attribute.Kind.choices)
    choices = serializers.ListField(child=TextField(max_length=80), required=False, max_length=1000)
    unit = TextField(max_length=20, required=False, allow_blank=True)
    is_filterable = BooleanField(required=False)
    position = IntegerField(required=False, min_value=0, max_value=MAX_POSITION)


class AttributePatch(AllOptional, AttributeInput):
    """What changes of an attribute."""


class SuggestedProduct(serializers.Serializer[Any]):
    """A product, in short."""

    id = serializers.UUIDField()
    slug = serializers.CharField(max_length=255)
    title = serializers.CharField(max_length=255)


class SuggestionsOutput(serializers.Serializer[Any]):
    """What somebody may mean."""

    products = SuggestedProduct(many=True, max_length=20)  # type: ignore[call-arg]  # Of the list.
    categories = CategoryName(many=True, max_length=20)  # type: ignore[call-arg]  # Of the list.


def branch_data(branch: Branch) -> dict[str, Any]:
    """Return a category with what is below it, as the tree shows it."""
    category = branch.category
    return {
        "id": category.pk,
        "slug": category.slug,
        "name": category.name,
        "is_active": category.is_active,
        "children": [branch_data(child) for child in branch.children],
    }
