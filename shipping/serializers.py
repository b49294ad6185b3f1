"""DTOs of shipping set-up. What a cart is offered is cart/serializers.py."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.core.validators import validate_slug
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import MAX_AMOUNT, Money
from core.places import COUNTRIES
from core.serializers import (
    AllOptional,
    BooleanField,
    CountriesField,
    CountryField,
    IntegerField,
    MoneyField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from core.views import PageQuery
from shipping.models import MAX_EXCLUDED, MAX_HOLIDAYS, MAX_TIERS, PickupPoint, ShippingMethod, ShippingZone
from users.addresses import AddressInput, AddressOutput

MAX_DAYS = 365
MAX_AREAS = 1000


class ShippingAreaOutput(serializers.Serializer[Any]):
    """A part of a country."""

    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    region = serializers.CharField(allow_blank=True, help_text="Its code; blank is any.")
    postal_code_from = serializers.CharField(allow_blank=True, help_text="Blank is any.")
    postal_code_until = serializers.CharField(
        allow_blank=True, help_text="The last one, with all that begin with it: 35 holds 35001."
    )


class ShippingAreaInput(StrictSerializer):
    """A part of a country: a region, or a range of postal codes, or both."""

    country = CountryField()
    region = TextField(max_length=120, required=False, allow_blank=True, help_text="Its code or name; blank is any.")
    postal_code_from = TextField(
        max_length=20, required=False, allow_blank=True, help_text="The first one, or what it begins with."
    )
    postal_code_until = TextField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="The last one, with all that begin with it: 35 holds 35001. Left out it is the first one.",
    )


class ShippingZoneOutput(serializers.ModelSerializer[ShippingZone]):
    """Places that are served alike."""

    areas = ShippingAreaOutput(many=True, read_only=True)
    excluded_areas = ShippingAreaOutput(many=True, read_only=True)

    class Meta:
        """All of it."""

        model = ShippingZone
        fields = ("id", "name", "countries", "areas", "excluded_areas")
        read_only_fields = fields


@extend_schema_field(
    {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Country"},
        "maxItems": len(COUNTRIES),
        "uniqueItems": True,
        "example": ["ES", "PT"],
    }
)
class WholeCountriesField(CountriesField):
    """Countries, each once; none for a zone that serves parts of countries only."""


class ShippingZoneInput(StrictSerializer):
    """A new zone. The most specific zone serves an address: by postal code before by region before by country."""

    name = TextField(max_length=80, help_text="Unique.")
    countries = WholeCountriesField(
        required=False, max_length=len(COUNTRIES), help_text="Those that it serves as a whole."
    )
    areas = ShippingAreaInput(many=True, required=False, max_length=MAX_AREAS, help_text="Parts that it serves.")  # type: ignore[call-arg]  # Of the list.
    excluded_areas = ShippingAreaInput(  # type: ignore[call-arg]  # Of the list.
        many=True, required=False, max_length=MAX_AREAS, help_text="Parts of these that it doesn't serve."
    )


class ShippingZoneInputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document that a zone serves something."""

    target_class = ShippingZoneInput

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the fields' schema, and that there are countries or areas."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 (the way that its documentation shows)
        some = [{"required": [name], "properties": {name: {"minItems": 1}}} for name in ("countries", "areas")]
        return schema | {"anyOf": some}


class ShippingZonePatch(AllOptional, ShippingZoneInput):
    """What can change of a zone: any of it."""


class RateTierOutput(serializers.Serializer[Any]):
    """What shipping costs up to a bound, the bound included."""

    up_to = serializers.IntegerField(allow_null=True, min_value=1, help_text="Null is any number.")
    price = MoneyField()


class RateTierInput(StrictSerializer):
    """What shipping costs up to a bound, the bound included."""

    up_to = IntegerField(
        allow_null=True,
        min_value=1,
        max_value=MAX_AMOUNT,
        help_text="Grams, cubic centimetres, minor units of the market's currency, or pieces. Null, in the last one "
        "only, is whatever comes.",
    )
    price = MoneyField(help_text="In the market's currency.")


class ShippingMethodOutput(serializers.ModelSerializer[ShippingMethod]):
    """A way to a zone, for one market."""

    zone_id = serializers.UUIDField(read_only=True)
    market = serializers.CharField(source="market.code", read_only=True)
    price = serializers.SerializerMethodField(help_text="The flat one; null where `tiers` say it.")
    tiers = serializers.SerializerMethodField(help_text="Of a method that isn't flat, from the lowest bound up.")
    free_from = serializers.SerializerMethodField(
        help_text="It is free when the goods come to this much; null is never."
    )
    cutoff_time = serializers.SerializerMethodField(help_text="In the shop's time; null is midnight.")
    working_days = serializers.ListField(child=serializers.IntegerField(), read_only=True, help_text="1 is Monday.")
    holidays = serializers.ListField(child=serializers.DateField(), read_only=True)
    excluded_product_ids = serializers.ListField(
        child=serializers.UUIDField(), read_only=True, help_text="Products that it doesn't take."
    )
    excluded_category_ids = serializers.ListField(
        child=serializers.UUIDField(),
        read_only=True,
        help_text="Categories whose goods, with all below, it doesn't take.",
    )
    tax_category = serializers.CharField(
        source="tax_category.code", read_only=True, allow_null=True, help_text="Null is the default category."
    )

    class Meta:
        """All of it."""

        model = ShippingMethod
        fields = (
            "id",
            "zone_id",
            "market",
            "code",
            "name",
            "description",
            "kind",
            "rate_by",
            "price",
            "tiers",
            "free_from",
            "max_weight_grams",
            "min_days",
            "max_days",
            "cutoff_time",
            "working_days",
            "holidays",
            "excluded_product_ids",
            "excluded_category_ids",
            "tax_category",
            "is_taxed_as_goods",
            "carrier",
            "carrier_service",
            "carrier_fallback",
            "is_active",
            "position",
        )
        read_only_fields = fields

    @extend_schema_field(MoneyField(allow_null=True))
    def get_price(self, method: ShippingMethod) -> dict[str, Any] | None:
        """Return the flat price."""
        if method.rate_by != ShippingMethod.RateBy.FLAT:
            return None
        return MoneyField().to_representation(Money(method.amount, method.market.currency))

    @extend_schema_field(RateTierOutput(many=True))
    def get_tiers(self, method: ShippingMethod) -> list[dict[str, Any]]:
        """Return the table."""
        return [
            {
                "up_to": tier["up_to"],
                "price": MoneyField().to_representation(Money(tier["amount"], method.market.currency)),
            }
            for tier in method.tiers
        ]

    @extend_schema_field({"type": "string", "nullable": True, "example": "14:00"})
    def get_cutoff_time(self, method: ShippingMethod) -> str | None:
        """Return hours and minutes."""
        return None if method.cutoff_time is None else f"{method.cutoff_time:%H:%M}"

    @extend_schema_field(MoneyField(allow_null=True))
    def get_free_from(self, method: ShippingMethod) -> dict[str, Any] | None:
        """Return the amount of goods that makes it free."""
        if method.free_from_amount is None:
            return None
        return MoneyField().to_representation(Money(method.free_from_amount, method.market.currency))


class _MethodFields(StrictSerializer):
    """What can be said of a method, besides its market."""

    zone_id = UUIDField()
    code = TextField(max_length=40, validators=[validate_slug], help_text="Unique in its market and zone.")
    name = TextField(max_length=80)
    description = TextField(max_length=300, required=False, allow_blank=True)
    kind = serializers.ChoiceField(
        choices=ShippingMethod.Kind.choices,
        required=False,
        help_text="Whether it goes to the buyer's address, or the buyer collects it at one of its points (pickup). A "
        "pick-up is offered whatever the address, as long as it has an active point.",
    )
    rate_by = serializers.ChoiceField(
        choices=ShippingMethod.RateBy.choices,
        required=False,
        help_text="What the price goes by: flat (`price`), or a table (`tiers`) of the weight, volume or number of "
        "what is shipped, or of what all goods cost before promotions.",
    )
    price = MoneyField(
        required=False,
        help_text="Of a flat method, which needs it; in the market's currency, net or gross as its prices are.",
    )
    tiers = RateTierInput(  # type: ignore[call-arg]  # Of the list.
        many=True,
        required=False,
        max_length=MAX_TIERS,
        help_text="Bounds rise. Beyond the last one the method isn't offered.",
    )
    free_from = MoneyField(
        required=False, allow_null=True, help_text="Free when the goods come to this much; null is never."
    )
    max_weight_grams = IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**31 - 1,
        help_text="It isn't offered for goods that weigh more; null is any weight.",
    )
    min_days = IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_DAYS,
        help_text="Working days from the one on which it leaves, at the least.",
    )
    max_days = IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_DAYS, help_text="At the most.")
    cutoff_time = serializers.RegexField(
        regex=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        max_length=5,
        required=False,
        allow_null=True,
        help_text="What is ordered earlier on a working day leaves the same day. In the shop's time; null is midnight.",
    )
    working_days = serializers.ListField(
        child=IntegerField(min_value=1, max_value=7),
        required=False,
        min_length=1,
        max_length=7,
        help_text="On which it is sent and arrives: 1 is Monday. Monday to Friday unless said otherwise.",
    )
    holidays = serializers.ListField(
        child=serializers.DateField(), required=False, max_length=MAX_HOLIDAYS, help_text="Days that don't count."
    )
    excluded_product_ids = serializers.ListField(
        child=UUIDField(), required=False, max_length=MAX_EXCLUDED, help_text="Products that it doesn't take."
    )
    excluded_category_ids = serializers.ListField(
        child=UUIDField(),
        required=False,
        max_length=MAX_EXCLUDED,
        help_text="Categories whose goods, with all below, it doesn't take.",
    )
    tax_category = TextField(
        max_length=30, required=False, allow_null=True, help_text="Its code; null is the default category."
    )
    is_taxed_as_goods = BooleanField(
        required=False,
        help_text="At the rates of the goods, in proportion to what they cost, instead of by a category of its own.",
    )
    carrier = TextField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Who is asked what it costs, by its name in the shop's settings; blank: nobody, `price` holds.",
    )
    carrier_service = TextField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="Which of the carrier's services it is, by the carrier's own code; blank is the cheapest.",
    )
    carrier_fallback = BooleanField(
        required=False,
        help_text="Whether `price` is taken when the carrier gives no answer; otherwise the method isn't offered then.",
    )
    is_active = BooleanField(required=False)
    position = IntegerField(required=False, min_value=0, max_value=32767)

    def validate_cutoff_time(self, text: str | None) -> time | None:
        """Read it."""
        return None if text is None else time.fromisoformat(text)

    def validate_working_days(self, days: list[int]) -> list[int]:
        """Name each day once."""
        return sorted(set(days))

    def validate_holidays(self, days: list[date]) -> list[date]:
        """Name each day once."""
        return sorted(set(days))


class ShippingMethodInput(_MethodFields):
    """A new method."""

    market = TextField(max_length=30, help_text="Its code; a method keeps its market.")


class ShippingMethodPatch(AllOptional, _MethodFields):
    """What can change of a method: any of it but its market."""


class ShippingMethodQuery(PageQuery):
    """The filters of methods."""

    market = serializers.CharField(required=False, max_length=30, help_text="Its code.")
    zone = serializers.UUIDField(required=False, help_text="Its id.")


class PickupAddressInput(AddressInput):
    """The address of a point, without names."""

    name = None  # type: ignore[assignment]  # The point's own.
    company = None  # type: ignore[assignment]
    phone = None  # type: ignore[assignment]


class PickupPointOutput(serializers.ModelSerializer[PickupPoint]):
    """Where a method's goods are collected."""

    method_id = serializers.UUIDField(read_only=True)
    address = AddressOutput(read_only=True)

    class Meta:
        """All of it."""

        model = PickupPoint
        fields = ("id", "method_id", "code", "name", "address", "opening_hours", "is_active", "position")
        read_only_fields = fields


class _PointFields(StrictSerializer):
    """What can be said of a point, besides its method."""

    code = TextField(max_length=40, validators=[validate_slug], help_text="Unique in its method.")
    name = TextField(max_length=80)
    address = PickupAddressInput()
    opening_hours = TextField(max_length=500, required=False, allow_blank=True, help_text="As people read them.")
    is_active = BooleanField(required=False)
    position = IntegerField(required=False, min_value=0, max_value=32767)


class PickupPointInput(_PointFields):
    """A new point."""

    method_id = UUIDField(help_text="Of a method whose kind is pickup; a point keeps its method.")


class PickupPointPatch(AllOptional, _PointFields):
    """What can change of a point: any of it but its method; the address is replaced whole."""


class PickupPointQuery(PageQuery):
    """The filters of points."""

    method = serializers.UUIDField(required=False, help_text="Its id.")
