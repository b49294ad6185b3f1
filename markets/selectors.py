"""Reads of markets and taxes. What is sold in a market belongs to products, what is taxed to cart."""

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from core.problems import NotFound
from markets.exceptions import LanguageUnknown, MarketUnknown
from markets.models import Market, TaxCategory, TaxRate
from users.callers import Caller


def market_list(caller: Caller) -> QuerySet[Market]:
    """Return the active markets; to who may see settings, all of them."""
    return Market.objects.all() if caller.may("settings:read") else Market.objects.filter(is_active=True)


def market_get(market_id: uuid.UUID, caller: Caller) -> Market:
    """Return one market that the caller may see.

    Raises:
        NotFound: there is none.
    """
    market = market_list(caller).filter(pk=market_id).first()
    if market is None:
        raise NotFound
    return market


def tax_category_list() -> QuerySet[TaxCategory]:
    """Return all tax categories."""
    return TaxCategory.objects.all()


def tax_category_get(category_id: uuid.UUID) -> TaxCategory:
    """Return one tax category.

    Raises:
        NotFound: there is none.
    """
    category = TaxCategory.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def tax_rate_list(*, country: str | None = None, category: str | None = None) -> QuerySet[TaxRate]:
    """Return tax rates with their categories, of one country or category if named."""
    rates = TaxRate.objects.select_related("category")
    if country is not None:
        rates = rates.filter(country=country)
    return rates if category is None else rates.filter(category__code=category)


def tax_rate_get(rate_id: uuid.UUID) -> TaxRate:
    """Return one tax rate.

    Raises:
        NotFound: there is none.
    """
    rate = tax_rate_list().filter(pk=rate_id).first()
    if rate is None:
        raise NotFound
    return rate


def market_for(code: str | None) -> Market:
    """Return the active market of this code; without a code the default one, or else the first. One query.

    Raises:
        MarketUnknown: there is none.
    """
    markets = Market.objects.filter(is_active=True).order_by("-is_default", "position", "code")
    market = (markets.filter(code=code) if code is not None else markets).first()
    if market is None:
        raise market_unknown(code)
    return market


def market_unknown(code: str | None) -> MarketUnknown:
    """Return the refusal of a market's code, or of a shop without markets."""
    if code is None:
        return MarketUnknown("This shop has no active market yet; staff make one at POST /markets.")
    return MarketUnknown(f"There is no active market {code[:60]!r}; GET /markets lists them.")


def language_for(languages: Sequence[str], *, wanted: str | None, accepted: str = "") -> str:
    """Return the language to answer in, of those that a market is kept in (its first is the default).

    `wanted` is what the caller named, `accepted` an Accept-Language header, which only ever helps to choose.

    Raises:
        LanguageUnknown: `wanted` isn't one of the market's.
    """
    if wanted is not None:
        found = _best(languages, wanted)
        if found is None:
            message = f"The market is kept in {', '.join(languages)}, not in {wanted[:20]!r}."
            raise LanguageUnknown(message)
        return found
    for name in _by_preference(accepted) if accepted else ():
        found = languages[0] if name == "*" else _best(languages, name)
        if found is not None:
            return found
    return languages[0]


def _best(languages: Sequence[str], name: str) -> str | None:
    """Find a language by lookup (RFC 4647, 3.4): `es-MX` finds es-MX, or else es, or else the first es-anything."""
    known = {language.lower(): language for language in languages}
    name = name.lower()
    primary = name.split("-")[0]
    return known.get(name) or known.get(primary) or next((known[k] for k in known if k.split("-")[0] == primary), None)


def _by_preference(header: str) -> list[str]:
    """Return the names of an Accept-Language header, the most wanted first; what can't be read is left out."""
    wanted: list[tuple[float, str]] = []
    for part in header[:400].split(","):
        name, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if name.strip() and 0 < quality <= 1:
            wanted.append((-quality, name.strip()))
    return [name for _, name in sorted(wanted, key=lambda item: item[0])]
