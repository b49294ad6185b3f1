"""Reads of markets and taxes. What is sold in a market belongs to products, what is taxed to cart."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Q, QuerySet

from core.places import Place, postal_code_key
from core.problems import FieldError, NotFound
from markets.exceptions import CurrencyRateUnknown, LanguageUnknown, MarketUnknown
from markets.models import CurrencyRate, HoldsPostalCode, Market, TaxCategory, TaxRate
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


def tax_category_codes() -> dict[uuid.UUID | None, str]:
    """Return the code of each tax category, and under None that of the default one. One query."""
    codes: dict[uuid.UUID | None, str] = {}
    for category_id, code, is_default in TaxCategory.objects.values_list("id", "code", "is_default"):
        codes[category_id] = code
        if is_default:
            codes[None] = code
    return codes


def tax_category_get(category_id: uuid.UUID) -> TaxCategory:
    """Return one tax category.

    Raises:
        NotFound: there is none.
    """
    category = TaxCategory.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def tax_rate_list(
    *,
    country: str | None = None,
    region: str | None = None,
    postal_code: str | None = None,
    category: str | None = None,
) -> QuerySet[TaxRate]:
    """Return tax rates with their categories, of one country, region, postal code or category if named."""
    rates = TaxRate.objects.select_related("category")
    if country is not None:
        rates = rates.filter(country=country)
    if region is not None:
        rates = rates.filter(region__iexact=region)
    if postal_code is not None:
        rates = rates.filter(HoldsPostalCode(postal_code_key(postal_code)))
    return rates if category is None else rates.filter(category__code=category)


def tax_rates_at(place: Place, at: datetime) -> QuerySet[TaxRate]:
    """Return the rates of a place at a time: its country's, region's and postal code's, with their categories."""
    region = Q(region="") | Q(region__iexact=place.region) if place.region else Q(region="")
    codes = Q(postal_code_from="")
    if place.postal_code:
        codes |= Q(HoldsPostalCode(place.postal_code))
    rates = TaxRate.objects.filter(region, codes, country=place.country).select_related("category")
    return rates.exclude(valid_from__gt=at).exclude(valid_until__lte=at)


def tax_rate_get(rate_id: uuid.UUID) -> TaxRate:
    """Return one tax rate.

    Raises:
        NotFound: there is none.
    """
    rate = tax_rate_list().filter(pk=rate_id).first()
    if rate is None:
        raise NotFound
    return rate


def taxes_taken_too(rate: TaxRate) -> QuerySet[TaxRate]:
    """Return rates of other names that the goods of a rate pay beside it somewhere: a state's beside a city's."""
    others = TaxRate.objects.filter(category=rate.category_id, country=rate.country).exclude(name=rate.name)
    if rate.region:
        others = others.filter(Q(region="") | Q(region__iexact=rate.region))
    if rate.postal_code_from:
        others = others.filter(Q(postal_code_from="") | Q(HoldsPostalCode(rate.postal_code_from)))
    if rate.valid_from is not None:
        others = others.exclude(valid_until__lte=rate.valid_from)
    if rate.valid_until is not None:
        others = others.exclude(valid_from__gte=rate.valid_until)
    return others.order_by("position", "name", "id")


def currency_rate_list(*, base: str | None = None, quote: str | None = None) -> QuerySet[CurrencyRate]:
    """Return currency rates, of one currency or to one if named."""
    rates = CurrencyRate.objects.all()
    if base is not None:
        rates = rates.filter(base=base)
    return rates if quote is None else rates.filter(quote=quote)


def currency_rate_get(rate_id: uuid.UUID) -> CurrencyRate:
    """Return one currency rate.

    Raises:
        NotFound: there is none.
    """
    rate = CurrencyRate.objects.filter(pk=rate_id).first()
    if rate is None:
        raise NotFound
    return rate


def rate_on(day: date, *, base: str, quote: str) -> Fraction:
    """Return what one unit of a currency was worth in another on exactly this day.

    The rate of the other direction serves as well, turned round exactly; a currency is worth itself.

    Raises:
        CurrencyRateUnknown: nobody has entered one for that day.
    """
    if base == quote:
        return Fraction(1)
    pairs = Q(base=base, quote=quote) | Q(base=quote, quote=base)
    rates = {rate.base: Fraction(rate.rate) for rate in CurrencyRate.objects.filter(pairs, valid_on=day)}
    if base in rates:
        return rates[base]
    if quote in rates:
        return 1 / rates[quote]
    detail = f"There is no rate of {base} and {quote} for {day}; enter it at POST /currency-rates, or name another day."
    raise CurrencyRateUnknown(detail, errors=(FieldError(CurrencyRateUnknown.code, detail, "/date"),))


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
