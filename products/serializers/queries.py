"""The query parameters of the catalogue's reads."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from core.money import MAX_AMOUNT
from core.serializers import QuerySerializer
from core.views import PageQuery
from products.models import Product
from products.selectors.filters import AVAILABILITIES
from products.selectors.pages import SORTS

VIEWS = ("public", "staff")


class ShownQuery(QuerySerializer):
    """Where and in which language something is shown."""

    market = serializers.CharField(required=False, max_length=30, help_text="A market's code; default the shop's own.")
    language = serializers.CharField(
        required=False, max_length=35, help_text="One of the market's; default is by Accept-Language."
    )
    view = serializers.ChoiceField(
        choices=VIEWS, required=False, help_text="`staff` shows everything; needs the right catalogue:read."
    )


class ProductQuery(PageQuery, ShownQuery):
    """What to list, and how.

    Several values of one parameter mean any of them; several parameters, all of them.
    """

    category = serializers.CharField(
        required=False, max_length=140, help_text="Slug or id; with everything below it in the tree."
    )
    collection = serializers.CharField(required=False, max_length=140, help_text="Slug or id.")
    brand = serializers.ListField(
        child=serializers.CharField(max_length=140), required=False, max_length=50, help_text="Slugs or ids."
    )
    tag = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=50)
    price_min = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_AMOUNT, help_text="Minor units of the market's currency."
    )
    price_max = serializers.IntegerField(required=False, min_value=0, max_value=MAX_AMOUNT, help_text="Minor units.")
    availability = serializers.ListField(
        child=serializers.ChoiceField(choices=AVAILABILITIES), required=False, max_length=4
    )
    q = serializers.CharField(
        required=False, max_length=200, help_text="Words to search for, each may be the beginning of one."
    )
    sort = serializers.ChoiceField(
        choices=list(SORTS),
        required=False,
        help_text="Default is relevance with `q`, position in a hand-picked collection, or else newest. `price` sorts "
        "by the lowest of a product's prices, `-price` by the highest.",
    )
    facets = serializers.ChoiceField(
        choices=["true", "false"], required=False, help_text="Also count the values to filter by, which costs a query."
    )

    def to_internal_value(self, data: Any) -> Any:
        """Say of what only staff can ask that it belongs there."""
        _refuse_of_other_view(data, {"status"}, "with `view=staff`")
        return super().to_internal_value(data)


class RecordQuery(PageQuery):
    """What staff ask of the list of products (`view=staff`)."""

    view = serializers.ChoiceField(choices=["staff"])
    status = serializers.ChoiceField(choices=Product.Status.choices, required=False)
    q = serializers.CharField(required=False, max_length=200, help_text="In titles, slugs and SKUs.")

    def to_internal_value(self, data: Any) -> Any:
        """Say of what only shoppers can ask that it belongs there."""
        _refuse_of_other_view(data, ProductQuery().fields.keys() - self.fields.keys(), "without `view=staff`")
        return super().to_internal_value(data)


def _refuse_of_other_view(data: Any, names: AbstractSet[str], where: str) -> None:
    """Refuse parameters that the same path takes in its other view, by a reason that no schema can give."""
    refused = {name: [ErrorDetail(f"Ask by this {where} only.", code="other_view")] for name in data if name in names}
    if refused:
        raise serializers.ValidationError(refused)


class SuggestQuery(ShownQuery):
    """The beginning of what somebody types."""

    q = serializers.CharField(max_length=100)
    limit = serializers.IntegerField(required=False, default=8, min_value=1, max_value=20)
