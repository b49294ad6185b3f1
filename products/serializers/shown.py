"""What shoppers see of products: the one rendering of list and detail, and the parts that other answers share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import MoneyField
from products.selectors.filters import AVAILABILITIES


class BrandName(serializers.Serializer[Any]):
    """Whose make it is."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=140)


class CategoryName(serializers.Serializer[Any]):
    """A category, in short."""

    id = serializers.UUIDField()
    slug = serializers.CharField(max_length=140)
    name = serializers.CharField(max_length=120)


class AttributeValue(serializers.Serializer[Any]):
    """A typed property; `value` is a text, a whole number, true or false."""

    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=80)
    value = serializers.JSONField()
    unit = serializers.CharField(max_length=20)


class OptionOutput(serializers.Serializer[Any]):
    """A thing to choose, and its values in order."""

    name = serializers.CharField(max_length=80)
    values = serializers.ListField(child=serializers.CharField(max_length=255), max_length=1000)


class ImageOutput(serializers.Serializer[Any]):
    """A picture; `renditions` has narrower ones by their width in pixels."""

    url = serializers.CharField(max_length=2000)
    alt = serializers.CharField(max_length=500)
    width = serializers.IntegerField(allow_null=True, min_value=0)
    height = serializers.IntegerField(allow_null=True, min_value=0)
    renditions = serializers.DictField(child=serializers.CharField(max_length=2000))
    variant_ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=1000, help_text="The variants that it shows; empty is all."
    )


class PriceRangeOutput(serializers.Serializer[Any]):
    """The lowest and the highest price of the variants."""

    min = MoneyField()
    max = MoneyField()


class VariantOutput(serializers.Serializer[Any]):
    """What is bought."""

    id = serializers.UUIDField()
    sku = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=3000, help_text="Its choices, joined.")
    option_values = serializers.ListField(
        child=serializers.CharField(max_length=255), max_length=10, help_text="One of each option, in their order."
    )
    barcode = serializers.CharField(max_length=64)
    price = MoneyField()
    compare_at = MoneyField(allow_null=True, help_text="The price that it is compared with.")
    lowest_price_30d = MoneyField(
        allow_null=True,
        help_text="Beside a reduced price: the lowest one of the 30 days before it was reduced to this. Null when it "
        "isn't reduced, or wasn't sold before.",
    )
    prices_include_tax = serializers.BooleanField()
    availability = serializers.ChoiceField(
        choices=AVAILABILITIES, help_text="`preorder`: it can be ordered, and isn't sent before `released_on`."
    )
    released_on = serializers.DateField(allow_null=True, help_text="Until then it's a preorder, sent from that day on.")
    requires_shipping = serializers.BooleanField()
    weight_grams = serializers.FloatField(allow_null=True)


class SeoOutput(serializers.Serializer[Any]):
    """What search engines are told."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=400)


@extend_schema_field({"type": "object", "additionalProperties": True})
class FreeObject(serializers.DictField):
    """An object of the client's own."""


class ProductOutput(serializers.Serializer[Any]):
    """A product as the shoppers of one market and language see it; its variants are those that have a price there."""

    id = serializers.UUIDField()
    slug = serializers.CharField(max_length=255)
    title = serializers.CharField(max_length=255)
    description = serializers.CharField(help_text="HTML that can be shown as it is.", max_length=200_000)
    brand = BrandName(allow_null=True)
    product_type = serializers.CharField(max_length=120)
    is_gift_card = serializers.BooleanField(help_text="Each piece becomes a gift card of its price once it is paid.")
    categories = CategoryName(many=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=80), max_length=1000)
    attributes = AttributeValue(many=True)
    options = OptionOutput(many=True)
    images = ImageOutput(many=True)
    price_range = PriceRangeOutput(allow_null=True)
    variants = VariantOutput(many=True)
    seo = SeoOutput()
    metadata = FreeObject()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
