"""Whether a cart is taxed at all, and why: pure. Which rates apply when it is, is taxes.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cart.amounts import Exemption
from core.places import Place
from users.selectors import TaxExemption
from users.vat_ids import EU_COUNTRIES, country_of_vat_id


class TaxRule(StrEnum):
    """What was decided."""

    CHARGED = "charged"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """Where the sale is taxed, by which rule, on what ground, and the reason in a sentence."""

    rule: TaxRule
    place: Place
    source: str
    detail: str
    label: str = ""
    """What stands in the explanation in place of the tax."""
    reference: str = ""
    """By which a tax service finds its answer again."""

    @property
    def exemption(self) -> Exemption | None:
        """Return why no tax is paid; None when it is."""
        return None if self.rule is TaxRule.CHARGED else Exemption(self.label, self.source)

    def told(self) -> dict[str, Any]:
        """Return it as the API answers it and an order keeps it."""
        return {
            "rule": str(self.rule),
            "country": self.place.country,
            "region": self.place.region,
            "postal_code": self.place.postal_code,
            "source": self.source,
            "detail": self.detail,
        } | ({"reference": self.reference} if self.reference else {})


def tax_decision(place: Place, *, seller_country: str, vat_id: str, exemption: TaxExemption | None) -> TaxDecision:
    """Decide whether a buyer pays tax at a place.

    A customer with a certificate pays none. A business with a VAT id of another EU country than the seller's, to which
    goods go in another EU country than the seller's, owes the tax itself (reverse charge, Directive 2006/112/EC,
    articles 138 and 196). Everybody else pays what the place takes. `seller_country` is blank for a seller who isn't
    registered in the EU, or doesn't say where.
    """
    if exemption is not None:
        number = f" {exemption.number}" if exemption.number else ""
        return TaxDecision(
            TaxRule.EXEMPT,
            place,
            f"tax-exemption:{exemption.user_id}",
            f"The customer is exempt: {exemption.reason}{number}.",
            f"Tax-exempt: {exemption.reason}{number}",
        )
    if not vat_id:
        return TaxDecision(TaxRule.CHARGED, place, "tax-rates", f"Taxed as {place.country} taxes private buyers.")
    why_not = _why_charged(place, seller_country, vat_id)
    if why_not:
        return TaxDecision(TaxRule.CHARGED, place, "tax-rates", why_not)
    return TaxDecision(
        TaxRule.REVERSE_CHARGE,
        place,
        f"vat-id:{vat_id}",
        f"Reverse charge: the buyer, {vat_id}, owes the VAT in {place.country}.",
        f"Reverse charge, VAT id {vat_id}",
    )


def _why_charged(place: Place, seller_country: str, vat_id: str) -> str:
    """Return why a VAT id changes nothing; blank when it does."""
    if seller_country not in EU_COUNTRIES:
        return "The VAT id changes nothing: this market's seller is not registered for VAT in the EU."
    if country_of_vat_id(vat_id) == seller_country:
        return f"The VAT id changes nothing: it is of {seller_country}, as the seller is, so VAT is charged."
    if place.country == seller_country:
        return f"The VAT id changes nothing: the goods stay in {seller_country}, so its VAT is charged."
    if place.country not in EU_COUNTRIES and not _is_northern_ireland(place):
        return f"The VAT id changes nothing: {place.country} is not in the EU."
    return ""


def _is_northern_ireland(place: Place) -> bool:
    """Tell whether it is a place that the EU's VAT on goods still holds for; its postal codes begin with BT."""
    return place.country == "GB" and place.postal_code.startswith("BT")
