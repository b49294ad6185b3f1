"""Asking services outside about a cart, and keeping what they say: never inside a transaction.

What has to be asked is a quote's to say (`CartQuote.unasked`); what an answer makes of it, outside.py's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError

from cart.exceptions import CartUnasked
from cart.models import Cart, OutsideAnswer
from cart.offering import Offers, offers_of
from cart.outside import Question
from cart.quoting import CartQuote, quote_of
from cart.selectors import cart_get
from core import clock
from core.outside import Call, ServiceFailed, ask_all
from core.transactions import assert_no_transaction
from markets.tax_services import TaxQuestion, answer_checked, tax_service_of
from shipping.carriers import ParcelQuestion, carrier_of, rates_checked
from users.callers import Caller

R = TypeVar("R")

ATTEMPTS = 3
FAILURE_HOLDS = timedelta(minutes=1)
"""How long a silence counts as an answer: what the buyer sees meanwhile is what is ordered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what came of it: an answer as it is kept, or why there is none."""

    question: Question
    answer: Any = None
    failure: str = ""


def quote_asking(cart_id: uuid.UUID, caller: Caller) -> CartQuote:
    """Return what a cart comes to, after asking outside what has to be asked.

    An entry by itself: no transaction may be open. All services are asked at once, and together they take
    OUTSIDE_TIMEOUT_SECONDS at the most; the cart is read anew then. A shop without them pays nothing for this.

    Raises:
        CartNotFound: there is none, or it is somebody else's, or it was dropped meanwhile.
    """
    quote = quote_of(cart_get(cart_id, caller), clock.now())
    if not quote.unasked:
        return quote
    answers_ask(cart_id=cart_id, questions=quote.unasked)
    return quote_of(cart_get(cart_id, caller), clock.now())


def offers_asking(cart_id: uuid.UUID, caller: Caller) -> tuple[CartQuote, Offers]:
    """Return what a cart comes to and how it can be shipped, after asking what has to be asked, as `quote_asking`."""
    quote, offers = _offered(cart_id, caller)
    # The chosen method's carrier is asked the same by both.
    questions = tuple(dict.fromkeys((*quote.unasked, *offers.unasked)))
    if not questions:
        return quote, offers
    answers_ask(cart_id=cart_id, questions=questions)
    return _offered(cart_id, caller)


def asked_first(write: Callable[[], R]) -> R:
    """Run a write that may find that something has to be asked first: it is undone, asked, and run again.

    So nobody is asked for an order whose answers are there, and nobody waits for the network with a lock in hand.

    Raises:
        CartUnasked: the cart changes each time; it is a conflict that may be tried again.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return write()
        except CartUnasked as unasked:
            answers_ask(cart_id=unasked.cart_id, questions=unasked.questions)
    return write()


def answers_ask(*, cart_id: uuid.UUID, questions: Sequence[Question]) -> None:
    """Ask all questions at once and keep what comes of them; a failure is kept too, for a short while.

    Two who ask for one cart at once both keep their answers, and the later one stays.
    """
    try:
        answers_keep(cart_id, asked(questions))
    except IntegrityError:
        # The cart was dropped meanwhile: nothing is left that the answers could be about.
        if Cart.objects.filter(id=cart_id).exists():
            raise


def asked(questions: Sequence[Question]) -> list[Asked]:
    """Ask outside, and return what came of each question. Nothing is kept.

    Raises:
        AssertionError: a transaction is open.
    """
    assert_no_transaction()
    calls = [Call(f"{question.kind}:{question.service}", partial(_answer, question)) for question in questions]
    outcomes = ask_all(calls, seconds=settings.OUTSIDE_TIMEOUT_SECONDS)
    return [
        Asked(question, failure=str(outcome.failure))
        if isinstance(outcome, ServiceFailed)
        else Asked(question, outcome)
        for question, outcome in zip(questions, outcomes, strict=True)
    ]


def answers_keep(cart_id: uuid.UUID, answers: Iterable[Asked]) -> None:
    """Write answers, each in place of the last one of its service. One statement."""
    now = clock.now()
    holds = timedelta(minutes=settings.OUTSIDE_ANSWER_MINUTES)
    rows = [
        OutsideAnswer(
            cart_id=cart_id,
            kind=one.question.kind,
            service=one.question.service,
            question_digest=one.question.digest,
            answer=one.answer,
            failure=one.failure,
            asked_at=now,
            expires_at=now + (FAILURE_HOLDS if one.failure else holds),
        )
        for one in answers
    ]
    OutsideAnswer.objects.bulk_create(
        # In one order for everybody, so that two who keep the same don't wait for each other.
        sorted(rows, key=lambda row: (row.kind, row.service)),
        update_conflicts=True,
        unique_fields=["cart", "kind", "service"],
        update_fields=["question_digest", "answer", "failure", "asked_at", "expires_at"],
    )


def _offered(cart_id: uuid.UUID, caller: Caller) -> tuple[CartQuote, Offers]:
    quote = quote_of(cart_get(cart_id, caller), clock.now())
    return quote, offers_of(quote)


def _answer(question: Question, seconds: float) -> Any:
    """Ask one service; return its answer, checked, as it is kept."""
    of = question.of
    if isinstance(of, ParcelQuestion):
        return {"rates": rates_checked(carrier_of(question.service).rates(of, seconds=seconds), of.currency)}
    return _tax_answer(question.service, of, seconds)


def _tax_answer(service: str, of: TaxQuestion, seconds: float) -> Any:
    return answer_checked(tax_service_of(service).taxes(of, seconds=seconds), of)
