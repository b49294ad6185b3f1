"""The market's page with what it lacks to sell: it takes prices, stock, shipping and taxes to say that."""

from django.contrib import admin

from markets.admin import MarketAdmin
from markets.models import Market


@admin.register(Market)
class SellingMarketAdmin(MarketAdmin):
    """Where sales happen."""
