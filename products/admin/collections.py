"""Pages of collections."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from core.admin.bases import ReadOnlyAdmin, ServiceAdmin, merge_of
from core.admin.columns import count_of, label_column
from products.models import Collection, CollectionProduct
from products.services import collection_create, collection_delete, collection_update


class CollectionProductInline(TabularInline):
    """The products picked by hand."""

    model = CollectionProduct
    extra = 0
    fields = ("product", "position")
    autocomplete_fields = ("product",)
    verbose_name = "product"
    verbose_name_plural = "products"
    tab = True
    hide_title = True
    ordering_field = "position"
    hide_ordering_field = True


@admin.register(Collection)
class CollectionAdmin(ServiceAdmin):
    """Lists of products, picked by hand or by a rule."""

    list_display = ("title", "slug", "picked_by", "product_count", "is_active", "position")
    list_filter = ("kind", "is_active")
    search_fields = ("title", "slug")
    fieldsets = (
        (None, {"fields": (("title", "slug"), "description", ("kind", "position"), "rule", "is_active")}),
        ("Search engines", {"fields": ("seo_title", "seo_description"), "classes": ("tab",)}),
        ("Data", {"fields": ("metadata",), "classes": ("tab",)}),
    )
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}
    inlines = (CollectionProductInline,)

    picked_by = label_column("kind", "picked by", {"manual": "info", "rule": "success"})

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count the picked products."""
        return queryset.annotate(products_count=count_of(CollectionProduct, "collection"))

    @display(description="products", ordering="products_count")
    def product_count(self, collection: Any) -> str:
        """Say how many are picked; a rule picks when it is read."""
        return "by rule" if collection.kind == "rule" else str(collection.products_count)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Collection:
        """Make a collection."""
        return collection_create(fields=values)  # type: ignore[arg-type]

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a collection."""
        if "metadata" in values:
            values["metadata"] = merge_of(instance.metadata, values["metadata"])
        collection_update(collection_id=instance.pk, changes=values)  # type: ignore[arg-type]

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a collection; its products stay."""
        collection_delete(collection_id=instance.pk)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Give the collection the products of the page, in its order."""
        kept = [row.cleaned_data for row in formset.forms if row.cleaned_data and not row.cleaned_data.get("DELETE")]
        kept.sort(key=lambda row: row["position"] or 0)
        if formset.has_changed():
            collection_update(collection_id=form.instance.pk, changes={}, products=[row["product"].pk for row in kept])
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


@admin.register(CollectionProduct)
class CollectionProductAdmin(ReadOnlyAdmin):
    """Which product is in which collection. Edited on the collection's page."""

    list_display = ("collection", "product", "position")
    list_select_related = ("collection", "product")
    list_filter = (("collection", AutocompleteSelectFilter),)
    list_filter_submit = True
    search_fields = ("collection__title", "product__title")
    id_search_fields = ("collection_id", "product_id")
    ordering = ("collection", "position")
