"""What pages are filled in with: money typed as people write it, lists of words, fields that tell of a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.core.validators import validate_slug
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from core.money import MoneyError, parse_decimal, to_decimal_text

PPM_PER_PERCENT = 10_000


def percent_text(rate_ppm: int) -> str:
    """Write millionths in percent, exactly: 255000 as `25.5`."""
    return f"{(Decimal(rate_ppm) / PPM_PER_PERCENT).normalize():f}"


def ppm_of(percent: Decimal) -> int:
    """Return percent in millionths."""
    return int(percent * PPM_PER_PERCENT)


class PercentField(forms.DecimalField):
    """A percentage with four decimals at the most, since what is stored are millionths; % behind it is harmless."""

    widget = UnfoldAdminTextInputWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Write a number with a point in it, not a comma, such as 25.5."
    }

    def __init__(self, **kwargs: Any) -> None:
        """Take what is from 0 to 100."""
        super().__init__(**({"min_value": 0, "max_value": 100, "decimal_places": 4, "max_digits": 7} | kwargs))

    def to_python(self, value: Any) -> Any:
        """Leave the sign away."""
        return super().to_python(value.strip().removesuffix("%").strip() if isinstance(value, str) else value)


class CodeField(forms.CharField):
    """A short name for machines."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> Any:
        """Say which letters it is made of."""
        text = super().clean(value)
        try:
            if text:
                validate_slug(text)
        except forms.ValidationError as error:
            message = "Use the letters a to z, digits, dashes and underscores only, such as north-america."
            raise forms.ValidationError(message) from error
        return text


class DayAndTimeField(forms.SplitDateTimeField):
    """A moment; a day without a time is its first moment."""

    def compress(self, data_list: Any) -> Any:
        """Fill in midnight."""
        if data_list and data_list[0] and not data_list[1]:
            data_list = [data_list[0], time.min]
        return super().compress(data_list)


class WordListField(forms.CharField):
    """A list of words typed with commas between them, in an order that matters."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """Write the stored list as it is typed."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Split; a word given twice stands where it was first."""
        parts = str(super().to_python(value) or "").split(",")
        return list(dict.fromkeys(word for part in parts if (word := part.strip())))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, so that a space typed more is no change."""
        return self.disabled is False and list(initial or []) != self.to_python(data)


class ChosenText(forms.Select):
    """A choice that was made for good: its words, and nothing to change them with."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write the words of the chosen value."""
        words = next((label for choice, label in self.choices if str(choice) == str(value)), value or "")
        return format_html('<span class="tnd-chosen">{}</span>', words)


def fix_choice(form: forms.BaseForm, *names: str) -> None:
    """Show choices of a stored row as words; what is sent for them is ignored."""
    for name in names:
        field = form.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            words = ChosenText()
            words.choices = list(field.choices)  # type: ignore[arg-type]
            field.disabled, field.widget = True, words


def named_choices(names: Sequence[str], stored: str) -> list[tuple[str, str]]:
    """Return the services of the settings to choose from, and nobody; one that isn't there any more stays, marked."""
    choices = [("", "Nobody"), *((name, name) for name in names)]
    if stored and stored not in names:
        choices.append((stored, f"{stored} (not in the settings any more)"))
    return choices


class LeavesRulesToServices:
    """Mixed into a form of rows that services write: they refuse in sentences, the schema's rules by their names."""

    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the form's own check from them; Django's forms have no switch for it."""
        super().__init__(*args, **kwargs)
        self.instance.validate_constraints = _check_nothing


def _check_nothing(exclude: Any = None) -> None:
    """Stand in for a row's check of its constraints."""


class AmountInput(UnfoldAdminTextInputWidget):
    """A narrow text input that phones open a number pad for."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Keep the browser from any formatting of its own: `19.99` is sent as it is typed."""
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "tnd-amount"} | (attrs or {}))


class AmountField(forms.CharField):
    """An amount typed in the currency's main unit (`19.99`); a `MoneyForm` turns it into minor units."""

    widget = AmountInput

    def __init__(self, **kwargs: Any) -> None:
        """Bound the text, so that nothing long is parsed."""
        super().__init__(**({"max_length": 40} | kwargs))

    def show_currency(self, currency: str) -> None:
        """Write the currency behind what is typed."""
        self.widget.attrs |= {"suffix": currency, "class": f"{self.widget.attrs['class']} tnd-in"}


class MoneyForm(forms.ModelForm):
    """A form with `AmountField`s: reads and writes them in the currency that the row belongs to."""

    money_fields: ClassVar[Sequence[str]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Write stored minor units as people read them."""
        super().__init__(*args, **kwargs)
        currency = self.stored_currency()
        for name in self.money_fields:
            amount = getattr(self.instance, name)
            if name in self.fields and currency and amount is not None:
                self.initial[name] = to_decimal_text(amount, currency)
                cast(AmountField, self.fields[name]).show_currency(currency)

    # Not abstract methods, since Django's forms have a metaclass of their own; a guessed currency would be wrong money.
    # tests/admin/test_every_model.py sees that every form answers both.

    def stored_currency(self) -> str | None:
        """Return the currency of the stored row; None for a new one."""
        raise NotImplementedError

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of what was typed; None when what it depends on isn't valid."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into minor units, exactly."""
        cleaned = super().clean() or self.cleaned_data
        currency = self.chosen_currency(cleaned)
        for name in self.money_fields:
            if name not in cleaned:
                continue
            text = cleaned.pop(name)
            if not text:
                cleaned[name] = None
            elif currency is not None:
                try:
                    cleaned[name] = parse_decimal(text, currency)
                except MoneyError as error:
                    self.add_error(name, f"{error}.")
                else:
                    if cleaned[name] < 0:
                        self.add_error(name, "An amount can't be below zero.")
        return cleaned
