"""Pages of markets, taxes and currency rates. Django finds them by this package.

The market's page is registered by cart, the lowest app that knows all that a market needs to sell.
"""

from markets.admin.currency_rates import CurrencyRateAdmin
from markets.admin.markets import MarketAdmin, MarketForm
from markets.admin.taxes import TaxCategoryAdmin, TaxRateAdmin

__all__ = ["CurrencyRateAdmin", "MarketAdmin", "MarketForm", "TaxCategoryAdmin", "TaxRateAdmin"]
