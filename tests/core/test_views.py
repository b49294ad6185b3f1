"""What every viewset does before its action."""

import pytest
from rest_framework.test import APIClient


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?unknown=1"])
def test_method_that_is_not_taken_is_a_405_whatever_its_query(api: APIClient, query: str) -> None:
    response = api.generic("TRACE", f"/api/v1/carts{query}")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.django_db
def test_unknown_parameter_is_named(api: APIClient) -> None:
    response = api.get("/api/v1/carts?unknown=1")
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "unknown")
