"""Country codes, and the field that takes them."""

import pytest
from rest_framework.exceptions import ValidationError

from core.places import COUNTRIES
from core.serializers import CountryField


def test_every_country_of_the_standard_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert {"ES", "US", "GB", "CL", "JP", "XK"} <= COUNTRIES
    assert not {"EU", "UK", "ZZ", "XX"} & COUNTRIES


@pytest.mark.parametrize("code", ["UK", "es", "ESP", "", "E", "ÉS", 34, None, ["ES"], "E\ud800"])
def test_field_takes_codes_only(code: object) -> None:
    with pytest.raises(ValidationError):
        CountryField().run_validation(code)


def test_field_gives_the_code() -> None:
    assert CountryField().run_validation("ES") == "ES"
