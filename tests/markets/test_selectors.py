"""Which market and which language a request gets."""

import pytest

from markets.exceptions import LanguageUnknown, MarketUnknown
from markets.selectors import language_for, market_for
from tests.factories.catalogue import market_make, us_market_make


@pytest.mark.django_db
def test_market_by_code_or_the_default() -> None:
    market_make()
    us_market_make()
    assert [market_for("us").code, market_for(None).code] == ["us", "eu"]


@pytest.mark.django_db
def test_without_a_default_the_first_active_market() -> None:
    market_make("off", is_active=False, is_default=True, position=0)
    market_make("second", is_default=False, position=2)
    market_make("first", is_default=False, position=1)
    assert market_for(None).code == "first"


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["nope", "", "off", "EU", None])
def test_unknown_or_inactive_market(code: str | None) -> None:
    market_make("off", is_active=False)
    with pytest.raises(MarketUnknown):
        market_for(code)


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("es", "", "es"),
        ("ES", "", "es"),
        ("es-MX", "", "es"),
        ("pt", "", "pt-BR"),
        ("es", "en", "es"),
        (None, "", "en"),
        (None, "fr;q=0.9, es;q=0.5", "es"),
        (None, "es;q=0.3, pt-br", "pt-BR"),
        (None, "fr, *;q=0.1", "en"),
        (None, "es;q=0", "en"),
        (None, "es;q=nan, ;;, =", "en"),
    ],
)
def test_language(wanted: str | None, accepted: str, language: str) -> None:
    assert language_for(["en", "es", "pt-BR"], wanted=wanted, accepted=accepted) == language


def test_a_language_that_is_named_and_not_kept_is_refused() -> None:
    with pytest.raises(LanguageUnknown, match="en, es"):
        language_for(["en", "es"], wanted="fr")
