"""Examples of the bodies of orders for the OpenAPI document; a test holds them to the schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ORDER_ID = "01941f2b-9a10-7d4e-8b3f-1a2b3c4d5e6f"
_CART_ID = "6a0d3b0e-3a55-4f0e-9d52-8d1f2a3b4c5d"
_LINE_ID = "01941f2b-9a11-7aaa-8000-5d0b7c1f2a10"
_PAYMENT_ID = "01941f2b-9a12-7bbb-8000-0a1b2c3d4e5f"
_TIME = "2026-11-23T12:00:00Z"


def _eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


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
ORDER_PAYMENT: dict[str, Any] = {
    "id": _PAYMENT_ID,
    "provider": "manual",
    "method": "bank_transfer",
    "status": "pending",
    "amount": _eur(4493),
    "captured": _eur(0),
    "refunded": _eur(0),
    "created_at": _TIME,
}
PAYMENT: dict[str, Any] = {
    **ORDER_PAYMENT,
    "order_id": _ORDER_ID,
    "status": "captured",
    "captured": _eur(4493),
    "reference": "SEPA 4711",
    "events": [
        {"kind": "created", "amount": _eur(4493), "reference": "", "note": "", "actor": "guest", "created_at": _TIME},
        {
            "kind": "captured",
            "amount": _eur(4493),
            "reference": "SEPA 4711",
            "note": "",
            "actor": "key:tnd_4f2a",
            "created_at": _TIME,
        },
    ],
}
FULFILMENT: dict[str, Any] = {
    "id": "01941f2b-9a13-7ccc-8000-1f2e3d4c5b6a",
    "order_id": _ORDER_ID,
    "carrier": "Correos",
    "tracking_number": "PQ4711",
    "tracking_url": "https://example.com/track/PQ4711",
    "shipped_at": _TIME,
    "lines": [{"line_id": _LINE_ID, "quantity": 2}],
}
ORDER: dict[str, Any] = {
    "id": _ORDER_ID,
    "number": "T100001",
    "cart_id": _CART_ID,
    "status": "pending",
    "payment_status": "unpaid",
    "fulfilment_status": "unfulfilled",
    "market": "eu",
    "currency": "EUR",
    "language": "es",
    "email": "ana@example.com",
    "customer_id": None,
    "prices_include_tax": True,
    "lines": [
        {
            "id": _LINE_ID,
            "position": 0,
            "variant_id": "01941f29-7c00-7bbb-8000-0a1b2c3d4e5f",
            "sku": "BAR-MUG-SEA-250",
            "title": "Taza Mar",
            "variant_title": "250 ml",
            "requires_shipping": True,
            "is_gift": False,
            "is_gift_card": False,
            "quantity": 2,
            "fulfilled_quantity": 0,
            "backordered_quantity": 0,
            "promised_on": None,
            "price_list": None,
            "returned_quantity": 0,
            "unit_price": _eur(1999),
            "subtotal": _eur(3998),
            "discount": _eur(0),
            "tax": _eur(694),
            "total": _eur(3998),
        }
    ],
    "totals": {
        "subtotal": _eur(3998),
        "discount": _eur(0),
        "shipping": _eur(495),
        "tax": _eur(780),
        "rounding": _eur(0),
        "total": _eur(4493),
    },
    "explanation": [
        {
            "kind": "tax",
            "label": "IVA",
            "source": "tax-rate:01941f29-7c00-7eee-8000-2b3c4d5e6f70",
            "line_id": _LINE_ID,
            "amount": _eur(694),
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
            "label": "IVA",
            "source": "tax-rate:01941f29-7c00-7eee-8000-2b3c4d5e6f70",
            "line_id": None,
            "amount": _eur(86),
            "is_included": True,
            "rate_ppm": 210_000,
        },
    ],
    "paid": _eur(0),
    "refunded": _eur(0),
    "owed": _eur(4493),
    "payments": [ORDER_PAYMENT],
    "fulfilments": [],
    "shipping_address": ADDRESS,
    "billing_address": None,
    "shipping_method": {
        "code": "standard",
        "name": "Standard",
        "pickup_point": None,
        "earliest_on": "2026-11-04",
        "latest_on": "2026-11-06",
    },
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
    "reserved_until": "2026-11-30T12:00:00Z",
    "placed_at": _TIME,
    "cancelled_at": None,
    "cancel_reason": "",
    "version": 1,
    "updated_at": _TIME,
}
PLACED: dict[str, Any] = {**ORDER, "token": "4ZkE3xI0c1cXb7o2qUoYVd5l9hR8mT6sPq0aWzXvB3k"}
CANCELLED: dict[str, Any] = {
    **ORDER,
    "status": "cancelled",
    "owed": _eur(0),
    "payments": [{**ORDER_PAYMENT, "status": "cancelled"}],
    "reserved_until": None,
    "cancelled_at": _TIME,
    "cancel_reason": "Ordered twice",
    "version": 2,
}
SUMMARY: dict[str, Any] = {
    **{
        name: ORDER[name]
        for name in (
            "id",
            "number",
            "status",
            "payment_status",
            "fulfilment_status",
            "market",
            "currency",
            "email",
            "customer_id",
        )
    },
    "name": "Ana Ruiz",
    "total": _eur(4493),
    "paid": _eur(0),
    "placed_at": _TIME,
}
HISTORY: dict[str, Any] = {
    "id": 4711,
    "kind": "placed",
    "message": "Order placed.",
    "data": {},
    "is_public": True,
    "actor": "guest",
    "created_at": _TIME,
}
PLACE_INPUT = {"cart": _CART_ID, "expected_total": _eur(4493), "payment_method": "bank_transfer"}
CANCEL_INPUT = {"reason": "Ordered twice"}
FULFILMENT_INPUT = {"carrier": "Correos", "tracking_number": "PQ4711"}
PAYMENT_INPUT = {"method": "bank_transfer"}
CAPTURE_INPUT = {"reference": "SEPA 4711"}
REFUND_INPUT = {"amount": _eur(1000), "reason": "The cup had a crack"}
RETURNED_GOODS_INPUT = {
    "lines": [{"line_id": _LINE_ID, "quantity": 1}],
    "location": "main",
    "reason": "Too small",
}
REFUND_PROPOSAL: dict[str, Any] = {
    "lines": [
        {"line_id": _LINE_ID, "title": "Linen shirt", "quantity": 1, "amount": _eur(1999), "tax": _eur(347)},
    ],
    "goods": _eur(1999),
    "shipping": _eur(0),
    "refunded": _eur(0),
    "amount": _eur(1999),
    "refundable": _eur(4493),
}
GIFT_CARD: dict[str, Any] = {
    "id": "01941f29-7c00-7a50-8000-5d0b7c1f2a10",
    "line_id": _LINE_ID,
    "code": "4Z8Q-0N3T-WX5R-7K2P",
    "last_characters": "7K2P",
    "amount": _eur(5000),
    "balance": _eur(5000),
    "is_active": True,
    "expires_at": None,
    "issued_at": _TIME,
}
NOTE_INPUT = {"message": "Rang; wants it on Friday."}


def answer(value: Any) -> OpenApiExample:
    """Return an example of an answer."""
    return OpenApiExample("Answer", value=value, response_only=True)


def request(value: Any) -> OpenApiExample:
    """Return an example of a request."""
    return OpenApiExample("Request", value=value, request_only=True)
