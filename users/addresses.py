"""Addresses as their country wants them: one check for address books, carts and orders. Keeping them is elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import phonenumbers
from rest_framework import serializers

from core.problems import FieldError
from core.serializers import StrictSerializer, TextField
from users.exceptions import AddressInvalid
from users.places import Country, country_of

FIELDS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")

Address = dict[str, str]
"""The nine fields, each a text, blank where there is nothing."""


class AddressInput(StrictSerializer):
    """A postal address as people type it. What its country demands is checked by `address_check` afterwards."""

    name = TextField(max_length=150, help_text="Who receives it.")
    company = TextField(max_length=150, required=False, allow_blank=True, allow_null=True)
    line1 = TextField(max_length=200, help_text="Street and number.")
    line2 = TextField(max_length=200, required=False, allow_blank=True, allow_null=True)
    city = TextField(max_length=120, required=False, allow_blank=True, allow_null=True)
    region = TextField(
        max_length=120,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="State, province or county, by code or name; required where the country's addresses have one.",
    )
    postal_code = TextField(
        max_length=20,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Required where the country has them.",
    )
    country = TextField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = TextField(
        max_length=32,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="As it is dialled in that country, or with + and the country's prefix.",
    )


class AddressOutput(serializers.Serializer[Any]):
    """A checked address: the region by its ISO 3166-2 code where the country has them, the phone in E.164."""

    name = serializers.CharField(max_length=150)
    company = serializers.CharField(max_length=150, allow_blank=True)
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, allow_blank=True)
    city = serializers.CharField(max_length=120, allow_blank=True)
    region = serializers.CharField(max_length=120, allow_blank=True, help_text="Such as CA in the US.")
    postal_code = serializers.CharField(max_length=20, allow_blank=True)
    country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = serializers.CharField(max_length=32, allow_blank=True, help_text="E.164, such as +12025550123.")


def address_check(data: Mapping[str, Any], *, pointer: str = "") -> Address:
    """Return the address tidied as its country writes it; checking what it returned changes nothing more.

    Blanks are collapsed; the country, a region that is known and the postal code become their canonical spelling; the
    phone becomes E.164. A region in a country that names none is kept as it was typed, since it may help the postman;
    a postal code in a country without them is dropped. `pointer` is where the address lies in the body.

    Raises:
        AddressInvalid: everything that is wrong with it, each with its place and a remedy.
    """
    address = {field: " ".join(str(data.get(field) or "").split()) for field in FIELDS}
    errors = [
        _error("control_character", field, "Text can't hold control characters.") for field in _unprintable(address)
    ]
    address["country"] = address["country"].upper()
    errors += [_required(field, word) for field, word in _ALWAYS.items() if not address[field]]
    country = country_of(address["country"])
    if country is None and address["country"]:
        errors.append(_error("unknown_country", "country", "Give the country's ISO 3166-1 code of two letters."))
    elif country is not None:
        errors += _check_place(address, country)
        errors += _check_phone(address, country)
    if errors:
        raise AddressInvalid(pointer, errors)
    return address


def region_name(country: str, region: str) -> str:
    """Return a region's name as people read it ("California" for CA in US); what isn't known comes back as it is."""
    rules = country_of(country)
    found = rules.region_of(region) if rules and region else None
    return found.name if found else region


_ALWAYS = {
    "name": "Give the name of who receives it.",
    "line1": "Give the street and number.",
    "country": "Give the country.",
}


def _unprintable(address: Address) -> list[str]:
    # Joiners and direction marks (Cf) belong to the writing of Arabic, Persian and Hindi names; only Cc is refused.
    return [field for field, text in address.items() if any(unicodedata.category(letter) == "Cc" for letter in text)]


def _check_place(address: Address, country: Country) -> list[FieldError]:
    errors = []
    if country.is_city_required and not address["city"]:
        errors.append(_required("city", "Give the city or town."))
    errors += _check_region(address, country)
    errors += _check_postal_code(address, country)
    return errors


def _check_region(address: Address, country: Country) -> list[FieldError]:
    region = country.region_of(address["region"])
    if region is not None:
        address["region"] = region.code
        return []
    if not country.is_region_required:
        return []
    known = list({found.code: found for found in country.regions.values()}.values())
    example = f", such as {known[0].code} ({known[0].name})" if known else ""
    word = country.region_word
    if not address["region"]:
        return [_required("region", f"{country.name}: an address needs the {word}{example}.")]
    if known:
        return [
            _error(
                "unknown_region", "region", f"{country.name}: there is no such {word}; give its code or name{example}."
            )
        ]
    return []


def _check_postal_code(address: Address, country: Country) -> list[FieldError]:
    if not country.has_postal_codes:
        address["postal_code"] = ""
        return []
    region = country.region_of(address["region"])
    example = next(iter(country.postal_code_examples), "")
    such_as = f", such as {example}" if example else ""
    if not address["postal_code"]:
        detail = f"{country.name}: an address needs the postal code{such_as}."
        return [_required("postal_code", detail)] if country.is_postal_code_required else []
    code = address["postal_code"] = _tidied_postal_code(address["postal_code"], country)
    if country.postal_code_pattern and not country.postal_code_pattern.fullmatch(code):
        return [
            _error(
                "invalid_postal_code",
                "postal_code",
                f"{country.name}: this is not a postal code; they are like {example or 'others there'}.",
            )
        ]
    if region and region.postal_code_start and not region.postal_code_start.match(code):
        start = f" (they are like {region.postal_code_example})" if region.postal_code_example else ""
        detail = f"{code} is not a postal code of {region.name}{start}; correct it or the {country.region_word}."
        return [_error("postal_code_elsewhere", "postal_code", detail)]
    return []


def _tidied_postal_code(text: str, country: Country) -> str:
    """Write a postal code as the country's examples are written: capitals, plain digits, blanks and dashes in place."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in plain)
    letters = re.sub(r"[\s\u2010-\u2015-]", "", plain)
    alike = [example for example in country.postal_code_examples if len(_shape(example)) == len(letters)]
    for example in sorted(alike, key=lambda example: _shape(example) != _shape(letters)):
        rest = iter(letters)
        tidied = "".join(next(rest) if letter.isalnum() else letter for letter in example)
        if country.postal_code_pattern is None or country.postal_code_pattern.fullmatch(tidied):
            return tidied
    return plain


def _shape(code: str) -> str:
    return "".join("9" if letter.isdigit() else "A" for letter in code if letter.isalnum())


def _check_phone(address: Address, country: Country) -> list[FieldError]:
    if not address["phone"]:
        return []
    phone = phone_of(address["phone"], country.code)
    if phone is not None:
        address["phone"] = phone
        return []
    return [_error("invalid_phone", "phone", f"This is not a phone number; give it {phone_example(country.code)}.")]


def phone_of(text: str, country: str | None) -> str | None:
    """Return a phone number in E.164; None when it can't be one (only its length is judged: new prefixes appear)."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    is_possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not is_possible or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_example(country: str | None) -> str:
    """Say how a number of the country is given, by an example."""
    number = phonenumbers.example_number(country) if country else None
    if number is None:
        return "with + and the country's prefix, such as +34 912 345 678, without extension"
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"as it is dialled there or with + and the country's prefix, such as {international}, without extension"


def _error(code: str, field: str, detail: str) -> FieldError:
    return FieldError(code=code, detail=detail, pointer=f"/{field}")


def _required(field: str, detail: str) -> FieldError:
    return _error("required", field, detail)
