"""Addresses by their country's rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from users.addresses import FIELDS, AddressInput, address_check, region_name
from users.exceptions import AddressInvalid
from users.places import COUNTRY_NAMES, country_of

BASE = {"name": "Ana Pérez", "line1": "Calle 1 # 2-3", "city": "Somewhere"}


def errors_of(data: dict[str, Any], pointer: str = "") -> dict[str | None, str]:
    with pytest.raises(AddressInvalid) as caught:
        address_check(data, pointer=pointer)
    return {error.pointer: error.code for error in caught.value.errors}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            {"country": "us", "region": "california", "postal_code": " 90210 ", "phone": "(202) 555-0123"},
            ("CA", "90210", "+12025550123"),
        ),
        ({"country": "US", "region": "CA", "postal_code": "902101234"}, ("CA", "90210-1234", "")),
        ({"country": "US", "region": "PR", "postal_code": "00901"}, ("PR", "00901", "")),
        ({"country": "GB", "postal_code": "sw1a1aa", "phone": "020 7946 0958"}, ("", "SW1A 1AA", "+442079460958")),
        ({"country": "GB", "region": "Kent", "postal_code": "M2 5BQ"}, ("Kent", "M2 5BQ", "")),
        ({"country": "DE", "postal_code": "10115", "phone": "030 901820"}, ("", "10115", "+4930901820")),
        (
            {"country": "ES", "region": "Alava", "postal_code": "01001", "phone": "912345678"},
            ("VI", "01001", "+34912345678"),
        ),
        ({"country": "ES", "region": "Araba", "postal_code": "01001"}, ("VI", "01001", "")),
        (
            {"country": "MX", "region": "CDMX", "postal_code": "06082", "phone": "55 1234 5678"},
            ("CMX", "06082", "+525512345678"),
        ),
        ({"country": "MX", "region": "N.L.", "postal_code": "64000"}, ("NLE", "64000", "")),
        (
            {"country": "BR", "region": "sao paulo", "postal_code": "01310100", "phone": "11 91234-5678"},
            ("SP", "01310-100", "+5511912345678"),
        ),
        ({"country": "CL", "region": "Región Metropolitana", "phone": "+56 2 2123 4567"}, ("RM", "", "+56221234567")),
        ({"country": "CL"}, ("", "", "")),
        ({"country": "HN", "region": "Cortés", "phone": "2234-5678"}, ("Cortés", "", "+50422345678")),
        (
            {"country": "JP", "region": "東京都", "postal_code": "１５４ー００２３".replace("ー", "-"), "city": ""},
            ("13", "154-0023", ""),
        ),
        ({"country": "JP", "region": "Tōkyō", "postal_code": "1540023"}, ("13", "154-0023", "")),
        ({"country": "IE", "region": "Dublin", "postal_code": "d02x285"}, ("D", "D02 X285", "")),
        ({"country": "CA", "region": "Québec", "postal_code": "h3z2y7"}, ("QC", "H3Z 2Y7", "")),
        ({"country": "HK", "region": "Kowloon", "postal_code": "00000"}, ("Kowloon", "", "")),
    ],
)
def test_kept_as_the_country_writes_it(typed: dict[str, str], kept: tuple[str, str, str]) -> None:
    address = address_check(BASE | typed)
    assert (address["region"], address["postal_code"], address["phone"]) == kept
    assert tuple(address) == FIELDS
    assert address_check(address) == address


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"country": "US"}, {"/region": "required", "/postal_code": "required"}),
        ({"country": "US", "region": "CA", "postal_code": "10001"}, {"/postal_code": "postal_code_elsewhere"}),
        (
            {"country": "US", "region": "Kalifornia", "postal_code": "9021", "phone": "12"},
            {"/region": "unknown_region", "/postal_code": "invalid_postal_code", "/phone": "invalid_phone"},
        ),
        ({"country": "US", "region": "CA", "postal_code": "90210", "phone": "555-0100"}, {"/phone": "invalid_phone"}),
        ({"country": "GB"}, {"/postal_code": "required"}),
        ({"country": "GB", "postal_code": "10115"}, {"/postal_code": "invalid_postal_code"}),
        ({"country": "DE", "postal_code": "1011"}, {"/postal_code": "invalid_postal_code"}),
        ({"country": "DE", "postal_code": "10115", "city": "  "}, {"/city": "required"}),
        ({"country": "ES", "postal_code": "28001"}, {"/region": "required"}),
        ({"country": "ES", "region": "Madrid", "postal_code": "08001"}, {"/postal_code": "postal_code_elsewhere"}),
        ({"country": "MX", "region": "CDMX"}, {"/postal_code": "required"}),
        ({"country": "BR", "region": "XX", "postal_code": "01310-100"}, {"/region": "unknown_region"}),
        ({"country": "CL", "postal_code": "834"}, {"/postal_code": "invalid_postal_code"}),
        ({"country": "HN"}, {"/region": "required"}),
        ({"country": "JP", "region": "Tokyo", "postal_code": "999-99999"}, {"/postal_code": "invalid_postal_code"}),
        ({"country": "DE", "postal_code": "10115", "phone": "030 901820 ext. 5"}, {"/phone": "invalid_phone"}),
        ({"country": "ZZ"}, {"/country": "unknown_country"}),
        ({"country": "EU"}, {"/country": "unknown_country"}),
        ({"country": "Ü1"}, {"/country": "unknown_country"}),
        ({"country": ""}, {"/country": "required"}),
        ({"country": "DE", "postal_code": "10115", "line2": "a\x1bb"}, {"/line2": "control_character"}),
        ({"country": "DE", "postal_code": "10115", "name": " "}, {"/name": "required"}),
    ],
)
def test_refused_with_the_place_of_each_error(typed: dict[str, str], errors: dict[str, str]) -> None:
    assert errors_of(BASE | typed) == errors
    below = {f"/shipping_address{place}": code for place, code in errors.items()}
    assert errors_of(BASE | typed, "/shipping_address") == below


def test_error_gives_an_example() -> None:
    with pytest.raises(AddressInvalid) as caught:
        address_check(BASE | {"country": "DE", "postal_code": "abc"})
    assert caught.value.detail == "Germany: this is not a postal code; they are like 26133."


def test_blanks_are_collapsed_and_nothing_else_is_lost() -> None:
    address = address_check(
        {"name": " Ana\n Pérez ", "line1": "1\t Main", "city": "Berlin", "country": "DE", "postal_code": "10115"}
    )
    assert (address["name"], address["line1"], address["company"]) == ("Ana Pérez", "1 Main", "")


def test_region_names_for_people() -> None:
    assert region_name("US", "CA") == "California"
    assert region_name("JP", "13") == "Tokyo"
    assert region_name("HN", "Cortés") == "Cortés"
    assert region_name("", "") == ""


def test_every_country_is_known_and_no_code_is_ambiguous() -> None:
    assert len(COUNTRY_NAMES) == 250
    for code in COUNTRY_NAMES:
        country = country_of(code)
        assert country is not None
        codes = {region.code for region in country.regions.values()}
        found = {each: country.region_of(each) for each in codes}
        assert {each: region.code for each, region in found.items() if region} == {each: each for each in codes}, code


def is_taken(address: dict[str, str]) -> bool:
    try:
        address_check(address)
    except AddressInvalid:
        return False
    return True


def test_every_country_takes_an_address_made_of_its_own_examples() -> None:
    for code in COUNTRY_NAMES:
        country = country_of(code)
        assert country is not None
        regions = {region.code for region in country.regions.values()} or {"Any"}
        postal_codes = {region.postal_code_example for region in country.regions.values()} | {
            "",
            *country.postal_code_examples,
        }
        typed = [BASE | {"country": code, "region": r, "postal_code": p} for r in regions for p in postal_codes]
        assert any(is_taken(address) for address in typed), code


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)),
    st.sampled_from(["US", "DE", "JP", "BR", "GB", "HN"]),
)
def test_any_text_is_checked_or_refused_and_a_checked_one_stays(data: dict[str, str], country: str) -> None:
    try:
        address = address_check({**data, "country": country})
    except AddressInvalid as refused:
        assert refused.errors
    else:
        assert address_check(address) == address


@pytest.mark.parametrize("data", [{}, {"name": 1}, {"surprise": "x"}, {"name": "x" * 151}, [], None, "text"])
def test_input_refuses_other_shapes(data: Any) -> None:
    assert not AddressInput(data=data).is_valid()


def test_input_takes_null_for_what_may_be_blank() -> None:
    serializer = AddressInput(data=BASE | {"country": "CL", "phone": None, "region": None})
    assert serializer.is_valid(), serializer.errors
    assert address_check(serializer.validated_data)["phone"] == ""
