"""Pages of what products are sorted by: categories, brands, attributes."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin.bases import ServiceAdmin, merge_of
from core.admin.columns import count_of
from core.admin.filters import one_of
from core.admin.forms import WordListField
from products.models import Attribute, Brand, Category, Product, ProductCategory
from products.services import (
    attribute_create,
    attribute_delete,
    attribute_update,
    brand_create,
    brand_delete,
    brand_update,
    category_create,
    category_delete,
    category_move,
    category_update,
)


class CategoryChoiceField(forms.ModelChoiceField):
    """A category chosen from the tree."""

    def label_from_instance(self, obj: Any) -> str:
        """Indent by depth."""
        return f"{'— ' * (obj.depth - 1)}{obj.name}"


class CategoryForm(forms.ModelForm):
    """A category and its place in the tree."""

    parent = CategoryChoiceField(
        queryset=Category.objects.order_by("path"),
        required=False,
        empty_label="None: it stands at the top",
        widget=UnfoldAdminSelect2Widget,
    )

    class Meta:
        """The tree's own columns are written by the tree."""

        model = Category
        fields: ClassVar = ("name", "slug", "description", "is_active", "seo_title", "seo_description", "metadata")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every place but the category's own branch."""
        super().__init__(*args, **kwargs)
        field = self.fields.get("parent")
        if isinstance(field, forms.ModelChoiceField) and not self.instance._state.adding:  # noqa: SLF001
            field.queryset = Category.objects.exclude(path__startswith=self.instance.path).order_by("path")
            self.initial["parent"] = Category.objects.get_parent(self.instance)


@admin.register(Category)
class CategoryAdmin(ServiceAdmin):
    """The tree that shoppers browse by."""

    form = CategoryForm
    list_display = ("tree_name", "slug", "product_count", "is_active")
    list_display_links = ("tree_name",)
    list_filter = ("is_active", one_of("depth", [("1", "Top"), ("2", "Second"), ("3", "Third")], title="level"))
    list_per_page = 200
    search_fields = ("name", "slug")
    ordering = ("path",)
    fieldsets = (
        (None, {"fields": (("name", "slug"), "parent", "description", "is_active")}),
        ("Search engines", {"fields": ("seo_title", "seo_description"), "classes": ("tab",)}),
        ("Data", {"fields": ("metadata",), "classes": ("tab",)}),
    )
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count the products that stand right in each category."""
        return queryset.annotate(products_count=count_of(ProductCategory, "category"))

    @display(description="name", ordering="path")
    def tree_name(self, category: Category) -> SafeString:
        """Indent by depth."""
        return format_html('<span style="padding-left:{}rem">{}</span>', (category.depth - 1) * 1.25, category.name)

    @display(description="products", ordering="products_count")
    def product_count(self, category: Any) -> int:
        """Say how many products stand right in it."""
        return int(category.products_count)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Category:
        """Make a category below its parent."""
        parent = values.pop("parent")
        return category_create(fields=values, parent=parent.pk if parent else None)  # type: ignore[arg-type]

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change its texts, and move it when its parent is another."""
        is_moved, parent = "parent" in values, values.pop("parent", None)
        if "metadata" in values:
            values["metadata"] = merge_of(instance.metadata, values["metadata"])
        category_update(category_id=instance.pk, changes=values)  # type: ignore[arg-type]
        if is_moved:
            category_move(category_id=instance.pk, parent=parent.pk if parent else None)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a category that none is below."""
        category_delete(category_id=instance.pk)


@admin.register(Brand)
class BrandAdmin(ServiceAdmin):
    """Makers."""

    list_display = ("name", "slug", "product_count")
    list_filter = (("products__status", admin.ChoicesFieldListFilter),)
    search_fields = ("name", "slug")
    fields = (("name", "slug"),)
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count the products of each brand."""
        return queryset.annotate(products_count=count_of(Product, "brand"))

    @display(description="products", ordering="products_count")
    def product_count(self, brand: Any) -> int:
        """Say how many products it has."""
        return int(brand.products_count)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Brand:
        """Make a brand."""
        return brand_create(fields=values)  # type: ignore[arg-type]

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Rename a brand."""
        brand_update(brand_id=instance.pk, changes=values)  # type: ignore[arg-type]

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a brand without products."""
        brand_delete(brand_id=instance.pk)


class AttributeForm(forms.ModelForm):
    """An attribute, its choices typed with commas between them."""

    choices = WordListField(required=False, help_text="For the kind choice: the values, with commas between them.")


@admin.register(Attribute)
class AttributeAdmin(ServiceAdmin):
    """Typed properties that shoppers filter by."""

    form = AttributeForm
    list_display = ("name", "code", "kind", "unit", "is_filterable", "position")
    list_filter = ("kind", "is_filterable")
    search_fields = ("name", "code")
    fields = (("name", "code"), ("kind", "unit"), "choices", "is_filterable", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the code: products' values are stored under it."""
        return () if obj is None else ("code",)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Attribute:
        """Make an attribute."""
        return attribute_create(fields=values)  # type: ignore[arg-type]

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change an attribute."""
        attribute_update(attribute_id=instance.pk, changes=values)  # type: ignore[arg-type]

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete an attribute that no product carries."""
        attribute_delete(attribute_id=instance.pk)
