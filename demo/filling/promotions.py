"""The demo shop's promotions: one that everybody gets, and one by a code."""

from __future__ import annotations

from products.models import Category
from promotions.services import code_create, promotion_create

CODE = "WELCOME10"


def promotions_fill() -> None:
    """Make three for two of writing things, and ten percent off a first order by a code.

    After the sales, so that those stay what the content says.
    """
    writing = Category.objects.filter(slug="writing").values_list("pk", flat=True)
    promotion_create(
        values={
            "name": "Stationery: 3 for 2",
            "label": "3 for 2 on writing",
            "benefit": {"kind": "buy_get", "buy_quantity": 2, "get_quantity": 1, "rate_ppm": 1_000_000},
            "goods": [{"category_id": category} for category in writing],
        }
    )
    welcome = promotion_create(
        values={
            "name": "Welcome: 10 % off the first order",
            "label": "Welcome",
            "benefit": {"kind": "percent", "rate_ppm": 100_000},
            "requires_code": True,
            "is_first_order_only": True,
        }
    )
    code_create(promotion_id=welcome.pk, code=CODE)
