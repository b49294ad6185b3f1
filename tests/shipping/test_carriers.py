"""What a carrier over HTTP may answer: prices that can be charged, or nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from core.outside import Failure, ServiceFailed
from core.places import Place
from shipping.carriers import (
    CarrierRate,
    HttpCarrier,
    ParcelItem,
    ParcelQuestion,
    rate_for,
    rates_checked,
    rates_of,
)
from tests.factories.outside import Service, rate, serving

QUESTION = ParcelQuestion(Place("DE"), None, "EUR", (ParcelItem("MUG", 1, 1000),))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving(lambda _: {}) as service:
        yield service


def ask(service: Service, answer: Any) -> list[Mapping[str, Any]]:
    service.answer = lambda _: answer
    return list(rates_checked(HttpCarrier(url=service.url).rates(QUESTION, seconds=30), "EUR"))


def test_rates_come_as_they_are_said_and_nothing_is_asked_with_a_secret_that_is_not_set(service: Service) -> None:
    kept = ask(service, {"rates": [rate(min_days=1, max_days=2), rate("economy", 0)], "more": "is passed over"})
    assert rates_of(kept) == (
        CarrierRate("express", "Express", 1290, "EUR", 1, 2),
        CarrierRate("economy", "Economy", 0, "EUR"),
    )
    assert "authorization" not in service.headers[-1]
    assert ask(service, {"rates": []}) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"rates": [rate(), rate("economy", currency="USD")]},
        {"rates": [rate(currency="eur")]},
        {"rates": [rate(amount=-1)]},
        {"rates": [rate(amount=12.9)]},
        {"rates": [rate(amount=True)]},
        {"rates": [rate(amount=None)]},
        {"rates": [rate(amount=10**15 + 1)]},
        {"rates": [rate(amount=10**30)]},
        {"rates": [rate(amount="1290")]},
        {"rates": [rate(name="Nul\0")]},
        {"rates": [rate(name="Line\nbreak")]},
        {"rates": [rate(name="A" * 81)]},
        {"rates": [rate(name=" ")]},
        {"rates": [rate(service="")]},
        {"rates": [rate(service=7)]},
        {"rates": [rate(min_days=3, max_days=2)]},
        {"rates": [rate(min_days=-1)]},
        {"rates": [rate(max_days=366)]},
        {"rates": [rate(max_days="2")]},
        {"rates": [rate()] * 101},
        {"rates": [{"service": "express", "name": "Express", "price": 1290}]},
        {"rates": ["express"]},
        {"rates": "none"},
        {"rates": None},
        {},
        [],
        None,
    ],
)
def test_an_answer_that_can_not_be_charged_is_malformed(answer: Any, service: Service) -> None:
    # Integers that JSON's readers can't hold come as floats, or not at all.
    sent = b'{"rates": [{"service": "a", "name": "A", "price": {"amount": 1%s, "currency": "EUR"}}]}' % (b"0" * 30)
    is_huge = isinstance(answer, dict) and "000000000000000000000" in str(answer)
    with pytest.raises(ServiceFailed) as failed:
        ask(service, sent if is_huge else answer)
    assert failed.value.failure == Failure.MALFORMED


def test_a_method_has_the_rate_of_its_service_or_the_cheapest() -> None:
    rates = [CarrierRate("b", "B", 500, "EUR"), CarrierRate("a", "A", 500, "EUR"), CarrierRate("c", "C", 900, "EUR")]
    assert rate_for(rates, "c") == rates[2]
    assert rate_for(rates, "") == rates[1]
    assert (rate_for(rates, "d"), rate_for([], "")) == (None, None)
