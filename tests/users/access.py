"""How tests of accounts get in, and see that somebody is in."""

from typing import Any

from django.core.mail import EmailMessage
from rest_framework.test import APIClient

from tests.factories.users import PASSWORD


def log_in(api: APIClient, email: str, password: str = PASSWORD) -> dict[str, Any]:
    response = api.post("/api/v1/auth/login", {"email": email, "password": password})
    assert response.status_code == 200, response.content
    return response.json()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me_status(api: APIClient, token: str) -> int:
    return api.get("/api/v1/me", headers=bearer(token)).status_code


def key_in(message: EmailMessage) -> str:
    return next(line for line in message.body.splitlines() if line and " " not in line and len(line) > 20)
