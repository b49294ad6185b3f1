"""The arithmetic of carts: exact cents by table, what always holds by property."""

import uuid
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart.amounts import (
    LineInput,
    Policy,
    Quote,
    QuoteInput,
    Rate,
    RowKind,
    ShippingInput,
    quote,
    tax_inside,
    tax_on_top,
)
from cart.exceptions import AmountTooLarge
from core.money import MAX_AMOUNT

GROSS = Policy(prices_include_tax=True)
NET = Policy(prices_include_tax=False)
IVA = Rate("IVA 21 %", "tax-rate:iva", 210_000)
IVA_REDUCED = Rate("IVA 10 %", "tax-rate:iva-reduced", 100_000)
SALES = Rate("Sales tax 8.875 %", "tax-rate:ny", 88_750)
GST = Rate("GST 5 %", "tax-rate:gst", 50_000)
QST = Rate("QST 9.975 %", "tax-rate:qst", 99_750)
SURCHARGE = Rate("Recargo 5.2 %", "tax-rate:re", 52_000)
JCT = Rate("消費税 10 %", "tax-rate:jct", 100_000)
KWD_FICTION = Rate("VAT 5 %", "tax-rate:kw", 50_000)


def line(unit_amount: int, quantity: int = 1, *rates: Rate) -> LineInput:
    return LineInput(uuid.uuid4(), quantity, unit_amount, rates)


def gross(*lines: LineInput, shipping: ShippingInput | None = None) -> Quote:
    return quote(QuoteInput(policy=GROSS, lines=lines, shipping=shipping))


def net(*lines: LineInput, shipping: ShippingInput | None = None) -> Quote:
    return quote(QuoteInput(policy=NET, lines=lines, shipping=shipping))


@pytest.mark.parametrize(
    ("amount", "rates", "taxes"),
    [
        (12100, [IVA], [2100]),
        (1999, [IVA], [347]),  # 346.94
        (999, [IVA], [173]),  # 173.38
        (1, [IVA], [0]),  # 0.17
        (2, [IVA], [0]),  # 0.35
        (3, [IVA], [1]),  # 0.52
        (0, [IVA], [0]),
        (100, [], []),
        (1100, [JCT], [100]),
        (1980, [JCT], [180]),
        (5, [JCT], [0]),  # 0.45
        (6, [JCT], [1]),  # 0.55
        (3, [Rate("VAT 20 %", "tax-rate:gb", 200_000)], [1]),  # 0.5 exactly: half goes up
        (10500, [KWD_FICTION], [500]),  # 10.500 KWD
        (1000, [Rate("zero", "tax-rate:zero", 0)], [0]),
        (10000, [IVA, SURCHARGE], [1664, 412]),  # 2076.07 together, split 1664.03 : 412.05
        (101, [IVA, SURCHARGE], [17, 4]),
        (3, [IVA, IVA_REDUCED], [1, 0]),  # one cent goes to the larger share
        (2, [IVA_REDUCED, IVA], [0, 0]),
    ],
)
def test_tax_inside_a_gross_amount(amount: int, rates: list[Rate], taxes: list[int]) -> None:
    assert tax_inside(amount, rates) == taxes


@pytest.mark.parametrize(
    ("amount", "rates", "taxes"),
    [
        (10000, [SALES], [888]),  # 887.5: half goes up
        (1999, [SALES], [177]),  # 177.41
        (1, [SALES], [0]),
        (5, [SALES], [0]),  # 0.44
        (6, [SALES], [1]),  # 0.53
        (10000, [GST, QST], [500, 998]),  # 997.5
        (1, [GST, QST], [0, 0]),
        (1000, [], []),
        (1000, [JCT], [100]),
        (15, [JCT], [2]),  # 1.5
        (1234, [KWD_FICTION], [62]),  # 61.7 fils
    ],
)
def test_tax_on_top_of_a_net_amount(amount: int, rates: list[Rate], taxes: list[int]) -> None:
    assert tax_on_top(amount, rates) == taxes


def test_gross_market_with_two_rates_and_shipping() -> None:
    shipping = ShippingInput("Standard", "shipping-method:standard", 495, 10_000, (IVA,))
    result = gross(line(1999, 2, IVA), line(850, 3, IVA_REDUCED), line(500, 1), shipping=shipping)

    assert [(row.subtotal_amount, row.tax_amount, row.total_amount) for row in result.lines] == [
        (3998, 694, 3998),
        (2550, 232, 2550),
        (500, 0, 500),
    ]
    assert [(row.kind, row.source, row.amount, row.is_included) for row in result.rows] == [
        (RowKind.TAX, "tax-rate:iva", 694, True),
        (RowKind.TAX, "tax-rate:iva-reduced", 232, True),
        (RowKind.SHIPPING, "shipping-method:standard", 495, False),
        (RowKind.TAX, "tax-rate:iva", 86, True),
    ]
    assert [row.line for row in result.rows] == [result.lines[0].key, result.lines[1].key, None, None]
    totals = (result.subtotal_amount, result.discount_amount, result.shipping_amount, result.tax_amount)
    assert totals == (7048, 0, 495, 1012)
    assert result.total_amount == 7543


def test_net_market_adds_tax_to_lines_and_shipping() -> None:
    shipping = ShippingInput("Ground", "shipping-method:ground", 599, None, (SALES,))
    result = net(line(1999, 3, SALES), line(100, 1), shipping=shipping)

    assert [(row.subtotal_amount, row.tax_amount, row.total_amount) for row in result.lines] == [
        (5997, 532, 6529),
        (100, 0, 100),
    ]
    assert (result.subtotal_amount, result.shipping_amount, result.tax_amount) == (6097, 599, 585)
    assert result.total_amount == 6097 + 599 + 585


@pytest.mark.parametrize(("goods", "charged"), [(4999, 495), (5000, 0), (5001, 0), (0, 495)])
def test_shipping_is_free_from_an_amount_of_goods(goods: int, charged: int) -> None:
    result = gross(line(goods), shipping=ShippingInput("Standard", "shipping-method:standard", 495, 5000, (IVA,)))
    assert (result.shipping_amount, result.total_amount) == (charged, goods + charged)
    assert [row.amount for row in result.rows] == [charged, 86 if charged else 0]


def test_free_from_zero_is_always_free() -> None:
    assert gross(line(0), shipping=ShippingInput("Free", "shipping-method:free", 495, 0)).shipping_amount == 0


def test_nothing_comes_to_nothing() -> None:
    result = gross()
    assert (result.lines, result.rows, result.total_amount) == ((), (), 0)


def test_amount_beyond_the_bound_is_refused_and_names_its_line() -> None:
    too_much = line(MAX_AMOUNT, 2)
    with pytest.raises(AmountTooLarge) as refusal:
        gross(line(5), too_much)
    assert refusal.value.extra == {"line_id": str(too_much.key)}


@pytest.mark.parametrize(
    "of",
    [
        QuoteInput(policy=GROSS, lines=(line(MAX_AMOUNT), line(1))),
        QuoteInput(policy=NET, lines=(line(MAX_AMOUNT, 1, GST),)),
        QuoteInput(policy=GROSS, lines=(line(MAX_AMOUNT),), shipping=ShippingInput("s", "s", 1)),
        QuoteInput(policy=GROSS, lines=(), shipping=ShippingInput("s", "s", MAX_AMOUNT + 1)),
        QuoteInput(policy=GROSS, lines=(line(2**63, 2**63),)),
    ],
)
def test_total_beyond_the_bound_is_refused(of: QuoteInput) -> None:
    with pytest.raises(AmountTooLarge):
        quote(of)


def test_the_bound_itself_is_taken() -> None:
    assert gross(line(MAX_AMOUNT, 1, IVA)).total_amount == MAX_AMOUNT


@pytest.mark.parametrize(
    "of",
    [
        QuoteInput(policy=GROSS, lines=(line(1, 0),)),
        QuoteInput(policy=GROSS, lines=(line(1, -1),)),
        QuoteInput(policy=GROSS, lines=(line(-1),)),
        QuoteInput(policy=GROSS, lines=(line(1, 1, Rate("r", "r", -1)),)),
        QuoteInput(policy=GROSS, lines=(), shipping=ShippingInput("s", "s", -1)),
        QuoteInput(policy=GROSS, lines=(line(1),) * 2),
    ],
)
def test_senseless_input_is_a_mistake_of_the_caller(of: QuoteInput) -> None:
    with pytest.raises(ValueError, match="quantities are above zero"):
        quote(of)


rates = st.lists(st.integers(0, 1_000_000), max_size=4).map(
    lambda ppms: tuple(Rate(f"Tax {i}", f"tax-rate:{i}", ppm) for i, ppm in enumerate(ppms))
)
amounts = st.one_of(st.integers(0, 20), st.integers(0, 1_000_000), st.integers(0, MAX_AMOUNT))
inputs = st.builds(
    QuoteInput,
    policy=st.sampled_from([GROSS, NET]),
    lines=st.lists(
        st.builds(LineInput, st.uuids(), st.one_of(st.integers(1, 5), st.integers(1, 10_000)), amounts, rates),
        max_size=8,
        unique_by=lambda line: line.key,
    ).map(tuple),
    shipping=st.none()
    | st.builds(ShippingInput, st.just("Standard"), st.just("shipping-method:s"), amounts, st.none() | amounts, rates),
)


def quote_or_refusal(of: QuoteInput) -> Quote | None:
    try:
        return quote(of)
    except AmountTooLarge:
        return None


@given(inputs)
def test_total_is_the_sum_of_lines_and_rows(of: QuoteInput) -> None:
    result = quote_or_refusal(of)
    if result is None:
        return
    on_top = [row for row in result.rows if not row.is_included]
    assert result.subtotal_amount == sum(line.unit_amount * line.quantity for line in of.lines)
    assert result.total_amount == result.subtotal_amount + sum(row.amount for row in on_top)
    of_cart = [row.amount for row in on_top if row.line is None]
    assert result.total_amount == sum(line.total_amount for line in result.lines) + sum(of_cart)
    assert result.tax_amount == sum(row.amount for row in result.rows if row.kind is RowKind.TAX)
    assert result.shipping_amount == sum(row.amount for row in result.rows if row.kind is RowKind.SHIPPING)
    for quoted in result.lines:
        own = [row for row in result.rows if row.line == quoted.key]
        assert quoted.tax_amount == sum(row.amount for row in own if row.kind is RowKind.TAX)
        assert quoted.total_amount == quoted.subtotal_amount + sum(row.amount for row in own if not row.is_included)


@given(inputs)
def test_tax_never_changes_a_gross_total(of: QuoteInput) -> None:
    untaxed = QuoteInput(
        policy=GROSS,
        lines=tuple(LineInput(line.key, line.quantity, line.unit_amount) for line in of.lines),
        shipping=of.shipping,
    )
    taxed = QuoteInput(policy=GROSS, lines=of.lines, shipping=of.shipping)
    without, result = quote_or_refusal(untaxed), quote_or_refusal(taxed)
    assert (without is None) == (result is None)
    if result is not None and without is not None:
        assert result.total_amount == without.total_amount == result.subtotal_amount + result.shipping_amount


@given(inputs)
def test_no_amount_passes_the_bound_or_falls_below_zero(of: QuoteInput) -> None:
    result = quote_or_refusal(of)
    if result is None:
        return
    found = [result.subtotal_amount, result.shipping_amount, result.tax_amount, result.total_amount]
    found += [row.amount for row in result.rows]
    found += [amount for line in result.lines for amount in (line.subtotal_amount, line.tax_amount, line.total_amount)]
    assert all(0 <= amount <= MAX_AMOUNT for amount in found)


@given(inputs)
def test_refused_only_when_it_must_be(of: QuoteInput) -> None:
    goods = sum(line.unit_amount * line.quantity for line in of.lines)
    tax = sum(line.unit_amount * line.quantity * rate.rate_ppm for line in of.lines for rate in line.rates)
    shipping = of.shipping.amount * (1 + sum(rate.rate_ppm for rate in of.shipping.rates or ())) if of.shipping else 0
    if goods + tax + shipping <= MAX_AMOUNT:
        assert quote_or_refusal(of) is not None
    if goods > MAX_AMOUNT:
        assert quote_or_refusal(of) is None


@given(amounts, rates)
def test_included_tax_is_the_exact_one_rounded_once(amount: int, of: tuple[Rate, ...]) -> None:
    together = sum(rate.rate_ppm for rate in of)
    exact = Decimal(amount) * together / (1_000_000 + together)
    assert sum(tax_inside(amount, of)) == exact.quantize(Decimal(1), ROUND_HALF_UP)
    for rate, tax in zip(of, tax_inside(amount, of), strict=True):
        assert abs(tax - Decimal(amount) * rate.rate_ppm / (1_000_000 + together)) < Decimal("1.5")


@given(amounts, rates)
def test_each_tax_on_top_is_the_exact_one_rounded(amount: int, of: tuple[Rate, ...]) -> None:
    for rate, tax in zip(of, tax_on_top(amount, of), strict=True):
        assert tax == (Decimal(amount) * rate.rate_ppm / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP)
