"""What every DTO is made of: strict serializers and fields. The DTOs themselves live in the apps."""

import re
import uuid
from typing import Any

from django.core.validators import EmailValidator, URLValidator
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import CURRENCIES, MAX_AMOUNT, Money
from core.parsing import MAX_INTEGER
from core.places import COUNTRIES

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_METADATA = 50
_MAX_METADATA_NAME = 60
_MAX_METADATA_TEXT = 500


class StrictSerializer(serializers.Serializer[Any]):
    """A DTO that refuses names it doesn't know, so that a typing error is never a silent no-op."""

    default_error_messages = {"unknown_field": "This field is not known here; leave it out or correct its name."}

    def to_internal_value(self, data: Any) -> Any:
        """Read the fields, after refusing every name that isn't one of them or can't be written."""
        if isinstance(data, dict) or hasattr(data, "keys"):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [str(name)[:80] for name in data if name not in known]
            if unknown:
                message = str(self.error_messages["unknown_field"])
                raise serializers.ValidationError(
                    {name: [serializers.ErrorDetail(message, code="unknown_field")] for name in unknown}
                )
        return super().to_internal_value(data)


class AllOptional:
    """Beside an input DTO: the same fields, each of which may be left out (RFC 7396: what is named changes)."""

    def get_fields(self) -> dict[str, Any]:
        """Make every field optional.

        Not DRF's `partial`: that goes by the outermost serializer, so it would reach into everything below this one,
        and would do nothing below another.
        """
        fields: dict[str, Any] = super().get_fields()  # type: ignore[misc]  # Of the serializer beside it.
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class QuerySerializer(StrictSerializer):
    """The query parameters of an endpoint. Text comes in, so integers and booleans are read from text here."""


class TextField(serializers.CharField):
    """Text with a bound, trimmed, and without lone surrogates, which PostgreSQL can't store. Numbers aren't text."""

    default_error_messages = {"surrogate": "Text can't hold half of a surrogate pair; send the whole character."}

    def __init__(self, *, max_length: int = 255, **kwargs: Any) -> None:
        """Bound the text; every text field has a bound."""
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take text only."""
        if not isinstance(data, str):
            self.fail("invalid")
        if _SURROGATE.search(data):
            self.fail("surrogate")
        # Before it is trimmed, as the document counts.
        if self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(
                self.error_messages["max_length"].format(max_length=self.max_length), code="max_length"
            )
        return super().to_internal_value(data)


class EmailField(serializers.EmailField):
    """An e-mail address. What a schema's `email` lets through and Django doesn't is refused by a code of its own."""

    def __init__(self, **kwargs: Any) -> None:
        """Say in the refusal that it is about addresses."""
        super().__init__(**kwargs)
        self.validators[-1] = EmailValidator(message=self.error_messages["invalid"], code="email")


class UrlField(serializers.URLField):
    """A web address. What a schema's `uri` lets through and Django doesn't is refused by a code of its own."""

    def __init__(self, **kwargs: Any) -> None:
        """Say in the refusal that it is about addresses."""
        super().__init__(**kwargs)
        self.validators[-1] = URLValidator(message=self.error_messages["invalid"], code="url")


class IntegerField(serializers.IntegerField):
    """A JSON integer: `"3"`, `3.0` and `true` are refused. Bounded to a bigint unless the field says less."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound the number on both sides."""
        kwargs.setdefault("min_value", -(2**63))
        kwargs.setdefault("max_value", 2**63 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Take an integer only."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class BooleanField(serializers.BooleanField):
    """A JSON boolean: `"yes"`, `1` and `"true"` are refused."""

    def to_internal_value(self, data: Any) -> bool:
        """Take true or false only."""
        if data is True or data is False:
            return data
        if data is None and self.allow_null:
            return None  # type: ignore[return-value]
        self.fail("invalid", input=data)


class UUIDField(serializers.UUIDField):
    """An id in its one canonical text form; a JSON integer is refused."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """Take text only."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


@extend_schema_field({"$ref": "#/components/schemas/Country"})
class CountryField(TextField):
    """A country's code, ISO 3166-1 alpha-2, in capital letters."""

    default_error_messages = {"country": "This is not a country code of ISO 3166-1 alpha-2, such as ES."}

    def __init__(self, **kwargs: Any) -> None:
        """Two letters."""
        super().__init__(max_length=2, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take a code that exists."""
        code = super().to_internal_value(data)
        if code not in COUNTRIES:
            self.fail("country")
        return code


@extend_schema_field({"oneOf": [{"$ref": "#/components/schemas/Country"}, {"type": "string", "maxLength": 0}]})
class BlankCountryField(CountryField):
    """A country's code, or blank for none in particular."""

    def __init__(self, **kwargs: Any) -> None:
        """Take a blank."""
        super().__init__(allow_blank=True, **kwargs)


@extend_schema_field(
    {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Country"},
        "minItems": 1,
        "maxItems": len(COUNTRIES),
        "uniqueItems": True,
        "example": ["ES", "PT"],
    }
)
class CountriesField(serializers.ListField):
    """Countries, each once."""

    child = CountryField()
    default_error_messages = {"twice": "Name each country once."}

    def to_internal_value(self, data: Any) -> list[str]:
        """Refuse a country that is named twice."""
        countries: list[str] = super().to_internal_value(data)
        if len(set(countries)) < len(countries):
            self.fail("twice")
        return countries


class MoneyField(serializers.Field[Money, Any, dict[str, Any], Any]):
    """`{"amount": 1999, "currency": "EUR"}`. A float, a text or a negative amount (unless allowed) is refused."""

    default_error_messages = {
        "shape": 'Money is {{"amount": integer of minor units, "currency": "EUR"}} and nothing else.',
        "amount": "The amount must be an integer of minor units from {minimum} to {maximum}.",
        "currency": "This is not an ISO 4217 currency code.",
    }

    def __init__(self, *, is_negative_allowed: bool = False, **kwargs: Any) -> None:
        """Say whether amounts below zero are taken."""
        self.minimum = -MAX_AMOUNT if is_negative_allowed else 0
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Money:
        """Read one amount."""
        if not isinstance(data, dict) or set(data) != {"amount", "currency"}:
            self.fail("shape")
        amount, currency = data["amount"], data["currency"]
        if type(amount) is not int or not self.minimum <= amount <= MAX_AMOUNT:
            self.fail("amount", minimum=self.minimum, maximum=MAX_AMOUNT)
        if not isinstance(currency, str) or currency not in CURRENCIES:
            self.fail("currency")
        return Money(amount, currency)

    def to_representation(self, value: Money) -> dict[str, Any]:
        """Write one amount."""
        return {"amount": value.amount, "currency": value.currency}


class PaidMoneyField(MoneyField):
    """Money that moves: more than nothing."""

    def __init__(self, **kwargs: Any) -> None:
        """Begin at one."""
        super().__init__(**kwargs)
        self.minimum = 1


class MoneySchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document what money is; what goes in is bounded as its field is."""

    target_class = MoneyField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return a reference to one of the components: Money, and what is taken of it."""
        minimum = self.target.minimum if direction == "request" else -MAX_AMOUNT
        name = {0: "MoneyInput", 1: "MoneyAboveZeroInput"}.get(minimum, "Money")
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=ResolvedComponent.SCHEMA, object=name, schema=_money(minimum)
        )
        auto_schema.registry.register_on_missing(component)
        return dict(component.ref)


def _money(minimum: int) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "amount": {
                "type": "integer",
                "format": "int64",
                "minimum": minimum,
                "maximum": MAX_AMOUNT,
                "description": "Minor units of the currency: cents of EUR, yen of JPY, fils of KWD.",
            },
            "currency": {"$ref": "#/components/schemas/Currency"},
        },
        "required": ["amount", "currency"],
        "additionalProperties": False,
        "example": {"amount": 1999, "currency": "EUR"},
    }


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": _MAX_METADATA,
        "propertyNames": {"minLength": 1, "maxLength": _MAX_METADATA_NAME},
        "additionalProperties": {
            "type": ["string", "number", "boolean", "null"],
            "maxLength": _MAX_METADATA_TEXT,
            "minimum": -MAX_INTEGER,
            "maximum": MAX_INTEGER,
        },
        "example": {"gift": True},
    }
)
class MetadataField(serializers.JSONField):
    """Free key-value data of the client's own: a flat object of texts, numbers, booleans; small."""

    default_error_messages = {
        "shape": "Metadata is an object of at most 50 short names (60 characters) with texts, numbers or booleans.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Take a flat, bounded object."""
        if not isinstance(data, dict) or len(data) > _MAX_METADATA:
            self.fail("shape")
        for name, value in data.items():
            is_text = isinstance(value, str) and len(value) <= _MAX_METADATA_TEXT and not _SURROGATE.search(value)
            is_plain = is_text or value is None or isinstance(value, (bool, int, float))
            if not 0 < len(name) <= _MAX_METADATA_NAME or _SURROGATE.search(name) or not is_plain:
                self.fail("shape")
        return data
