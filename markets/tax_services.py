"""Tax services outside that say which taxes apply: what they are asked, what they answer, and one over HTTP.

They name rates; what the rates come to is reckoned here, as always. Nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Protocol

from django.conf import settings

from core.outside import JsonEndpoint, service_named
from core.outside.reading import boolean_of, integer_of, list_of, object_of, refuse, text_of
from core.places import Place

MAX_TAXES = 10
MAX_LINES = 200
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """Goods of a cart before promotions. `key` is what the answer calls them; `category` a tax category's code."""

    key: str
    sku: str
    category: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """What is sold where. `shipping_category` is None when nothing is shipped, or it is taxed as the goods are.

    `exemption` says that the shop has decided that this buyer pays none (exempt, reverse_charge); the rates that others
    pay are asked all the same, since gross prices lose them.
    """

    place: Place
    on: date
    currency: str
    prices_include_tax: bool
    lines: tuple[TaxedLine, ...]
    shipping_category: str | None = None
    vat_id: str = ""
    exemption: str = ""


@dataclass(frozen=True, slots=True)
class NamedTax:
    """One tax by the name that the invoice calls it, in millionths; a compound one is taken of those before it too."""

    name: str
    rate_ppm: int
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """The taxes of each line, in their order, and of shipping; `reference` is how the service finds it again."""

    lines: Mapping[str, tuple[NamedTax, ...]] = field(default_factory=dict)
    shipping: tuple[NamedTax, ...] = ()
    reference: str = ""


class TaxService(Protocol):
    """Somebody who knows what is taxed where."""

    def taxes(self, question: TaxQuestion, *, seconds: float) -> TaxAnswer:
        """Return the taxes of every line, within so many seconds; an empty list is no tax.

        Raises:
            ServiceFailed: there is no answer that can be used.
        """


@dataclass(frozen=True, slots=True)
class HttpTaxService:
    """Asks a small service of the shop's own, which may speak with any tax service: see docs/money.md."""

    endpoint: JsonEndpoint

    def __init__(self, *, url: str, secret: str = "") -> None:
        """Keep the address and the bearer token."""
        object.__setattr__(self, "endpoint", JsonEndpoint(url, secret))

    def taxes(self, question: TaxQuestion, *, seconds: float) -> TaxAnswer:
        """Post the question as JSON."""
        answer = object_of(self.endpoint.post(taxes_json(question), seconds=seconds), "the answer")
        lines: dict[str, tuple[NamedTax, ...]] = {}
        for given in list_of(answer.get("lines"), "lines", maximum=MAX_LINES):
            line = object_of(given, "a line")
            key = text_of(line.get("id"), "id", maximum=60)
            if key in lines:
                refuse("a line is answered twice")
            lines[key] = _taxes_of(line.get("taxes"))
        return TaxAnswer(lines, _taxes_of(answer.get("shipping") or []), answer.get("reference") or "")


def tax_service_names() -> tuple[str, ...]:
    """Return the tax services that this shop has."""
    return tuple(settings.TAX_SERVICES)


def tax_service_of(name: str) -> TaxService:
    """Return a tax service by its name.

    Raises:
        ServiceFailed: it is not among the settings any more.
    """
    service: TaxService = service_named(name, settings.TAX_SERVICES)
    return service


def taxes_json(question: TaxQuestion) -> dict[str, Any]:
    """Return the question as a service over HTTP gets it: all that an answer may depend on."""
    return {
        "question": "taxes",
        "place": asdict(question.place),
        "date": question.on.isoformat(),
        "prices_include_tax": question.prices_include_tax,
        "lines": [
            {
                "id": line.key,
                "sku": line.sku,
                "tax_category": line.category,
                "quantity": line.quantity,
                "amount": {"amount": line.amount, "currency": question.currency},
            }
            for line in question.lines
        ],
        "shipping": None if question.shipping_category is None else {"tax_category": question.shipping_category},
        "vat_id": question.vat_id,
        "exemption": question.exemption or None,
    }


def answer_checked(answer: TaxAnswer, question: TaxQuestion) -> dict[str, Any]:
    """Return an answer as it is kept, if it has rates that can be charged for all that was asked.

    Raises:
        ServiceFailed: a line is missing or unknown, or a tax isn't what it should be.
    """
    if set(answer.lines) != {line.key for line in question.lines}:
        refuse("it doesn't answer exactly the lines that were asked")
    return {
        "lines": {key: [_checked(tax) for tax in _list(taxes)] for key, taxes in answer.lines.items()},
        "shipping": [_checked(tax) for tax in _list(answer.shipping)],
        "reference": text_of(answer.reference, "reference", maximum=100, is_blank_allowed=True),
    }


def answer_of(kept: Mapping[str, Any]) -> TaxAnswer:
    """Return a kept answer."""
    return TaxAnswer(
        {key: tuple(NamedTax(**tax) for tax in taxes) for key, taxes in kept["lines"].items()},
        tuple(NamedTax(**tax) for tax in kept["shipping"]),
        kept["reference"],
    )


def _taxes_of(given: Any) -> tuple[NamedTax, ...]:
    taxes = [object_of(tax, "a tax") for tax in _list(given)]
    return tuple(NamedTax(tax.get("name", ""), tax.get("rate_ppm", -1), tax.get("is_compound", False)) for tax in taxes)


def _list(given: Any) -> Sequence[Any]:
    return list_of(given, "taxes", maximum=MAX_TAXES)


def _checked(tax: NamedTax) -> dict[str, Any]:
    return {
        "name": text_of(tax.name, "name", maximum=60),
        "rate_ppm": integer_of(tax.rate_ppm, "rate_ppm", maximum=MILLION),
        "is_compound": boolean_of(tax.is_compound, "is_compound"),
    }
