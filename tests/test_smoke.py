"""The foundation answers: health, and problems for what is not there."""

import pytest
from rest_framework.test import APIClient


@pytest.mark.django_db
def test_ready_when_database_answers_and_migrations_are_applied(api: APIClient) -> None:
    response = api.get("/readyz")
    assert (response.status_code, response.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})


def test_unknown_path_is_a_problem(api: APIClient) -> None:
    response = api.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
