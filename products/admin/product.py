"""The product's list and page. What is typed there becomes calls of the services in saving.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest, QueryDict
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import clock
from core.admin.bases import ServiceAdmin
from core.admin.columns import count_of, label_column, money_text
from core.admin.forms import WordListField
from markets.models import Market
from products.admin.inlines import CategoryInline, MediaInline, OptionInline, PriceInline, TranslationInline
from products.admin.pictures import first_picture_url
from products.admin.saving import media_save, prices_save, product_fields
from products.admin.variants import VariantInline
from products.attributes import MAX_TEXT
from products.models import Attribute, Media, Price, Product, Variant
from products.services import product_create, product_delete, product_update
from users.admin.caller import admin_caller

STATUS_COLOURS = {"draft": "warning", "active": "success", "archived": "info"}


class ProductForm(forms.ModelForm):
    """A product's own fields; `attribute_CODE` are added by the page, which knows the attributes."""

    attribute_codes: ClassVar[Sequence[str]] = ()

    tags = WordListField(required=False, help_text="Words with commas between them.")
    seen_version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        """Version and search text are the database's."""

        model = Product
        exclude: ClassVar = ("version", "search", "attributes")
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget({"rows": 10}),
            "seo_description": UnfoldAdminExpandableTextareaWidget,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the attributes' values, and remember which version the page was made of."""
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = str(self.instance.version)
        for code in self.attribute_codes:
            value = self.instance.attributes.get(code)
            self.initial[f"attribute_{code}"] = str(value).lower() if isinstance(value, bool) else value

    def clean(self) -> dict[str, Any]:
        """Refuse once what was typed into a page that is out of date; saving again keeps it all the same."""
        cleaned = super().clean() or self.cleaned_data
        seen = cleaned.get("seen_version")
        if seen and seen != str(self.instance.version):
            data = cast(QueryDict, self.data).copy()
            data["seen_version"] = str(self.instance.version)
            self.data = data
            message = (
                "This product has changed since you opened the page. Look at it in another tab, or save again to keep"
                " what you typed here."
            )
            raise forms.ValidationError(message)
        return cleaned

    def typed_attributes(self) -> dict[str, Any]:
        """Return the attributes that were typed anew, None for those that were emptied."""
        names = {f"attribute_{code}": code for code in self.attribute_codes}
        values = {code: self.cleaned_data[name] for name, code in names.items() if name in self.changed_data}
        return {code: None if value == "" else value for code, value in values.items()}


def attribute_field(attribute: Attribute) -> forms.Field:
    """Return the field that an attribute's value is typed into."""
    label = f"{attribute.name} ({attribute.unit})" if attribute.unit else attribute.name
    if attribute.kind == Attribute.Kind.INTEGER:
        return forms.IntegerField(required=False, label=label, widget=UnfoldAdminIntegerFieldWidget)
    if attribute.kind == Attribute.Kind.BOOLEAN:
        return forms.TypedChoiceField(
            required=False,
            label=label,
            choices=[("", "—"), ("true", "yes"), ("false", "no")],
            coerce=lambda text: text == "true",
            empty_value=None,
            widget=UnfoldAdminSelectWidget,
        )
    if attribute.kind == Attribute.Kind.CHOICE:
        choices = [("", "—"), *((choice, choice) for choice in attribute.choices)]
        return forms.ChoiceField(required=False, label=label, choices=choices, widget=UnfoldAdminSelectWidget)
    return forms.CharField(required=False, label=label, max_length=MAX_TEXT, widget=UnfoldAdminTextInputWidget)


def _in_pairs(names: Iterable[str]) -> list[tuple[str, ...]]:
    rest = list(names)
    return [tuple(rest[start : start + 2]) for start in range(0, len(rest), 2)]


class ProductAdmin(ServiceAdmin):
    """The catalogue. Registered by inventory, which adds the stock."""

    form = ProductForm
    list_display: Sequence[str] = ("header", "state", "brand", "variant_count", "price", "updated_at")
    list_display_links = ("header",)
    list_select_related = ("brand",)
    list_filter = (
        "status",
        ("brand", AutocompleteSelectFilter),
        ("categories", AutocompleteSelectFilter),
        "created_at",
    )
    list_filter_submit = True
    search_fields = (
        "title",
        "slug__startswith",
        "variants__sku__istartswith",
        "variants__barcode__exact",
        "tags",
        "product_type",
    )
    search_help_text = "A part of a title or tag, the start of a slug or SKU, or a whole barcode."
    id_search_fields = ("id", "variants")
    autocomplete_fields = ("brand", "tax_category")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}
    readonly_fields = ("created_at", "updated_at", "version", "attribute_list")
    inlines: Sequence[Any] = (
        VariantInline,
        PriceInline,
        MediaInline,
        OptionInline,
        CategoryInline,
        TranslationInline,
    )

    state = label_column("status", "status", STATUS_COLOURS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add a field for each attribute; who may only look sees them as a list."""
        names = [f"attribute_{attribute.code}" for attribute in _attributes(request)]
        may_change = obj is None or self.has_change_permission(request, obj)
        typed = [("Attributes", {"fields": _in_pairs(names), "classes": ("tab",)})] if names and may_change else []
        seen = ("seen_version",) if obj is not None and may_change else ()
        data = ("metadata", ("version", "created_at", "updated_at"), *seen)
        return [
            (None, {"fields": (("title", "slug"), ("status", "brand"), "description", ("tags", "product_type"))}),
            *typed,
            (
                "Selling",
                {
                    "fields": (("tax_category", "is_gift_card"), ("published_from", "published_until")),
                    "classes": ("tab",),
                },
            ),
            ("Search engines", {"fields": ("seo_title", "seo_description"), "classes": ("tab",)}),
            ("Data", {"fields": data if may_change else ("attribute_list", *data), "classes": ("tab",)}),
        ]

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Make the form of the shop's attributes."""
        fields = {f"attribute_{attribute.code}": attribute_field(attribute) for attribute in _attributes(request)}
        codes = tuple(attribute.code for attribute in _attributes(request))
        kwargs["form"] = type("FormOfProduct", (ProductForm,), {**fields, "attribute_codes": codes})
        return super().get_form(request, obj, change=change, **kwargs)

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add what the list shows of variants, prices and pictures, in a fixed number of queries."""
        now = clock.now()
        is_current = (Q(valid_from__isnull=True) | Q(valid_from__lte=now)) & (
            Q(valid_until__isnull=True) | Q(valid_until__gt=now)
        )
        prices = Price.objects.filter(is_current, variant__product=OuterRef("pk"), market__is_default=True).order_by()
        lowest = prices.values("variant__product").annotate(lowest=Min("amount")).values("lowest")
        currency = Market.objects.filter(is_default=True).values("currency")[:1]
        pictures: QuerySet[Media] = Media.objects.order_by("position", "id")
        return queryset.annotate(
            variants_count=count_of(Variant, "product"),
            lowest_amount=Subquery(lowest),
            lowest_currency=Subquery(currency),
        ).prefetch_related(Prefetch("media", pictures))

    @display(description="product", ordering="title", header=True)
    def header(self, product: Product) -> tuple[Any, ...]:
        """Show picture, title and slug."""
        picture = first_picture_url(product.media.all())
        shown = {"path": picture, "squared": True, "width": 32, "height": 32, "borderless": True}
        return product.title, product.slug, product.title[:1], shown if picture else {}

    @display(description="variants", ordering="variants_count")
    def variant_count(self, product: Any) -> int:
        """Say how many variants it has."""
        return int(product.variants_count)

    @display(description="price from", ordering=F("lowest_amount").asc(nulls_last=True))
    def price(self, product: Any) -> str:
        """Write its lowest price in the default market."""
        return money_text(product.lowest_amount, product.lowest_currency)

    @display(description="attributes")
    def attribute_list(self, product: Product) -> str:
        """List the attributes for who may only look."""
        return "\n".join(f"{code}: {value}" for code, value in product.attributes.items())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Wait: options and variants must reach the service together with the product."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Hand the whole page to the services: the product and its lists, then prices, then whatever is above it."""
        actor = admin_caller(request).actor
        fields: Any = product_fields(form, formsets)
        if not change:
            self.adopt(form.instance, product_create(fields=fields, actor=actor))
        elif fields:
            product_update(product_id=form.instance.pk, changes=fields, actor=actor)
        for formset in formsets:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
            if formset.model is Price and formset.has_changed():
                prices_save(formset, actor=actor)
            self.save_more(request, formset)
        for formset in formsets:
            if formset.model is Media and formset.has_changed():
                media_save(form.instance, formset, actor=actor)

    def save_more(self, request: HttpRequest, formset: Any) -> None:
        """Save what a higher app added to the page."""

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a product that no ledger knows."""
        product_delete(product_id=instance.pk, actor=admin_caller(request).actor)


def _attributes(request: HttpRequest) -> list[Attribute]:
    """Return the shop's attributes, read once for a request."""
    known: list[Attribute] | None = getattr(request, "attributes_of_shop", None)
    if known is None:
        known = request.attributes_of_shop = list(Attribute.objects.all())  # type: ignore[attr-defined]
    return known
