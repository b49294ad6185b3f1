"""The OpenAPI document says what holds for every endpoint."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    generator: Any = SchemaGenerator
    return generator().get_schema(request=None, public=True)


def test_every_write_takes_an_idempotency_key_once(document: dict[str, Any]) -> None:
    writes = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in {"post", "put", "patch", "delete"}
    ]
    assert len(writes) > 10
    # Two whose answers hold secrets that must lie nowhere (see events/idempotency.py and docs/api.md); one only asks.
    without = {"api_keys_create", "me_password", "promotions_simulate_create"}
    for operation in writes:
        if operation["operationId"] in without or operation["operationId"].startswith("auth_"):
            continue
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert names.count("Idempotency-Key") == 1, operation["operationId"]


def test_inputs_are_closed_and_outputs_may_grow(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["CartCreateInputRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["CartOutput"]


def test_list_is_a_page(document: dict[str, Any]) -> None:
    answer = document["paths"]["/carts"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = document["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
    assert page["required"] == ["results", "next", "previous"]
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/CartSummaryOutput"}
