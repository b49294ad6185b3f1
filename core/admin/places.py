"""Countries as people type them: an English name or a two-letter code, stored as the code."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin.forms import WordListField
from core.places import COUNTRIES

HOW_TO_WRITE = "English names or two-letter codes, such as Spain or ES"


def country_name(code: str) -> str:
    """Return a country's name in English, or the code of one that nobody knows."""
    return Locale("en").territories.get(code, code)


@cache
def _codes() -> dict[str, str]:
    """Return codes by names, both as they are compared: in small letters."""
    names = {country_name(code).casefold(): code for code in COUNTRIES}
    return names | {code.casefold(): code for code in COUNTRIES}


def country_code(text: str) -> str | None:
    """Return the code of a country that is named or coded; None if nobody knows it."""
    return _codes().get(" ".join(text.split()).casefold())


class CountryField(forms.CharField):
    """One country."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        """Leave room for names: cut off after two letters, Austria would be Australia."""
        kwargs.pop("max_length", None)
        super().__init__(**({"help_text": f"{HOW_TO_WRITE}."} | kwargs | {"max_length": 60}))

    def clean(self, value: Any) -> str:
        """Return the code."""
        text = str(super().clean(value))
        code = country_code(text) if text else ""
        if code is None:
            message = f"{text} is not a country. Write {HOW_TO_WRITE}."
            raise forms.ValidationError(message)
        return code


class CountryListField(WordListField):
    """Countries with commas between them, in an order that matters."""

    def to_python(self, value: Any) -> Any:
        """Return the codes, each once; name what is no country."""
        words = super().to_python(value)
        unknown = [word for word in words if country_code(word) is None]
        if unknown:
            message = f"Not a country: {', '.join(unknown[:5])}. Write {HOW_TO_WRITE}, with commas between."
            raise forms.ValidationError(message)
        return list(dict.fromkeys(country_code(word) for word in words))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare countries; what can't be read is a change."""
        try:
            return super().has_changed(initial, data)
        except forms.ValidationError:
            return True
