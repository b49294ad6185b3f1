"""DTOs of markets and taxes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel import Locale
from django.core.validators import validate_slug
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import CURRENCIES
from core.places import COUNTRIES
from core.serializers import (
    AllOptional,
    BlankCountryField,
    BooleanField,
    CountriesField,
    CountryField,
    IntegerField,
    StrictSerializer,
    TextField,
)
from core.views import PageQuery
from markets.models import MAX_CASH_STEP, ROUNDINGS, CurrencyRate, Market, TaxCategory, TaxRate

_TAG = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_RATE = re.compile(r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,12})?$", re.ASCII)
MAX_LANGUAGES = 50
MAX_POSITION = 32_767


class LanguageField(TextField):
    """A language's tag, BCP 47: `en`, `es`, `pt-BR`."""

    default_error_messages = {"language": "This is not a language tag such as en, es or pt-BR."}

    def __init__(self, **kwargs: Any) -> None:
        """Ten characters at the most."""
        super().__init__(max_length=10, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take a language that people know."""
        tag = super().to_internal_value(data)
        if not _TAG.match(tag) or tag.split("-")[0].lower() not in Locale("en").languages:
            self.fail("language")
        return tag


class LanguagesField(serializers.ListField):
    """Languages, each once; the first is the default."""

    child = LanguageField()
    default_error_messages = {"twice": "Name each language once."}

    def to_internal_value(self, data: Any) -> list[str]:
        """Refuse a language that is named twice."""
        languages: list[str] = super().to_internal_value(data)
        if len({language.lower() for language in languages}) < len(languages):
            self.fail("twice")
        return languages


class MarketOutput(serializers.ModelSerializer[Market]):
    """Where a sale happens."""

    class Meta:
        """All of it but the version that caches use."""

        model = Market
        fields = (
            "id",
            "code",
            "name",
            "currency",
            "countries",
            "languages",
            "prices_include_tax",
            "tax_country",
            "tax_service",
            "rounding",
            "rounding_place",
            "cash_step",
            "is_default",
            "is_active",
            "position",
        )
        read_only_fields = fields


class MarketInput(StrictSerializer):
    """A new market."""

    code = TextField(max_length=30, validators=[validate_slug], help_text="Unique; as `?market=` names it.")
    name = TextField(max_length=80)
    currency = serializers.ChoiceField(choices=sorted(CURRENCIES), help_text="ISO 4217.")
    countries = CountriesField(min_length=1, max_length=len(COUNTRIES), help_text="The first is the default.")
    languages = LanguagesField(min_length=1, max_length=MAX_LANGUAGES, help_text="The first is the default.")
    prices_include_tax = BooleanField(help_text="Gross prices, shown with tax, or net ones, to which tax is added.")
    rounding = serializers.ChoiceField(
        choices=ROUNDINGS,
        required=False,
        help_text="What becomes of half a minor unit: half_up (the default) or half_even.",
    )
    rounding_place = serializers.ChoiceField(
        choices=Market.RoundingPlace.choices,
        required=False,
        help_text="Discounts and taxes are rounded line by line (the default), or once in total over what is taxed "
        "alike.",
    )
    cash_step = IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_CASH_STEP,
        help_text="Totals become a multiple of this, in minor units: 5 for Swiss francs. 1, the default, is none.",
    )
    tax_country = BlankCountryField(
        required=False,
        help_text="Where the seller is registered for VAT: businesses of other EU countries pay by reverse "
        "charge then. Blank: never.",
    )
    tax_service = TextField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Who is asked which taxes apply, by its name in the shop's settings. Blank: nobody, the tax rates "
        "here hold.",
    )
    is_default = BooleanField(required=False, help_text="For requests that name no market; takes it from another one.")
    is_active = BooleanField(required=False)
    position = IntegerField(required=False, min_value=0, max_value=MAX_POSITION)


class MarketPatch(AllOptional, MarketInput):
    """What can change of a market: any of it; the currency only until there are prices in it."""


class TaxCategoryOutput(serializers.ModelSerializer[TaxCategory]):
    """A kind of goods that is taxed alike."""

    class Meta:
        """All of it."""

        model = TaxCategory
        fields = ("id", "code", "name", "is_default")
        read_only_fields = fields


class TaxCategoryInput(StrictSerializer):
    """A new tax category."""

    code = TextField(max_length=30, validators=[validate_slug], help_text="Unique; as products name it.")
    name = TextField(max_length=80)
    is_default = BooleanField(required=False, help_text="For what names none; takes it from another one.")


class TaxCategoryPatch(AllOptional, TaxCategoryInput):
    """What can change of a tax category: any of it."""


class TaxRateOutput(serializers.ModelSerializer[TaxRate]):
    """What a place takes of a category during a time."""

    category = serializers.CharField(source="category.code", max_length=30)

    class Meta:
        """All of it, the category by its code."""

        model = TaxRate
        fields = (
            "id",
            "category",
            "country",
            "region",
            "postal_code_from",
            "postal_code_until",
            "name",
            "rate_ppm",
            "is_compound",
            "position",
            "valid_from",
            "valid_until",
        )
        read_only_fields = fields


class TaxRateInput(StrictSerializer):
    """A new tax rate."""

    category = TextField(max_length=30, help_text="The code of a tax category.")
    country = CountryField()
    region = TextField(
        max_length=10, required=False, allow_blank=True, help_text="Such as CA in US; blank is all of the country."
    )
    postal_code_from = TextField(
        max_length=20, required=False, allow_blank=True, help_text="The first postal code; blank is everywhere."
    )
    postal_code_until = TextField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="The last one, with all that begin with it: 35 holds 35001. Left out it is the first one.",
    )
    name = TextField(max_length=60, help_text="As the invoice calls it.")
    rate_ppm = IntegerField(min_value=0, max_value=1_000_000, help_text="Millionths: 21 % is 210000, 8.875 % is 88750.")
    is_compound = BooleanField(required=False, help_text="Taken of the price with the taxes before it.")
    position = IntegerField(
        required=False, min_value=0, max_value=MAX_POSITION, help_text="The order in which several taxes are taken."
    )
    valid_from = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: since ever.")
    valid_until = serializers.DateTimeField(required=False, allow_null=True, help_text="Exclusive. Null: for ever.")


class TaxRatePatch(AllOptional, TaxRateInput):
    """What can change of a tax rate: any of it."""


class TaxRateQuery(PageQuery):
    """The filters of tax rates."""

    country = serializers.CharField(required=False, max_length=2, help_text="ISO 3166-1 alpha-2.")
    region = serializers.CharField(required=False, max_length=10, help_text="Its code.")
    postal_code = serializers.CharField(
        required=False, max_length=20, help_text="Only rates whose range of postal codes holds this one."
    )
    category = serializers.CharField(required=False, max_length=30, help_text="A tax category's code.")


@extend_schema_field({"$ref": "#/components/schemas/Currency"})
class CurrencyField(serializers.ChoiceField):
    """A currency's code, ISO 4217."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer those that there are."""
        super().__init__(choices=sorted(CURRENCIES), **kwargs)


@extend_schema_field({"type": "string", "maxLength": 25, "pattern": _RATE.pattern, "example": "1.0876"})
class RateField(serializers.DecimalField):
    """A positive decimal as text, exact: `"1.0876"`. A JSON number is refused, since it may be a float."""

    default_error_messages = {
        "text": 'Write the rate as text, such as "1.0876": above zero, twelve digits before and after the point.'
    }

    def __init__(self, **kwargs: Any) -> None:
        """Twelve digits before the point and after it."""
        super().__init__(max_digits=24, decimal_places=12, min_value=Decimal("0.000000000001"), **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Take text only."""
        if not isinstance(data, str) or not _RATE.match(data):
            self.fail("text")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> str:
        """Write it without zeros that say nothing."""
        return f"{Decimal(value).normalize():f}"


class CurrencyRateOutput(serializers.ModelSerializer[CurrencyRate]):
    """What one unit of a currency was worth in another on a day."""

    rate = RateField()

    class Meta:
        """All of it."""

        model = CurrencyRate
        fields = ("id", "base", "quote", "rate", "valid_on", "source")
        read_only_fields = fields


class CurrencyRateInput(StrictSerializer):
    """A new currency rate."""

    base = CurrencyField(help_text="ISO 4217: one unit of this ...")
    quote = CurrencyField(help_text="... was worth `rate` units of this.")
    rate = RateField(help_text="Text, in whole units of either currency.")
    valid_on = serializers.DateField(help_text="The day that it is of.")
    source = TextField(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        max_length=80, help_text="Who says so, such as ECB."
    )


class CurrencyRatePatch(AllOptional, CurrencyRateInput):
    """What can change of a currency rate: any of it."""


class CurrencyRateQuery(PageQuery):
    """The filters of currency rates."""

    base = serializers.CharField(required=False, max_length=3, help_text="ISO 4217.")
    quote = serializers.CharField(required=False, max_length=3, help_text="ISO 4217.")
