"""How the OpenAPI document describes answers that shoppers and staff see differently."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer


def either(name: str, shown: Any, record: Any, *, many: bool = False) -> Any:
    """Describe an answer that is what shoppers see or, to staff, what is written."""
    return PolymorphicProxySerializer(name, [shown, record], resource_type_field_name=None, many=many)
