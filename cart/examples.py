"""Examples of the cart's bodies for the OpenAPI document; a test holds them to the schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_LINE_ID = "01941f29-7c00-7aaa-8000-5d0b7c1f2a10"
_VARIANT_ID = "01941f29-7c00-7bbb-8000-0a1b2c3d4e5f"
_CART_ID = "6a0d3b0e-3a55-4f0e-9d52-8d1f2a3b4c5d"

ADDRESS = {
    "name": "Ana Ruiz",
    "company": "",
    "line1": "Calle Mayor 1",
    "line2": "",
    "city": "Valencia",
    "region": "V",
    "postal_code": "46001",
    "country": "ES",
    "phone": "+34912345678",
}


def _eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


SHIPPING_OPTION: dict[str, Any] = {
    "code": "standard",
    "name": "Standard",
    "description": "By post.",
    "price": _eur(495),
    "regular_price": _eur(495),
    "free_from": _eur(5000),
    "is_free": False,
    "kind": "delivery",
    "min_days": 2,
    "max_days": 4,
    "earliest_on": "2026-11-04",
    "latest_on": "2026-11-06",
}
SHIPPING_OPTIONS: dict[str, Any] = {
    "country": "ES",
    "results": [SHIPPING_OPTION | {"pickup_points": []}],
    "not_offered": [
        {
            "code": "letter",
            "name": "Letter",
            "reason": "too_heavy",
            "detail": "Letter carries 1 kg at the most; these goods weigh 1.4 kg.",
        }
    ],
}
CART: dict[str, Any] = {
    "id": _CART_ID,
    "market": "eu",
    "currency": "EUR",
    "language": "es",
    "status": "open",
    "order_id": None,
    "customer_id": None,
    "email": "ana@example.com",
    "shipping_address": ADDRESS,
    "billing_address": None,
    "shipping_method": SHIPPING_OPTION,
    "pickup_point": None,
    "vat_id": "",
    "tax_decision": {
        "rule": "charged",
        "country": "ES",
        "region": "V",
        "postal_code": "46001",
        "source": "tax-rates",
        "detail": "Taxed as ES taxes private buyers.",
    },
    "note": "",
    "metadata": {},
    "lines": [
        {
            "id": _LINE_ID,
            "variant_id": _VARIANT_ID,
            "product_id": "01941f29-7c00-7ccc-8000-1f2e3d4c5b6a",
            "product_slug": "sea-mug",
            "sku": "BAR-MUG-SEA-250",
            "title": "Taza Mar",
            "variant_title": "250 ml",
            "image_url": "/media/products/2026/11/sea-mug-480.png",
            "quantity": 2,
            "unit_price": _eur(1210),
            "regular_unit_price": _eur(1210),
            "price_list": None,
            "subtotal": _eur(2420),
            "discount": _eur(0),
            "tax": _eur(420),
            "total": _eur(2420),
            "available_quantity": 34,
            "backordered_quantity": 0,
            "promised_on": None,
            "requires_shipping": True,
            "is_gift": False,
            "is_gift_card": False,
        }
    ],
    "totals": {
        "subtotal": _eur(2420),
        "discount": _eur(0),
        "shipping": _eur(495),
        "tax": _eur(506),
        "rounding": _eur(0),
        "total": _eur(2915),
    },
    "use_store_credit": False,
    "credits": [],
    "payable": _eur(2915),
    "prices_include_tax": True,
    "requires_shipping": True,
    "explanation": [
        {
            "kind": "tax",
            "label": "IVA 21 %",
            "source": "tax-rate:01941f29-7c00-7ddd-8000-2a3b4c5d6e7f",
            "line_id": _LINE_ID,
            "amount": _eur(420),
            "is_included": True,
            "rate_ppm": 210_000,
        },
        {
            "kind": "shipping",
            "label": "Standard",
            "source": "shipping-method:standard",
            "line_id": None,
            "amount": _eur(495),
            "is_included": False,
            "rate_ppm": None,
        },
        {
            "kind": "tax",
            "label": "IVA 21 %",
            "source": "tax-rate:01941f29-7c00-7ddd-8000-2a3b4c5d6e7f",
            "line_id": None,
            "amount": _eur(86),
            "is_included": True,
            "rate_ppm": 210_000,
        },
    ],
    "codes": [
        {
            "code": "WELCOME10",
            "label": "10 % off shoes",
            "is_applied": False,
            "reason": "amount_too_low",
            "detail": "Add goods of it for €25.80 more.",
            "missing_quantity": None,
            "missing_amount": _eur(2580),
        }
    ],
    "promotions_within_reach": [
        {
            "label": "Free shipping from €80",
            "reason": "amount_too_low",
            "detail": "Add goods of it for €55.80 more.",
            "missing_quantity": None,
            "missing_amount": _eur(5580),
        }
    ],
    "problems": [
        {
            "code": "price_changed",
            "detail": "Taza Mar costs €12.10 now; it was €11.90.",
            "line_id": _LINE_ID,
            "is_blocking": False,
            "seen_unit_price": _eur(1190),
            "unit_price": _eur(1210),
        }
    ],
    "is_ready_to_order": True,
    "version": 5,
    "held_until": "2026-11-23T10:15:00Z",
    "expires_at": "2026-12-23T10:00:00Z",
    "created_at": "2026-11-23T09:58:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}
MERGED_LINE: dict[str, Any] = {
    "variant_id": _VARIANT_ID,
    "title": "Taza Mar",
    "guest_quantity": 2,
    "own_quantity": 33,
    "quantity": 34,
    "reason": "stock_insufficient",
}
SUMMARY: dict[str, Any] = {
    name: CART[name]
    for name in ("id", "market", "currency", "language", "status", "version", "expires_at", "created_at", "updated_at")
} | {"line_count": 1, "quantity": 2}

CREATE_INPUT = {
    "market": "eu",
    "email": "ana@example.com",
    "lines": [{"sku": "BAR-MUG-SEA-250", "quantity": 2}],
}
UPDATE_INPUT = {
    "shipping_address": {name: value for name, value in ADDRESS.items() if value},
    "shipping_method_code": "standard",
}


def answer(value: Any) -> OpenApiExample:
    """Return an example of an answer."""
    return OpenApiExample("Answer", value=value, response_only=True)


def request(value: Any) -> OpenApiExample:
    """Return an example of a request."""
    return OpenApiExample("Request", value=value, request_only=True)
