"""What a list can be narrowed by further, with counts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from products.serializers.shown import PriceRangeOutput


class CategoryCount(serializers.Serializer[Any]):
    """Products in a category or below it."""

    id = serializers.UUIDField()
    slug = serializers.CharField(max_length=140)
    name = serializers.CharField(max_length=120)
    count = serializers.IntegerField(min_value=0)


class BrandCount(serializers.Serializer[Any]):
    """Products of a brand."""

    slug = serializers.CharField(max_length=140)
    name = serializers.CharField(max_length=120)
    count = serializers.IntegerField(min_value=0)


class TagCount(serializers.Serializer[Any]):
    """Products with a tag."""

    value = serializers.CharField(max_length=80)
    count = serializers.IntegerField(min_value=0)


class ValueCount(serializers.Serializer[Any]):
    """Products with a value of an attribute."""

    value = serializers.JSONField()
    count = serializers.IntegerField(min_value=0)


class AttributeCounts(serializers.Serializer[Any]):
    """An attribute that can be filtered by, as `attr.CODE`."""

    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=80)
    unit = serializers.CharField(max_length=20)
    values = ValueCount(many=True)


class AvailabilityCounts(serializers.Serializer[Any]):
    """Products by the best availability of what they sell."""

    in_stock = serializers.IntegerField(min_value=0)
    backorder = serializers.IntegerField(min_value=0)
    preorder = serializers.IntegerField(min_value=0)
    out_of_stock = serializers.IntegerField(min_value=0)


class FacetsOutput(serializers.Serializer[Any]):
    """Counts under each value, each facet as if its own filter weren't there."""

    categories = CategoryCount(many=True)
    brands = BrandCount(many=True)
    tags = TagCount(many=True)
    attributes = AttributeCounts(many=True)
    price = PriceRangeOutput(allow_null=True)
    availability = AvailabilityCounts()
