"""What a cart comes to now, and what stands between it and an order.

What is loaded for it is facts.py, what reckons is amounts/. The buyer's view and the placing of the order both come
from here. Nothing is written here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from cart.amounts import LineInput, LineQuote, Policy, Quote, QuoteInput, Row, goods_amount_of, quote
from cart.crediting import CreditPart
from cart.facts import CartFacts, facts_for
from cart.models import Cart, CartLine
from cart.outside import (
    AskedTaxes,
    Bought,
    Question,
    pending_problems,
    refusal_of,
    taxes_of,
)
from cart.problems import CartProblem, problems_of_cart, problems_of_line
from cart.promoting import (
    Promoted,
    PromotionState,
    rules_of,
    states_of_codes,
    within_reach,
)
from cart.selectors import cart_lines, order_id_of
from cart.sending import (
    chosen_of,
    goods_of,
    offer_to,
    promised_on,
    shipping_input,
)
from cart.tax_decisions import TaxDecision
from core import clock
from core.money import Money, Rounding
from markets.models import Market
from products.selectors import SellableVariant
from shipping.offering import Goods, ShippingOption


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line with all that a buyer or an order wants to know of it.

    A line that can't be bought any more keeps its title and the price last seen, comes to nothing, and has its problem.
    """

    id: uuid.UUID
    quantity: int
    unit_amount: int
    title: str
    variant_id: uuid.UUID | None
    regular_unit_amount: int | None = None
    """The base price, which `unit_amount` is when there is no `price_list`."""
    price_list: str | None = None
    """The code of the price list that the unit price is of."""
    subtotal_amount: int = 0
    discount_amount: int = 0
    tax_amount: int = 0
    total_amount: int = 0
    available_quantity: int | None = 0
    backordered_quantity: int = 0
    promised_on: date | None = None
    product_id: uuid.UUID | None = None
    product_slug: str | None = None
    sku: str = ""
    variant_title: str = ""
    image_url: str | None = None
    requires_shipping: bool = False
    is_stock_tracked: bool = False
    max_customer_quantity: int | None = None
    is_sellable: bool = False
    is_gift: bool = False
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class MergedLine:
    """What became of one line of the guest's cart. `reason` says why the quantity is less than the two together."""

    variant_id: uuid.UUID | None
    title: str
    guest_quantity: int
    own_quantity: int
    quantity: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CartQuote:
    """A cart, its lines, what it comes to and why, and its problems, all of one moment."""

    cart: Cart
    at: datetime
    order_id: uuid.UUID | None
    lines: tuple[QuotedLine, ...]
    amounts: Quote
    goods: Goods
    """What shipping asks of the goods."""
    shipping: ShippingOption | None
    """The chosen method, if it is offered to these goods and the cart's address, and anything has to be shipped."""
    requires_shipping: bool
    tax_decision: TaxDecision
    problems: tuple[CartProblem, ...]
    promoted: Promoted
    credits: tuple[CreditPart, ...] = ()
    """Gift cards, then store credit, with what each pays."""
    bought: tuple[Bought, ...] = ()
    """What the lines buy, without gifts."""
    unasked: tuple[Question, ...] = ()
    """What services outside have to be asked before this is what it will be; nothing for a cart that is closed."""

    @property
    def codes(self) -> tuple[PromotionState, ...]:
        """Return what became of each code in the cart."""
        return states_of_codes(self.promoted, self.amounts, self.currency)

    @property
    def promotions_within_reach(self) -> tuple[PromotionState, ...]:
        """Return promotions that some more goods would bring."""
        return within_reach(self.amounts, self.currency)

    @property
    def is_ready_to_order(self) -> bool:
        """Tell whether no problem stands in the way; a changed price is told, and doesn't."""
        return not any(problem.is_blocking for problem in self.problems)

    @property
    def status(self) -> str:
        """Return the cart's status at that moment."""
        return self.cart.status_at(self.at)

    @property
    def held_until(self) -> datetime | None:
        """Return until when the goods are held for the buyer; None if they aren't."""
        return self.cart.held_at(self.at)

    @property
    def currency(self) -> str:
        """Return the market's currency, in which every amount is."""
        return self.cart.market.currency

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the explanation: every discount, tax and fee as a signed row."""
        return self.amounts.rows

    @property
    def total(self) -> Money:
        """Return the total, to be compared with what the buyer expects."""
        return self.money(self.amounts.total_amount)

    @property
    def payable(self) -> Money:
        """Return what is to be paid besides what credits pay."""
        return self.money(self.amounts.payable_amount)

    def money(self, amount: int) -> Money:
        """Return an amount in the cart's currency."""
        return Money(amount, self.currency)


def quote_of(cart: Cart, at: datetime) -> CartQuote:
    """Return what a cart comes to at a time, in a fixed number of queries for any number of lines and promotions.

    Five where the shop has no promotion (else see `promoted_for` and `tagged`), one more where a shipping method is
    chosen, one for a customer's cart, one when it has been ordered, one each if gift cards or store credit are to
    pay, and one where a carrier says what the method costs or a tax service which taxes apply (two for that). Nobody
    outside is asked here: `unasked` is what has to be asked first (see services/asking.py).

    Nothing is locked here: an order is placed under the cart's lock (`cart_for_update`), so that its lines stay, and
    takes the stock by itself.

    Raises:
        AmountTooLarge: a line or a total passes the largest amount that is reckoned with.
    """
    lines = cart_lines(cart)
    return quote_with(cart, lines, facts_for(cart, (line.variant_id for line in lines), at), at)


def quote_with(cart: Cart, lines: Sequence[CartLine], facts: CartFacts, at: datetime) -> CartQuote:
    """Return what these lines come to in a cart, by facts that are known already. No query for an open cart."""
    bought = {line.id: variant for line in lines if (variant := facts.variant_of(line)) is not None}
    pieces = {line.id: _bought(line, bought[line.id]) for line in lines if line.id in bought}
    requires_shipping = any(variant.requires_shipping for variant in bought.values())
    taxes = taxes_of(
        cart,
        facts.taxes,
        bought=list(pieces.values()),
        method=chosen_of(cart, facts.methods) if requires_shipping else None,
        answers=facts.answers,
        at=at,
    )
    given = QuoteInput(
        policy=policy_of(cart.market),
        lines=tuple(_line_input(key, one, taxes, facts) for key, one in pieces.items()),
        exemption=taxes.decision.exemption,
        credits=facts.credits.inputs,
        occasion=facts.promoted.occasion,
        rules=rules_of(facts.promoted, lines, facts.variants, facts.offers),
        refused=facts.promoted.refused,
    )
    goods = goods_of(
        [(one, facts.offer_of(one.variant.id)) for one in pieces.values()],
        amount=goods_amount_of(given),
        categories=facts.excluded_categories,
        at=at,
    )
    sent = (
        offer_to(cart, facts.methods, goods, bought=pieces.values(), answers=facts.answers, at=at)
        if requires_shipping
        else None
    )
    shipping = sent.offer if sent is not None and isinstance(sent.offer, ShippingOption) else None
    amounts = quote(replace(given, shipping=shipping_input(shipping, taxes) if shipping else None))
    amounts_of = {line.key: line for line in amounts.lines}
    problems: Iterable[CartProblem] = problems_of_cart(
        cart,
        is_empty=not lines,
        requires_shipping=requires_shipping,
        not_offered=refusal_of(sent),
    )
    of_lines = (
        problems_of_line(line, bought.get(line.id), facts.available_of(line.variant_id), cart.market.currency)
        for line in lines
    )
    is_open = cart.status_at(at) == Cart.Status.OPEN
    return CartQuote(
        cart=cart,
        at=at,
        order_id=order_id_of(cart),
        lines=(
            *(_quoted(line, bought.get(line.id), amounts_of.get(line.id), facts, at) for line in lines),
            *(_gift(line, facts, at) for line in amounts.lines if line.gift is not None),
        ),
        amounts=amounts,
        goods=goods,
        shipping=shipping,
        requires_shipping=requires_shipping,
        tax_decision=taxes.decision,
        problems=tuple(chain(problems, pending_problems(sent, taxes), *of_lines, facts.credits.problems))
        if is_open
        else (_closed(cart, at),),
        promoted=facts.promoted,
        credits=facts.credits.parts_of(amounts.credits),
        bought=tuple(pieces.values()),
        unasked=tuple(
            question for question in (sent.question if sent else None, taxes.question) if question and is_open
        ),
    )


def policy_of(market: Market) -> Policy:
    """Return how a market reckons and rounds."""
    return Policy(
        prices_include_tax=market.prices_include_tax,
        rounding=Rounding(market.rounding),
        is_rounded_per_line=market.rounding_place == Market.RoundingPlace.LINE,
        cash_step=market.cash_step,
    )


def _bought(line: CartLine, variant: SellableVariant) -> Bought:
    return Bought(variant, line.quantity, variant.price_of(line.quantity).amount)


def _line_input(key: uuid.UUID, bought: Bought, taxes: AskedTaxes, facts: CartFacts) -> LineInput:
    return LineInput(
        key=key,
        quantity=bought.quantity,
        unit_amount=bought.unit_amount,
        rates=taxes.of_goods(bought.variant),
        tags=facts.promoted.tags_of(bought.variant),
        is_money=bought.variant.is_gift_card,
    )


def _quoted(
    line: CartLine, variant: SellableVariant | None, amounts: LineQuote | None, facts: CartFacts, at: datetime
) -> QuotedLine:
    if variant is None or amounts is None:
        return QuotedLine(
            id=line.id,
            quantity=line.quantity,
            unit_amount=line.seen_unit_amount,
            title=line.title,
            variant_id=line.variant_id,
        )
    return _sold(amounts, variant, facts, at)


def _gift(amounts: LineQuote, facts: CartFacts, at: datetime) -> QuotedLine:
    """Return the line that a promotion has added. No limit of a customer counts gifts."""
    assert amounts.gift is not None  # noqa: S101 (its caller looks)
    sold = _sold(amounts, facts.variants[amounts.gift.variant_id], facts, at)
    return replace(sold, is_gift=True, max_customer_quantity=None)


def _sold(amounts: LineQuote, variant: SellableVariant, facts: CartFacts, at: datetime) -> QuotedLine:
    offer = facts.offer_of(variant.id)
    backordered_quantity = offer.backordered_of(amounts.quantity)
    return QuotedLine(
        id=amounts.key,
        quantity=amounts.quantity,
        unit_amount=amounts.unit_amount,
        regular_unit_amount=variant.regular_amount,
        price_list=variant.price_of(amounts.quantity).price_list,
        subtotal_amount=amounts.subtotal_amount,
        discount_amount=amounts.discount_amount,
        tax_amount=amounts.tax_amount,
        total_amount=amounts.total_amount,
        title=variant.product_title,
        variant_id=variant.id,
        available_quantity=offer.available,
        backordered_quantity=backordered_quantity,
        promised_on=promised_on(variant, offer, amounts.quantity, clock.day_of(at)),
        product_id=variant.product_id,
        product_slug=variant.product_slug,
        sku=variant.sku,
        variant_title=variant.variant_title,
        image_url=variant.image_url,
        requires_shipping=variant.requires_shipping,
        is_stock_tracked=variant.is_stock_tracked,
        max_customer_quantity=variant.max_customer_quantity,
        is_sellable=True,
        is_gift_card=variant.is_gift_card,
    )


def _closed(cart: Cart, at: datetime) -> CartProblem:
    return CartProblem("cart_closed", f"This cart is {cart.status_at(at)}; it can be read, not changed or ordered.")
