"""VAT identification numbers of the European Union: their form and check digits. Nobody is asked over the network."""

from __future__ import annotations

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from core.problems import FieldError
from users.exceptions import VatIdInvalid

EU_COUNTRIES = frozenset(code.upper() for code in vat.MEMBER_STATES) - {"XI"}
MAX_VAT_ID = 20


def vat_id_check(text: str, *, pointer: str) -> str:
    """Return a VAT id as it is stored: with its country's letters, without blanks and dots.

    Raises:
        VatIdInvalid: it isn't one of a member state, or of Northern Ireland, by that country's own rules.
    """
    tidy = "".join(text.upper().split())
    # Greece writes EL on its numbers, and GR everywhere else.
    tidy = f"EL{tidy[2:]}" if tidy.startswith("GR") else tidy
    country = country_of_vat_id(tidy)
    if country not in EU_COUNTRIES and country != "XI":
        raise _refusal("Begin with the letters of the EU country that gave it, such as DE or EL, or with XI.", pointer)
    try:
        return str(vat.validate(tidy))
    except ValidationError as error:
        raise _refusal(f"{tidy[:2]} gives no such number: a digit is wrong, missing or too many.", pointer) from error


def country_of_vat_id(vat_id: str) -> str:
    """Return the country that gave a number: a code of ISO 3166-1, or XI for Northern Ireland."""
    return "GR" if vat_id[:2] == "EL" else vat_id[:2]


def _refusal(detail: str, pointer: str) -> VatIdInvalid:
    return VatIdInvalid(detail, errors=(FieldError(VatIdInvalid.code, detail, pointer),))
