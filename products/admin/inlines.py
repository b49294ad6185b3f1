"""The tabs of a product's page: variants with their prices, all prices, pictures, options, categories, translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.forms.widgets import Media as Assets
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import StackedInline, TabularInline
from unfold.contrib.inlines.admin import NonrelatedTabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminImageSmallFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSplitDateTimeVerticalWidget,
    UnfoldAdminURLInputWidget,
)

from core.admin.bases import Readable
from core.admin.columns import money_column
from core.admin.forms import AmountField, MoneyForm, WordListField, fix_choice
from products.admin.pictures import preview
from products.models import (
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)


class PriceForm(MoneyForm):
    """A price typed in the market's currency."""

    money_fields = ("amount", "compare_at_amount")
    amount = AmountField(label="Price", help_text="In the market's currency, such as 19.99.")
    compare_at_amount = AmountField(label="Compare at", required=False, help_text="The price it is compared with.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep a stored price with its variant and market."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            fix_choice(self, "variant", "market")

    def _get_validation_exclusions(self) -> set[str]:
        # The service checks the list as a whole, and says which price overlaps which.
        return {field.name for field in self.instance._meta.fields}  # noqa: SLF001 (Django's documented name)

    def stored_currency(self) -> str | None:
        """Return the currency of the stored market."""
        return None if self.instance._state.adding else self.instance.market.currency  # noqa: SLF001

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of the chosen market."""
        market = cleaned.get("market")
        return market.currency if market else None


def read_once(field: Any) -> Any:
    """Fix a field's choices now: each row of the page would read them again."""
    field.choices = list(field.choices)
    return field


def without_buttons(field: Any) -> Any:
    """Take the buttons from beside a choice of other rows: in a table they take the room of the words."""
    widget = getattr(field, "widget", None)
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget.can_add_related = widget.can_change_related = widget.can_delete_related = False
        widget.can_view_related = False
    return field


class OfProduct(Readable, NonrelatedTabularInline):
    """Rows below a product's variants, on the product's page."""

    extra = 0
    tab = True
    hide_title = True
    formfield_overrides: ClassVar[dict[Any, Any]] = {}

    def get_form_queryset(self, obj: Product) -> QuerySet[Any]:
        """Return the rows of the product, in the order of its variants."""
        # The package above demands it, and every inline's rows are others; see ServiceAdmin for why it isn't abstract.
        raise NotImplementedError

    def save_new_instance(self, parent: Product, instance: Any) -> None:
        """Do nothing: the page's services write the rows."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Remember the product, whose variants are offered."""
        request.product_of_page = obj  # type: ignore[attr-defined]
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the product's own variants; read whatever is offered once for all rows."""
        product = getattr(request, "product_of_page", None)
        if db_field.name == "variant":
            kwargs["queryset"] = Variant.objects.filter(product=product) if product else Variant.objects.none()
        return read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave no room for buttons that open other pages."""
        return without_buttons(super().formfield_for_dbfield(db_field, request, **kwargs))


class PriceInline(OfProduct):
    """The prices of all variants in all markets, scheduled ones too."""

    model = Price
    form = PriceForm
    fields = ("variant", "market", "amount", "compare_at_amount", "valid_from", "valid_until")
    readable = {"amount": "price", "compare_at_amount": "compare_at"}

    price = money_column("amount", "price", currency="market.currency")
    compare_at = money_column("compare_at_amount", "compare at", currency="market.currency")

    def get_form_queryset(self, obj: Product) -> QuerySet[Price]:
        """Return the product's prices in the order of its variants and the markets."""
        prices = Price.objects.filter(variant__product=obj).select_related("market", "variant")
        return prices.order_by("variant__position", "variant_id", "market__position", "valid_from")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Put date above time: two of both have to fit into a row."""
        return super().formfield_for_dbfield(db_field, request, **kwargs | upright(db_field))


def upright(db_field: Any) -> dict[str, Any]:
    """Return what makes a field of date and time a narrow one."""
    if db_field.name not in {"valid_from", "valid_until"}:
        return {}
    return {"widget": UnfoldAdminSplitDateTimeVerticalWidget(date_label="", time_label="")}


class NewFileInput(UnfoldAdminImageSmallFieldWidget):
    """A file to choose for a new picture; a stored one shows its name, since another file is another picture."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Show the name of what is stored."""
        if getattr(value, "name", ""):
            return format_html('<span class="tnd-quiet">{}</span>', value.name.rsplit("/", 1)[-1])
        return super().render(name, value, attrs, renderer)

    @property
    def media(self) -> Assets:
        """Need nothing more."""
        return Assets()


class MediaForm(forms.ModelForm):
    """A picture: a file of ours, or the address of one elsewhere."""

    # Not the model's own field: what the file really is, is found out by the service that keeps it.
    file = forms.FileField(required=False, widget=NewFileInput)
    url = forms.URLField(
        required=False, max_length=2000, assume_scheme="https", label="Or its address", widget=UnfoldAdminURLInputWidget
    )

    class Meta:
        """Width, height and renditions are made from the file."""

        model = Media
        fields: ClassVar = ("file", "url", "alt", "variants", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the source of a stored picture."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001
            for name in ("file", "url"):
                if name in self.fields:
                    self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one source."""
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("file")) == bool(cleaned.get("url")) and "url" not in self.errors:
            self.add_error("file", "Choose a file, or give the address of a picture: one of the two.")
        return cleaned


class MediaInline(TabularInline):
    """The product's pictures, in order."""

    model = Media
    form = MediaForm
    extra = 0
    tab = True
    hide_title = True
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "image"
    verbose_name_plural = "images"
    fields = ("picture", "file", "url", "alt", "variants", "position")
    readonly_fields = ("picture",)

    @display(description="")
    def picture(self, picture: Media) -> SafeString:
        """Show it small."""
        return preview(picture, size=56)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Remember the product, whose variants are offered."""
        request.product_of_page = obj  # type: ignore[attr-defined]
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load the pictures' variants at once."""
        return super().get_queryset(request).prefetch_related("variants")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the product's own variants, read once for all rows."""
        product = getattr(request, "product_of_page", None)
        kwargs["queryset"] = Variant.objects.filter(product=product) if product else Variant.objects.none()
        kwargs["widget"] = UnfoldAdminSelect2MultipleWidget
        field = read_once(super().formfield_for_manytomany(db_field, request, **kwargs))
        # The library's own method has just given it the looks of a plain list.
        field.widget.attrs["class"] = "unfold-admin-autocomplete admin-autocomplete"
        field.help_text = ""
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave no room for buttons that open other pages."""
        return without_buttons(super().formfield_for_dbfield(db_field, request, **kwargs))


class OptionForm(forms.ModelForm):
    """An option, its values typed with commas between them."""

    values = WordListField(help_text="In the shop's order, with commas between them.")


class OptionInline(TabularInline):
    """What shoppers choose by, such as Size."""

    model = ProductOption
    form = OptionForm
    extra = 0
    tab = True
    hide_title = True
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "option"
    verbose_name_plural = "options"
    fields = ("name", "values", "position")


class CategoryInline(TabularInline):
    """Where shoppers find it; the first is the one of its breadcrumbs."""

    model = ProductCategory
    extra = 0
    tab = True
    hide_title = True
    ordering_field = "position"
    hide_ordering_field = True
    autocomplete_fields = ("category",)
    verbose_name = "category"
    verbose_name_plural = "categories"
    fields = ("category", "position")


class TranslationForm(forms.ModelForm):
    """Texts in another language."""

    class Meta:
        """All of them."""

        model = ProductTranslation
        fields: ClassVar = ("language", "title", "description", "seo_title", "seo_description")
        widgets: ClassVar = {"seo_description": UnfoldAdminExpandableTextareaWidget}


class TranslationInline(StackedInline):
    """Its texts in other languages."""

    model = ProductTranslation
    form = TranslationForm
    extra = 0
    tab = True
    verbose_name = "translation"
    verbose_name_plural = "translations"
    fields = (("language", "title"), "description", ("seo_title", "seo_description"))
