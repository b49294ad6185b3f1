"""DTOs of products as staff write them, and of the records that they read back."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import Money
from core.serializers import (
    AllOptional,
    BooleanField,
    IntegerField,
    MetadataField,
    MoneyField,
    StrictSerializer,
    TextField,
    UrlField,
    UUIDField,
)
from products.importing.barcodes import GTIN_LENGTHS, gtin14
from products.models import Media, Price, Product, ProductTranslation, Variant
from products.serializers.shown import FreeObject, OptionOutput

MAX_VARIANTS = 2000
MAX_BULK = 500
MAX_SIZE = 2**31 - 1
_HTML = 200_000


class PriceInput(StrictSerializer):
    """A price in a market, in the market's currency."""

    market = TextField(max_length=30, help_text="A market's code.")
    price = MoneyField()
    compare_at = MoneyField(required=False, allow_null=True)
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_until = serializers.DateTimeField(required=False, allow_null=True, help_text="Exclusive.")


class PricesInput(StrictSerializer):
    """All prices of a variant, or with `market` all of that market."""

    market = TextField(max_length=30, required=False, help_text="Replace the prices of this market only.")
    prices = PriceInput(many=True, max_length=1000)  # type: ignore[call-arg]  # Of the list.


class _VariantFields(StrictSerializer):
    """What can be written of a variant."""

    sku = TextField(max_length=100, required=False, allow_blank=True)
    option_values = serializers.ListField(
        child=TextField(max_length=255), required=False, max_length=10, help_text="One of each option, in their order."
    )
    barcode = TextField(max_length=64, required=False, allow_blank=True, help_text="GTIN, EAN, UPC or ISBN.")
    weight_grams = serializers.DecimalField(
        max_digits=14, decimal_places=6, min_value=0, required=False, allow_null=True, coerce_to_string=False
    )
    length_mm = IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_SIZE)
    width_mm = IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_SIZE)
    height_mm = IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_SIZE)
    requires_shipping = BooleanField(required=False)
    is_taxable = BooleanField(required=False)
    is_stock_tracked = BooleanField(required=False)
    released_on = serializers.DateField(
        required=False, allow_null=True, help_text="Sold as a preorder until then, and sent from that day on."
    )
    max_order_quantity = IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_SIZE)
    max_customer_quantity = IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_SIZE)
    cost = MoneyField(required=False, allow_null=True, help_text="What it costs the shop; shoppers never see it.")
    metadata = MetadataField(required=False)
    prices = PriceInput(many=True, required=False, max_length=1000)  # type: ignore[call-arg]  # Of the list.

    def validate_barcode(self, barcode: str) -> str:
        """Refuse digits that look like a GTIN and can't be one: somebody has mistyped them."""
        digits = barcode.replace("-", "").replace(" ", "")
        if digits.isdigit() and len(digits) in GTIN_LENGTHS and gtin14(barcode) is None:
            message = "The check digit is wrong; compare it with the label."
            raise serializers.ValidationError(message, code="check_digit")
        return barcode


class VariantInput(_VariantFields):
    """A variant. In a product's list `id`, else the SKU, else the choice tells which one is meant."""

    id = UUIDField(required=False)


class VariantPatch(AllOptional, _VariantFields):
    """What changes of a variant: what is named."""


class OptionInput(StrictSerializer):
    """A thing to choose, and its values in order."""

    name = TextField(max_length=80)
    values = serializers.ListField(child=TextField(max_length=255), min_length=1, max_length=1000)


class TextsInput(StrictSerializer):
    """A product's texts in one language."""

    title = TextField(max_length=255)
    description = TextField(max_length=_HTML, required=False, allow_blank=True)
    seo_title = TextField(max_length=200, required=False, allow_blank=True)
    seo_description = TextField(max_length=400, required=False, allow_blank=True)


class TranslationInput(TextsInput):
    """The texts and their language."""

    language = TextField(max_length=10, help_text="BCP 47.")


class ProductInput(StrictSerializer):
    """A product with everything below it but pictures and stock. Lists replace what there was."""

    slug = TextField(max_length=255, required=False, help_text="Made from the title if it is left out.")
    title = TextField(max_length=255)
    description = TextField(max_length=_HTML, required=False, allow_blank=True, help_text="HTML; it is cleaned.")
    status = serializers.ChoiceField(choices=Product.Status.choices, required=False)
    published_from = serializers.DateTimeField(required=False, allow_null=True)
    published_until = serializers.DateTimeField(required=False, allow_null=True, help_text="Exclusive.")
    brand = TextField(max_length=140, required=False, allow_null=True, help_text="Slug or id.")
    product_type = TextField(max_length=120, required=False, allow_blank=True)
    is_gift_card = BooleanField(
        required=False,
        help_text="What is paid for a piece is put on a gift card: no tax, no discount, nothing to send.",
    )
    tax_category = TextField(max_length=30, required=False, allow_null=True, help_text="Its code.")
    categories = serializers.ListField(
        child=TextField(max_length=140), required=False, max_length=100, help_text="Slugs or ids; the first is shown."
    )
    tags = serializers.ListField(child=TextField(max_length=80), required=False, max_length=250)
    attributes = FreeObject(required=False, help_text="Attribute code to value; null takes it away.")
    options = OptionInput(many=True, required=False, max_length=10)  # type: ignore[call-arg]  # Of the list.
    variants = VariantInput(many=True, required=False, max_length=MAX_VARIANTS)  # type: ignore[call-arg]  # Of the list.
    translations = TranslationInput(many=True, required=False, max_length=50)  # type: ignore[call-arg]  # Of the list.
    seo_title = TextField(max_length=200, required=False, allow_blank=True)
    seo_description = TextField(max_length=400, required=False, allow_blank=True)
    metadata = MetadataField(required=False)


class ProductPatch(AllOptional, ProductInput):
    """What changes of a product: what is named."""


class BulkItemInput(StrictSerializer):
    """One thing to do to one product; `version` is the bulk form of If-Match."""

    action = serializers.ChoiceField(choices=["create", "update", "delete"])
    id = UUIDField(required=False)
    version = IntegerField(required=False, min_value=0)
    product = ProductPatch(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for what the action needs."""
        action = attrs["action"]
        if action != "create" and "id" not in attrs:
            raise serializers.ValidationError({"id": "Which product?"}, code="required")
        if action != "delete" and "product" not in attrs:
            raise serializers.ValidationError({"product": "What shall it be?"}, code="required")
        if action == "create" and "title" not in attrs["product"]:
            raise serializers.ValidationError({"product": {"title": "A product has a title."}}, code="required")
        return attrs


class BulkItemInputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document what each action needs."""

    target_class = BulkItemInput

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the fields' schema, and which of them an action can't do without."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 (the way that its documentation shows)
        needs = {"create": ["product"], "update": ["id", "product"], "delete": ["id"]}
        ways: list[dict[str, Any]] = [
            {"properties": {"action": {"const": action}}, "required": ["action", *names]}
            for action, names in needs.items()
        ]
        title = {"type": "string", "maxLength": 255}
        ways[0]["properties"] |= {"product": {"required": ["title"], "properties": {"title": title}}}
        return schema | {"oneOf": ways}


class BulkInput(StrictSerializer):
    """Many products in one call."""

    items = BulkItemInput(many=True, min_length=1, max_length=MAX_BULK)  # type: ignore[call-arg]  # Of the list.
    error_policy = serializers.ChoiceField(choices=["all_or_nothing", "skip_failed"], required=False)


class BulkResultOutput(serializers.Serializer[Any]):
    """What became of one item: the product's id and version, or the problem."""

    action = serializers.ChoiceField(choices=["create", "update", "delete"])
    id = serializers.UUIDField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    problem = FreeObject(allow_null=True)


class BulkOutput(serializers.Serializer[Any]):
    """One result per item, in their order."""

    results = BulkResultOutput(many=True, max_length=MAX_BULK)  # type: ignore[call-arg]  # Of the list.


class PriceRecord(serializers.ModelSerializer[Price]):
    """A price as staff see it."""

    market = serializers.CharField(source="market.code", max_length=30)
    price = serializers.SerializerMethodField()
    compare_at = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = Price
        fields = ("market", "price", "compare_at", "valid_from", "valid_until")
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_price(self, price: Price) -> dict[str, Any]:
        """Return the amount in the market's currency."""
        return _money(price.amount, price.market.currency)

    @extend_schema_field(MoneyField(allow_null=True))
    def get_compare_at(self, price: Price) -> dict[str, Any] | None:
        """Return what it is compared with."""
        amount = price.compare_at_amount
        return None if amount is None else _money(amount, price.market.currency)


class VariantRecord(serializers.ModelSerializer[Variant]):
    """A variant as staff see it."""

    product_id = serializers.UUIDField()
    weight_grams = serializers.FloatField(allow_null=True)
    cost = serializers.SerializerMethodField()
    metadata = FreeObject()
    prices = PriceRecord(many=True)

    class Meta:
        """All of it."""

        model = Variant
        fields = (
            "id",
            "product_id",
            "sku",
            "option_values",
            "barcode",
            "weight_grams",
            "length_mm",
            "width_mm",
            "height_mm",
            "requires_shipping",
            "is_taxable",
            "is_stock_tracked",
            "released_on",
            "max_order_quantity",
            "max_customer_quantity",
            "cost",
            "metadata",
            "prices",
        )
        read_only_fields = fields

    @extend_schema_field(MoneyField(allow_null=True))
    def get_cost(self, variant: Variant) -> dict[str, Any] | None:
        """Return what it costs the shop."""
        return None if variant.cost_amount is None else _money(variant.cost_amount, variant.cost_currency)


class TranslationRecord(serializers.ModelSerializer[ProductTranslation]):
    """A product's texts in one language."""

    class Meta:
        """All of them."""

        model = ProductTranslation
        fields = ("language", "title", "description", "seo_title", "seo_description")
        read_only_fields = fields


class MediaRecord(serializers.ModelSerializer[Media]):
    """A picture as staff see it."""

    url = serializers.SerializerMethodField()
    variant_ids: Any = serializers.PrimaryKeyRelatedField(source="variants", many=True, read_only=True)

    class Meta:
        """All that can be said of it."""

        model = Media
        fields = ("id", "url", "alt", "width", "height", "position", "variant_ids")
        read_only_fields = fields

    @extend_schema_field({"type": "string", "maxLength": 2000})
    def get_url(self, media: Media) -> str:
        """Return where it is."""
        return default_storage.url(str(media.file.name)) if media.file else media.url


class ProductRecord(serializers.ModelSerializer[Product]):
    """A product as staff see it: every market, every language, drafts and costs."""

    brand = serializers.CharField(source="brand.slug", max_length=140, default=None, allow_null=True)
    tax_category = serializers.CharField(source="tax_category.code", max_length=30, default=None, allow_null=True)
    categories = serializers.SerializerMethodField()
    attributes = FreeObject()
    options = OptionOutput(many=True)
    variants = VariantRecord(many=True)
    media = MediaRecord(many=True)
    translations = TranslationRecord(many=True)
    metadata = FreeObject()

    class Meta:
        """All of it."""

        model = Product
        fields = (
            "id",
            "slug",
            "title",
            "description",
            "status",
            "published_from",
            "published_until",
            "brand",
            "product_type",
            "is_gift_card",
            "tax_category",
            "categories",
            "tags",
            "attributes",
            "options",
            "variants",
            "media",
            "translations",
            "seo_title",
            "seo_description",
            "metadata",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 140}, "maxItems": 1000})
    def get_categories(self, product: Product) -> list[str]:
        """Return the slugs of its categories, the breadcrumb's first."""
        return [link.category.slug for link in product.category_links.all()]


class MediaPatch(StrictSerializer):
    """What changes of a picture."""

    alt = TextField(max_length=500, required=False, allow_blank=True)
    position = IntegerField(required=False, min_value=0, max_value=MAX_SIZE)
    variant_ids = serializers.ListField(child=UUIDField(), required=False, max_length=MAX_VARIANTS)


class MediaInput(MediaPatch):
    """A picture that lies elsewhere, and what is said of it."""

    url = UrlField(max_length=2000)


class MediaUpload(StrictSerializer):
    """A picture's file, and what is said of it. All of a form is text, so numbers are read from text here."""

    file = serializers.FileField()
    alt = TextField(max_length=500, required=False, allow_blank=True)
    position = serializers.IntegerField(required=False, min_value=0, max_value=MAX_SIZE)
    # A form with more than a thousand fields is refused unread; JSON can name more variants afterwards.
    variant_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=500)


def _money(amount: int, currency: str) -> dict[str, Any]:
    return MoneyField().to_representation(Money(amount, currency))
