"""Refusals of markets and taxes."""

from core.problems import Conflict, InvalidInput


class MarketUnknown(InvalidInput):
    """No active market has this code, or the shop has no market at all."""

    code = "market_unknown"
    title = "There is no such market."


class LanguageUnknown(InvalidInput):
    """The market isn't kept in this language."""

    code = "language_unknown"
    title = "The market is not kept in this language."


class MarketCodeTaken(Conflict):
    """Another market has this code."""

    code = "market_code_taken"
    title = "Another market has this code."


class MarketHasPrices(Conflict):
    """Prices are amounts of the market's currency: it can't change under them."""

    code = "market_has_prices"
    title = "The market has prices in its currency, so that cannot change."


class MarketInUse(Conflict):
    """Something belongs to it, or is for it alone and would be for every market without it."""

    code = "market_in_use"
    title = "Prices, carts, orders, shipping methods or promotions name this market; make it inactive instead."


class TaxCategoryCodeTaken(Conflict):
    """Another tax category has this code."""

    code = "tax_category_code_taken"
    title = "Another tax category has this code."


class TaxCategoryInUse(Conflict):
    """Products, rates or shipping methods name it."""

    code = "tax_category_in_use"
    title = "Products or shipping methods are taxed by this category; give them another first."


class TaxRateOverlap(Conflict):
    """Two rates of one category, place and name would hold at one time."""

    code = "tax_rate_overlap"
    title = "Another rate of this category, place and name holds during a part of that time."


class CurrencyRateTaken(Conflict):
    """There is a rate of these currencies for that day."""

    code = "currency_rate_taken"
    title = "There is a rate of these currencies for that day; change that one."


class CurrencyRateUnknown(InvalidInput):
    """Nobody has entered a rate of these currencies for that day, and none is guessed."""

    code = "currency_rate_unknown"
    title = "There is no rate of these currencies for that day."
