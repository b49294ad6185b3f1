"""A total told step by step: the steps sum to it, and say what they are."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given

from cart.amounts import LineInput, Policy, QuoteInput, Rate, ShippingInput, quote
from cart.explaining import TitledLine, not_applied, steps_of
from promotions.rules import Goods, PercentOff, Reason, Refusal, Rule
from promotions.wording import sentence_of
from tests.cart.promoted import OCCASION, carts

SHIRT, CUP = uuid.UUID(int=11), uuid.UUID(int=12)
SALE = Rule(id=uuid.UUID(int=1), label="Summer sale", code="SUMMER", benefit=PercentOff(100_000), goods=Goods())


def titled(of: QuoteInput) -> list[TitledLine]:
    return [
        TitledLine(line.key, f"Thing {line.key.int}", line.quantity, line.unit_amount, line.subtotal_amount)
        for line in quote(of).lines
    ]


def test_steps_are_read_from_the_goods_to_the_total() -> None:
    vat = Rate("VAT 8.1 %", "tax-rate:1", 81_000)
    of = QuoteInput(
        policy=Policy(prices_include_tax=True, cash_step=5),
        lines=(LineInput(SHIRT, 2, 1999, (vat,)), LineInput(CUP, 1, 513, (vat,))),
        shipping=ShippingInput("Post", "shipping-method:post", 700, rates=(vat,)),
        occasion=OCCASION,
        rules=(SALE,),
    )
    result = quote(of)
    steps = steps_of(titled(of), result.rows, "CHF")
    assert [(step.text, step.amount, step.so_far) for step in steps] == [
        ("Thing 11: 2 at CHF19.99", 3998, 3998),
        ("Thing 12: 1 at CHF5.13", 513, 4511),
        ("Summer sale (SUMMER) on Thing 11", -400, 4111),
        ("Summer sale (SUMMER) on Thing 12", -51, 4060),
        ("Post", 700, 4760),
        ("VAT 8.1 %, in the prices", 270 + 35 + 52, None),
    ]
    assert result.total_amount == 4760


def test_rounding_to_the_smallest_coin_is_a_step() -> None:
    of = QuoteInput(policy=Policy(prices_include_tax=True, cash_step=5), lines=(LineInput(CUP, 1, 513),))
    steps = steps_of(titled(of), quote(of).rows, "CHF")
    assert [(step.text, step.amount, step.so_far) for step in steps[1:]] == [("Rounding", 2, 515)]


@given(carts())
def test_the_steps_of_any_cart_end_at_its_total(of: QuoteInput) -> None:
    result = quote(of)
    steps = [step for step in steps_of(titled(of), result.rows, "EUR") if step.so_far is not None]
    assert sum(step.amount for step in steps) == result.total_amount
    assert not steps or steps[-1].so_far == result.total_amount


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_a_sentence(reason: Reason) -> None:
    told = sentence_of(Refusal(SALE, reason), "EUR")
    assert told.endswith(".")
    assert not_applied([Refusal(SALE, reason)], "EUR") == [
        {
            "source": f"promotion:{SALE.id}",
            "label": "Summer sale",
            "code": "SUMMER",
            "reason": reason.value,
            "missing": None,
            "detail": told,
        }
    ]


def test_what_is_missing_is_told_in_money_or_pieces() -> None:
    assert sentence_of(Refusal(SALE, Reason.AMOUNT_TOO_LOW, 1250), "EUR") == "Add goods of it for €12.50 more."
    assert sentence_of(Refusal(SALE, Reason.QUANTITY_TOO_LOW, 2), "EUR") == "Add 2 more of its goods."
    (told,) = not_applied([Refusal(replace(SALE, code=""), Reason.AMOUNT_TOO_LOW, 1)], "JPY")
    assert (told["code"], told["missing"], told["detail"]) == (None, 1, "Add goods of it for ¥1 more.")
