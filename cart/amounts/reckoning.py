"""What a cart comes to, and why: a pure function of integers. No database, no clock, no language.

The quote that a buyer sees, the order that is placed and the dry run of a promotion are made by this one function.
Which prices, rates, promotions and shipping methods go in is decided by quoting.py. The rules:

- A line is its unit amount times its quantity. Percentages and taxes are rounded as the market's policy says, and
  parts always sum to the whole: the last cent goes by the largest remainder.
- Promotions are reckoned at the prices before promotions, and take no more off a line than it costs.
- Free shipping from an amount, and shipping that is taxed as the goods are, look at the goods before promotions.
- Gross prices contain their taxes, so a gross total doesn't know of taxes. Net prices get them on top.
- A buyer who pays no tax is reckoned with net prices: gross ones lose the tax that is in one unit.
- A credit pays; it takes nothing off the total, and no tax with it.
- Lines are reckoned in the order of their keys, so that their order in the cart doesn't matter to any cent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cart.amounts.discounting import Chosen, Left, choose
from cart.amounts.parts import (
    CreditInput,
    CreditUse,
    LineInput,
    LineQuote,
    Policy,
    PromotionUse,
    Quote,
    QuoteInput,
    Rate,
    Row,
    RowKind,
    ShippingInput,
)
from cart.amounts.taxing import Taxed, tax_inside, taxes_of
from cart.exceptions import AmountTooLarge
from core.money import MAX_AMOUNT, allocate, divide
from promotions.plans import Plan, Rounded, Shipped, plan_of
from promotions.rules import Gift, Refusal
from shipping.amounts import shipping_amount

_UNTAXED: tuple[tuple[int, tuple[Rate, ...]], ...] = ((1, ()),)


@dataclass(frozen=True, slots=True)
class _Cart:
    """The input put in order: lines by their keys, prices as they are reckoned with, and what the shipping costs."""

    of: QuoteInput
    policy: Policy
    lines: tuple[LineInput, ...]
    amounts: tuple[int, ...]
    charged_amount: int
    shipping_parts: tuple[tuple[int, tuple[Rate, ...]], ...]
    """By weight, the rates that tax the shipping."""


def quote(of: QuoteInput) -> Quote:
    """Reckon up lines, promotions, shipping, taxes and credits.

    Raises:
        AmountTooLarge: a line or a total passes MAX_AMOUNT; the problem's `line_id` names the line, if it is one.
        ValueError: a quantity, amount or rate that is out of range to begin with: a mistake of the caller.
    """
    _check(of)
    cart = _in_order(of)
    chosen, refusals = _promoted(cart)
    return _answer(cart, chosen, refusals)


def gift_key(promotion_id: uuid.UUID) -> uuid.UUID:
    """Return the key of the line that a promotion's gift becomes."""
    return uuid.uuid5(promotion_id, "gift")


def goods_amount_of(of: QuoteInput) -> int:
    """Return what the goods come to before promotions, which is what shipping asks for: without tax if exempt.

    Gift cards are money, and no goods.

    Raises:
        AmountTooLarge: as `quote`.
    """
    lines = (_as_reckoned(of, line) for line in of.lines if not line.is_money)
    return _bounded(sum(_bounded(line.unit_amount * line.quantity, line.key) for line in lines))


def _in_order(of: QuoteInput) -> _Cart:
    policy = of.policy if of.exemption is None else replace(of.policy, prices_include_tax=False)
    given = sorted(of.lines, key=lambda line: line.key)
    lines = tuple(_as_reckoned(of, line) for line in given)
    amounts = tuple(_bounded(line.unit_amount * line.quantity, line.key) for line in lines)
    goods_amount = _bounded(sum(amount for line, amount in zip(lines, amounts, strict=True) if not line.is_money))
    if of.shipping is None:
        return _Cart(of, policy, lines, amounts, 0, _UNTAXED)
    charged = _bounded(
        shipping_amount(
            amount=of.shipping.amount, free_from_amount=of.shipping.free_from_amount, goods_amount=goods_amount
        )
    )
    parts = _shipping_parts(of.shipping, given)
    if of.exemption is None:
        return _Cart(of, policy, lines, amounts, charged, parts)
    if of.policy.prices_include_tax:
        amounts_of_parts = allocate(charged, [weight for weight, _ in parts])
        for amount, (_, rates) in zip(amounts_of_parts, parts, strict=True):
            charged -= sum(tax_inside(amount, rates, of.policy.rounding))
    return _Cart(of, policy, lines, amounts, charged, _UNTAXED)


def _as_reckoned(of: QuoteInput, line: LineInput) -> LineInput:
    """Return a line without taxes where none are paid: gross prices lose theirs, money never had any."""
    if line.is_money:
        return replace(line, rates=(), is_discountable=False)
    if of.exemption is None:
        return line
    inside = sum(tax_inside(line.unit_amount, line.rates, of.policy.rounding)) if of.policy.prices_include_tax else 0
    return replace(line, unit_amount=line.unit_amount - inside, rates=())


def _shipping_parts(shipping: ShippingInput, lines: Sequence[LineInput]) -> tuple[tuple[int, tuple[Rate, ...]], ...]:
    """Return the rates that tax the shipping, weighted: its own, or the goods' by what they cost."""
    if shipping.rates is not None:
        return ((1, shipping.rates),)
    by_rates: dict[tuple[Rate, ...], int] = {}
    for line in lines:
        if not line.is_money:
            by_rates[line.rates] = by_rates.get(line.rates, 0) + line.unit_amount * line.quantity
    return tuple((amount, rates) for rates, amount in by_rates.items()) or _UNTAXED


def _promoted(cart: _Cart) -> tuple[Chosen, tuple[Refusal, ...]]:
    """Plan every promotion by itself, and choose what is taken together."""
    of = cart.of
    if of.occasion is None or not of.rules:
        return Chosen(Left(list(cart.amounts), cart.charged_amount), ()), of.refused
    shipped = None if of.shipping is None else Shipped(of.shipping.code, cart.charged_amount)
    rounded = Rounded(cart.policy.rounding, cart.policy.is_rounded_per_line)
    plans: list[Plan] = []
    refusals = list(of.refused)
    for rule in of.rules:
        plan = plan_of(rule, cart.lines, of.occasion, shipped, rounded)
        if isinstance(plan, Refusal):
            refusals.append(plan)
        else:
            plans.append(plan)
    chosen = choose(plans, cart.amounts, cart.charged_amount, lambda left: _to_pay(cart, left))
    return chosen, (*refusals, *chosen.refusals)


def _to_pay(cart: _Cart, left: Left) -> int:
    """Return what is to be paid of what is left."""
    total = sum(left.lines) + left.shipping_amount
    if not cart.policy.prices_include_tax and cart.of.exemption is None:
        total += sum(sum(taxes) for taxes in taxes_of(_taxed(cart, left), cart.policy))
    return total


def _taxed(cart: _Cart, left: Left) -> list[Taxed]:
    """Return what is taxed: what is left of each line, then of the shipping, in parts that are taxed alike."""
    items = [Taxed(amount, line.rates) for line, amount in zip(cart.lines, left.lines, strict=True)]
    parts = allocate(left.shipping_amount, [weight for weight, _ in cart.shipping_parts])
    items.extend(Taxed(part, rates) for part, (_, rates) in zip(parts, cart.shipping_parts, strict=True))
    return items


def _answer(cart: _Cart, chosen: Chosen, refusals: tuple[Refusal, ...]) -> Quote:
    of, left = cart.of, chosen.left
    items = _taxed(cart, left)
    taxes = taxes_of(items, cart.policy)
    rows_of: dict[uuid.UUID | None, list[Row]] = {line.key: [] for line in cart.lines} | {None: []}
    if of.shipping is not None:
        rows_of[None].append(Row(RowKind.SHIPPING, of.shipping.label, of.shipping.source, None, cart.charged_amount))
    for plan, discounts, of_shipping in left.taken:
        label, source = _label(plan), plan.rule.source
        for place, discount in discounts.items():
            if discount:
                line = cart.lines[place].key
                rows_of[line].append(Row(RowKind.DISCOUNT, label, source, line, -discount))
        if of_shipping:
            rows_of[None].append(Row(RowKind.DISCOUNT, label, source, None, -of_shipping))
    for place, (item, parts) in enumerate(zip(items, taxes, strict=True)):
        key = cart.lines[place].key if place < len(cart.lines) else None
        rows_of[key].extend(_tax_rows(cart, item.rates, parts, key))
    quoted = {
        line.key: _line_quote(line, amount, rows_of[line.key])
        for line, amount in zip(cart.lines, cart.amounts, strict=True)
    }
    return _summed(cart, chosen, refusals, quoted, rows_of)


def _label(plan: Plan) -> str:
    return f"{plan.rule.label} ({plan.rule.code})" if plan.rule.code else plan.rule.label


def _tax_rows(cart: _Cart, rates: Sequence[Rate], taxes: Sequence[int], line: uuid.UUID | None) -> Iterable[Row]:
    is_included = cart.policy.prices_include_tax
    for rate, tax in zip(rates, taxes, strict=True):
        yield Row(RowKind.TAX, rate.label, rate.source, line, _bounded(tax, line), is_included, rate.rate_ppm)


def _line_quote(line: LineInput, subtotal_amount: int, rows: Sequence[Row]) -> LineQuote:
    return LineQuote(
        key=line.key,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        subtotal_amount=subtotal_amount,
        discount_amount=_sum_of(RowKind.DISCOUNT, rows),
        tax_amount=_bounded(_sum_of(RowKind.TAX, rows), line.key),
        total_amount=_bounded(subtotal_amount + _sum_on_top(rows), line.key),
    )


def _gifts(left: Left) -> Iterable[tuple[LineQuote, Row]]:
    """Return the lines that gifts become, each with the discount that is all of its price."""
    for plan, _, _ in left.taken:
        gift: Gift | None = plan.gift
        if gift is None or gift.unit_amount is None:
            continue
        key, subtotal = gift_key(plan.rule.id), _bounded(gift.unit_amount * gift.quantity)
        yield (
            LineQuote(key, gift.quantity, gift.unit_amount, subtotal, -subtotal, 0, 0, gift),
            Row(RowKind.DISCOUNT, _label(plan), plan.rule.source, key, -subtotal),
        )


def _summed(
    cart: _Cart,
    chosen: Chosen,
    refusals: tuple[Refusal, ...],
    quoted: dict[uuid.UUID, LineQuote],
    rows_of: dict[uuid.UUID | None, list[Row]],
) -> Quote:
    of = cart.of
    gifts = list(_gifts(chosen.left))
    lines = (*(quoted[line.key] for line in of.lines), *(line for line, _ in gifts))
    rows = [row for line in of.lines for row in rows_of[line.key]]
    rows += [row for _, row in gifts] + rows_of[None]
    if of.exemption is not None:
        rows.append(Row(RowKind.TAX, of.exemption.label, of.exemption.source, None, 0))
    subtotal_amount = _bounded(sum(line.subtotal_amount for line in lines))
    unrounded = _bounded(subtotal_amount + _sum_on_top(rows))
    rounding = divide(unrounded, cart.policy.cash_step, cart.policy.rounding) * cart.policy.cash_step - unrounded
    if rounding:
        rows.append(Row(RowKind.ROUNDING, "Rounding", f"cash-step:{cart.policy.cash_step}", None, rounding))
    total_amount = _bounded(unrounded + rounding)
    # Money can't be bought with money that was given: credits pay for everything but gift cards.
    creditable = total_amount - sum(quoted[line.key].total_amount for line in of.lines if line.is_money)
    credit_uses = _credit_uses(of.credits, max(creditable, 0))
    return Quote(
        prices_include_tax=cart.policy.prices_include_tax,
        lines=lines,
        rows=tuple(rows),
        uses=tuple(
            PromotionUse(plan.rule, sum(discounts.values()) + of_shipping)
            for plan, discounts, of_shipping in chosen.left.taken
        ),
        refusals=refusals,
        credits=credit_uses,
        subtotal_amount=subtotal_amount,
        discount_amount=_sum_of(RowKind.DISCOUNT, rows),
        shipping_amount=_sum_of(RowKind.SHIPPING, rows),
        tax_amount=_bounded(_sum_of(RowKind.TAX, rows)),
        rounding_amount=rounding,
        total_amount=total_amount,
        payable_amount=total_amount - sum(use.amount for use in credit_uses),
    )


def _credit_uses(credits_: Sequence[CreditInput], payable_amount: int) -> tuple[CreditUse, ...]:
    uses = []
    for credit in credits_:
        amount = min(credit.balance_amount, payable_amount)
        payable_amount -= amount
        uses.append(CreditUse(credit.label, credit.source, amount))
    return tuple(uses)


def _sum_of(kind: RowKind, rows: Iterable[Row]) -> int:
    return sum(row.amount for row in rows if row.kind is kind)


def _sum_on_top(rows: Iterable[Row]) -> int:
    return sum(row.amount for row in rows if not row.is_included)


def _bounded(amount: int, line: uuid.UUID | None = None) -> int:
    """Pass an amount on; Python's integers have no end, the database's and the clients' have."""
    if amount > MAX_AMOUNT:
        raise AmountTooLarge(line_id=None if line is None else str(line))
    return amount


def _check(of: QuoteInput) -> None:
    rates = [rate for line in of.lines for rate in line.rates]
    amounts = [line.unit_amount for line in of.lines] + [credit.balance_amount for credit in of.credits]
    if of.shipping is not None:
        rates.extend(of.shipping.rates or ())
        amounts.append(of.shipping.amount)
    is_sane = (
        all(line.quantity > 0 for line in of.lines)
        and all(amount >= 0 for amount in amounts)
        and all(rate.rate_ppm >= 0 for rate in rates)
        and of.policy.cash_step > 0
    )
    if not is_sane or len({line.key for line in of.lines}) < len(of.lines):
        message = "quantities are above zero, amounts and rates not below it, and keys of lines are unique"
        raise ValueError(message)
