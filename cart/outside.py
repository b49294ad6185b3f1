"""What services outside have to be asked about a cart, and what their kept answers make of it: pure.

Asking itself is services/asking.py; a quote only ever reads what was asked before. An answer counts for exactly the
question that it was given to, and until it expires.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from cart.amounts import Rate
from cart.models import Cart, OutsideAnswer
from cart.problems import CartProblem
from cart.tax_decisions import TaxDecision, TaxRule
from cart.taxes import TaxTable, rate_label
from core import clock
from core.places import Place
from markets.tax_services import NamedTax, TaxAnswer, TaxedLine, TaxQuestion, answer_of, taxes_json
from products.selectors import SellableVariant
from shipping.carriers import ParcelItem, ParcelQuestion, parcel_json, rate_for, rates_of
from shipping.models import ShippingMethod
from shipping.offering import (
    Goods,
    NotOffered,
    NotOfferedReason,
    ShippingOption,
    goods_refusal,
    not_offered,
    offer_of,
)

Answers = Mapping[tuple[str, str], OutsideAnswer]
"""The last answer of each kind and service."""


_FACTS = {
    NotOfferedReason.ADDRESS_MISSING: "is priced once there is an address to send it to.",
    NotOfferedReason.NOT_ASKED: "is priced when its carrier has been asked.",
    NotOfferedReason.CARRIER_DECLINES: "isn't offered by its carrier for these goods and this address.",
    NotOfferedReason.CARRIER_UNAVAILABLE: "can't be priced at present, since its carrier gives no answer.",
}


@dataclass(frozen=True, slots=True)
class Bought:
    """So many of a variant at a unit price."""

    variant: SellableVariant
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        """Return what they cost together, before promotions."""
        return self.quantity * self.unit_amount


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one service, by its name in the settings."""

    service: str
    of: ParcelQuestion | TaxQuestion

    @property
    def kind(self) -> OutsideAnswer.Kind:
        """Return what is asked."""
        return OutsideAnswer.Kind.RATES if isinstance(self.of, ParcelQuestion) else OutsideAnswer.Kind.TAXES

    @property
    def digest(self) -> bytes:
        """Return what an answer is kept under: all that it depends on is in it."""
        said: Any = parcel_json(self.of) if isinstance(self.of, ParcelQuestion) else taxes_json(self.of)
        return hashlib.sha256(orjson.dumps([self.kind, self.service, said], option=orjson.OPT_SORT_KEYS)).digest()

    def kept_in(self, answers: Answers, at: datetime) -> OutsideAnswer | None:
        """Return the answer to exactly this that holds at a time, be it that there was none."""
        kept = answers.get((self.kind, self.service))
        is_of_this = kept is not None and kept.expires_at > at and bytes(kept.question_digest) == self.digest
        return kept if is_of_this else None


@dataclass(frozen=True, slots=True)
class Priced:
    """A method as it is offered, or why it isn't, and what has to be asked before that is so."""

    offer: ShippingOption | NotOffered
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class AskedTaxes:
    """Which taxes apply: a service's answer, or, as long as there is none, the shop's own table."""

    table: TaxTable
    decision: TaxDecision
    service: str = ""
    answer: TaxAnswer | None = None
    question: Question | None = None
    """What is still to be asked."""

    def of_goods(self, variant: SellableVariant) -> tuple[Rate, ...]:
        """Return the rates of goods."""
        if not variant.is_taxable:
            return ()
        if self.answer is None:
            return self.table.rates_of(variant.tax_category_id)
        return self._rates(self.answer.lines[str(variant.id)])

    def of_shipping(self, option: ShippingOption) -> tuple[Rate, ...] | None:
        """Return the rates of a way of shipping; None where it is taxed as the goods are."""
        if option.is_taxed_as_goods:
            return None
        if self.answer is None:
            return self.table.rates_of(option.tax_category_id)
        return self._rates(self.answer.shipping)

    def _rates(self, taxes: Iterable[NamedTax]) -> tuple[Rate, ...]:
        return tuple(
            Rate(rate_label(tax.name, tax.rate_ppm), f"tax-service:{self.service}", tax.rate_ppm, tax.is_compound)
            for tax in taxes
        )


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """What is known of a cart's taxes before anybody outside is asked; `codes` are those of the tax categories."""

    table: TaxTable
    decision: TaxDecision
    codes: Mapping[uuid.UUID | None, str] = field(default_factory=dict)


def priced(
    method: ShippingMethod, goods: Goods, parcel: ParcelQuestion | None, answers: Answers, at: datetime
) -> Priced:
    """Return a method as it is offered to goods that are to be sent; the parcel is None until it is known where to.

    A carrier is asked only about what the method takes at all.
    """
    if not method.carrier or goods_refusal(method, goods) is not None:
        return Priced(offer_of(method, goods))
    question = None if parcel is None else Question(method.carrier, parcel)
    kept = None if question is None else question.kept_in(answers, at)
    if question is None:
        return _without_carrier(method, goods, NotOfferedReason.ADDRESS_MISSING)
    if kept is None:
        return _without_carrier(method, goods, NotOfferedReason.NOT_ASKED, question)
    if kept.answer is None:
        return _without_carrier(method, goods, NotOfferedReason.CARRIER_UNAVAILABLE)
    rate = rate_for(rates_of(kept.answer["rates"]), method.carrier_service)
    if rate is None:
        reason = NotOfferedReason.CARRIER_DECLINES
        return Priced(not_offered(method, reason, _FACTS[reason]))
    return Priced(offer_of(method, goods, rate))


def parcel_of(cart: Cart, bought: Iterable[Bought]) -> ParcelQuestion | None:
    """Return what is to be sent, without the gifts of promotions; None until it is known where to."""
    if not cart.shipping_address:
        return None
    return ParcelQuestion(
        destination=Place.of_address(cart.shipping_address),
        origin=settings.SHIPPING_ORIGIN,
        currency=cart.market.currency,
        items=tuple(sorted((_item(one) for one in bought if one.variant.requires_shipping), key=lambda item: item.sku)),
    )


def taxes_of(
    cart: Cart,
    facts: TaxFacts,
    *,
    bought: Sequence[Bought],
    method: ShippingMethod | None,
    answers: Answers,
    at: datetime,
) -> AskedTaxes:
    """Return which taxes apply to goods and a way of shipping, and by whose word."""
    service = cart.market.tax_service
    asked = _tax_question(cart, facts, bought, method, at) if service else None
    if asked is None:
        return AskedTaxes(facts.table, facts.decision)
    question = Question(service, asked)
    kept = question.kept_in(answers, at)
    if kept is None:
        note = f" The rates are the shop's own until {service} is asked."
        return AskedTaxes(facts.table, _noted(facts.decision, note), service, question=question)
    if kept.answer is None:
        note = f" The rates are the shop's own, since {service} gave no answer."
        return AskedTaxes(facts.table, _noted(facts.decision, note), service)
    answer = answer_of(kept.answer)
    reference = f", reference {answer.reference}" if answer.reference else ""
    decision = _noted(facts.decision, f" The rates are those of {service}{reference}.")
    if decision.rule is TaxRule.CHARGED:
        decision = replace(decision, source=f"tax-service:{service}", reference=answer.reference)
    return AskedTaxes(facts.table, decision, service, answer)


def pending_problems(shipping: Priced | None, taxes: AskedTaxes) -> Iterator[CartProblem]:
    """Yield what isn't yet as it will be."""
    if shipping is not None and shipping.question is not None:
        detail = "What shipping costs is known when the carrier has been asked: read the cart."
        yield CartProblem("shipping_price_pending", detail, is_blocking=isinstance(shipping.offer, NotOffered))
    if taxes.question is not None:
        detail = "The taxes are an estimate until the shop's tax service has been asked: read the cart."
        yield CartProblem("taxes_pending", detail, is_blocking=False)


def refusal_of(shipping: Priced | None) -> NotOffered | None:
    """Return why the chosen method can't be had; one that waits for an address or an answer may still be."""
    offer = None if shipping is None else shipping.offer
    waits = (NotOfferedReason.ADDRESS_MISSING, NotOfferedReason.NOT_ASKED)
    return offer if isinstance(offer, NotOffered) and offer.reason not in waits else None


def _without_carrier(
    method: ShippingMethod, goods: Goods, reason: NotOfferedReason, question: Question | None = None
) -> Priced:
    """Return what a method is without its carrier's word: at its own price, if the shop says so."""
    if method.carrier_fallback:
        return Priced(offer_of(method, goods), question)
    return Priced(not_offered(method, reason, _FACTS[reason]), question)


def _item(bought: Bought) -> ParcelItem:
    variant = bought.variant
    return ParcelItem(
        sku=variant.sku,
        quantity=bought.quantity,
        value_amount=bought.amount,
        weight_grams=None if variant.weight_grams is None else math.ceil(variant.weight_grams),
        length_mm=variant.length_mm,
        width_mm=variant.width_mm,
        height_mm=variant.height_mm,
    )


def _tax_question(
    cart: Cart, facts: TaxFacts, bought: Sequence[Bought], method: ShippingMethod | None, at: datetime
) -> TaxQuestion | None:
    """Return what is to be asked; None where no answer would matter, or the place isn't known yet."""
    is_exempt = facts.decision.rule is not TaxRule.CHARGED
    if not (cart.shipping_address or cart.billing_address or cart.collected_at) or (
        is_exempt and not cart.market.prices_include_tax
    ):
        return None
    lines = [
        TaxedLine(
            key=str(one.variant.id),
            sku=one.variant.sku,
            category=facts.codes.get(one.variant.tax_category_id, ""),
            quantity=one.quantity,
            amount=one.amount,
        )
        for one in bought
        if one.variant.is_taxable
    ]
    is_shipping_taxed = method is not None and not method.is_taxed_as_goods
    if not lines and not is_shipping_taxed:
        return None
    return TaxQuestion(
        place=facts.decision.place,
        on=clock.day_of(at),
        currency=cart.market.currency,
        prices_include_tax=cart.market.prices_include_tax,
        lines=tuple(sorted(lines, key=lambda line: line.key)),
        shipping_category=facts.codes.get(method.tax_category_id, "") if method and is_shipping_taxed else None,
        vat_id=cart.vat_id,
        exemption=str(facts.decision.rule) if is_exempt else "",
    )


def _noted(decision: TaxDecision, note: str) -> TaxDecision:
    return replace(decision, detail=decision.detail + note)
