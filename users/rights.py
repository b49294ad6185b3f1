"""The vocabulary of rights: one list for roles of staff, scopes of API keys and the admin. Who has them is data."""

from collections.abc import Mapping

RIGHTS: Mapping[str, str] = {
    "catalogue:read": "See drafts and what shoppers don't see of products.",
    "catalogue:write": "Change products, categories, prices, media and collections.",
    "stock:read": "See stock levels and movements.",
    "stock:write": "Change stock.",
    "orders:read": "See everybody's orders and payments.",
    "orders:write": "Cancel and fulfil orders, add notes.",
    "payments:write": "Record and refund payments.",
    "cases:read": "See what a person has to look at.",
    "cases:write": "Resolve cases.",
    "gift-cards:read": "See gift cards and store credit, and what happened to them.",
    "gift-cards:write": "Issue, stop and adjust gift cards and store credit; see the codes of cards that were sold.",
    "customers:read": "See customers and their addresses.",
    "customers:write": "Change customers.",
    "settings:read": "See markets, taxes and shipping as staff.",
    "settings:write": "Change markets, taxes and shipping.",
    "promotions:read": "See promotions and their codes.",
    "promotions:write": "Change promotions and make codes.",
    "imports:write": "Import and export data.",
    "audit:read": "See audits of the books, and ask for one.",
    "access:write": "Manage staff, roles and API keys.",
}

ALL_RIGHTS = frozenset(RIGHTS)
