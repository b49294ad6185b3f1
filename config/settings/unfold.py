"""How the admin looks and what its sidebar offers, grouped as staff think of a shop and not by our apps."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy

_SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Sales": (
        ("Orders", "shopping_bag", "orders.order"),
        ("Payments", "payments", "payments.payment"),
        ("Carts", "shopping_cart", "cart.cart"),
        ("Outside answers", "contact_support", "cart.outsideanswer"),
        ("Cases", "assignment_late", "events.case"),
    ),
    "Catalogue": (
        ("Products", "sell", "products.product"),
        ("Categories", "account_tree", "products.category"),
        ("Collections", "collections_bookmark", "products.collection"),
        ("Brands", "verified", "products.brand"),
        ("Attributes", "tune", "products.attribute"),
        ("Prices", "price_change", "products.price"),
        ("Price history", "history", "products.pricehistory"),
        ("Price lists", "request_quote", "products.pricelist"),
        ("List prices", "format_list_numbered", "products.pricelistprice"),
        ("Images", "image", "products.media"),
        ("Imports", "upload_file", "products.import"),
    ),
    "Promotions": (
        ("Promotions", "sell", "promotions.promotion"),
        ("Codes", "confirmation_number", "promotions.code"),
    ),
    "Stock": (
        ("Stock levels", "inventory_2", "inventory.stocklevel"),
        ("Movements", "swap_vert", "inventory.stockmovement"),
        ("Transfers", "local_shipping", "inventory.stocktransfer"),
        ("Stock takes", "fact_check", "inventory.stocktake"),
        ("Locations", "warehouse", "inventory.location"),
    ),
    "Customers": (
        ("Customers", "group", "users.user?is_staff__exact=0"),
        ("Customer groups", "groups", "users.customergroup"),
        ("Group members", "person_add", "users.groupmembership"),
        ("Addresses", "location_on", "users.address"),
    ),
    "Credit": (
        ("Gift cards", "redeem", "promotions.giftcard"),
        ("Store credit", "account_balance_wallet", "promotions.storecredit"),
        ("Entries", "receipt_long", "promotions.creditentry"),
    ),
    "Settings": (
        ("Markets", "public", "markets.market"),
        ("Tax categories", "category", "markets.taxcategory"),
        ("Tax rates", "percent", "markets.taxrate"),
        ("Currency rates", "currency_exchange", "markets.currencyrate"),
        ("Shipping zones", "map", "shipping.shippingzone"),
        ("Shipping methods", "local_shipping", "shipping.shippingmethod"),
        ("Pick-up points", "storefront", "shipping.pickuppoint"),
    ),
    "Access": (
        ("Staff", "badge", "users.user?is_staff__exact=1"),
        ("Roles", "shield_person", "users.role"),
        ("API keys", "key", "users.apikey"),
    ),
    "System": (
        ("Audits", "fact_check", "audit.auditrun"),
        ("Events", "bolt", "events.event"),
        ("Jobs", "manufacturing", "events.job"),
        ("Log-ins", "login", "users.session"),
        ("Idempotency keys", "repeat_one", "events.idempotencykey"),
    ),
}


def _may_see(label: str) -> Callable[[HttpRequest], bool]:
    app, model = label.split(".")
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _is_open(url_start: Any, query: str) -> Callable[[HttpRequest], bool]:
    """Tell whether the page is of this list; two entries that lead to one list are told apart by their filter."""
    # Not a QueryDict: that one asks the settings, which are being made just now.
    wanted = parse_qsl(query)

    def is_open(request: HttpRequest) -> bool:
        return request.path.startswith(str(url_start)) and all(request.GET.get(key) == value for key, value in wanted)

    return is_open


def _item(title: str, icon: str, target: str) -> dict[str, Any]:
    label, _, query = target.partition("?")
    url = reverse_lazy(f"admin:{label.replace('.', '_')}_changelist")
    return {
        "title": title,
        "icon": icon,
        "link": format_lazy("{}?{}", url, query) if query else url,
        "active": _is_open(url, query),
        "permission": _may_see(label),
    }


def _stylesheet(_request: HttpRequest) -> str:
    return static("tienda/admin.css")


def _icon(_request: HttpRequest) -> str:
    return static("tienda/icon.svg")


SETTINGS: dict[str, Any] = {
    "SITE_TITLE": "Tienda",
    "SITE_HEADER": "Tienda",
    "SITE_SUBHEADER": "Your shop, from the inside",
    "SITE_URL": None,
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [_stylesheet],
    "DASHBOARD_CALLBACK": "audit.admin.start_page",
    "COLORS": {
        "primary": {
            "50": "#effaf7",
            "100": "#d8f3ea",
            "200": "#b4e6d7",
            "300": "#82d3bd",
            "400": "#4fb99f",
            "500": "#2d9d84",
            "600": "#1f7e6b",
            "700": "#1b6557",
            "800": "#195147",
            "900": "#17443c",
            "950": "#072722",
        }
    },
    "LOGIN": {"form": "users.admin_login.LoginForm"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": [
            {"items": [{"title": "Start", "icon": "home", "link": reverse_lazy("admin:index")}]},
            *(
                {
                    "title": title,
                    "separator": True,
                    "collapsible": title in {"Access", "System"},
                    "items": [_item(*row) for row in rows],
                }
                for title, rows in _SECTIONS.items()
            ),
        ],
    },
    "COMMAND": {"search_callback": "orders.admin.search.found"},
}
