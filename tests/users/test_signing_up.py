"""Signing up, and addresses that are to be verified."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from pytest_django import Settings
from rest_framework.test import APIClient

from events.models import Event, Job
from tests.factories.users import user_make
from tests.users.access import key_in, log_in, me_status
from users.models import Session, User

pytestmark = pytest.mark.django_db

Mails = Callable[[], list[EmailMessage]]

NEW = {"email": "Ana@Example.com", "password": "three-blue-herons", "name": "  Ana   Pérez ", "language": "es"}


def test_sign_up_then_log_in(api: APIClient, mails: Mails) -> None:
    response = api.post("/api/v1/auth/signup", NEW)
    assert response.status_code == 202
    assert response.headers["Cache-Control"] == "no-store"
    user = User.objects.get()
    assert (user.email, user.name, user.language, user.is_staff) == ("ana@example.com", "Ana Pérez", "es", False)
    body = log_in(api, "ANA@example.com", "three-blue-herons")
    assert body["user"] == {
        "id": str(user.pk),
        "email": "ana@example.com",
        "is_email_verified": False,
        "name": "Ana Pérez",
        "phone": "",
        "language": "es",
        "is_staff": False,
        "rights": [],
        "created_at": body["user"]["created_at"],
    }
    assert set(body) == {"user", "access_token", "refresh_token", "expires_in"}
    assert body["expires_in"] == 900
    assert me_status(api, body["access_token"]) == 200
    [message] = mails()
    assert (message.to, message.subject) == (["ana@example.com"], "Welcome")
    assert [event.type for event in Event.objects.all()] == ["user.signed_up"]


def test_sign_up_with_a_taken_address_answers_alike_and_changes_nothing(api: APIClient, mails: Mails) -> None:
    user = user_make(email="ana@example.com")
    before = (user.password, user.name)
    fresh = api.post("/api/v1/auth/signup", {**NEW, "email": "bea@example.com"})
    taken = api.post("/api/v1/auth/signup", NEW)
    assert (taken.status_code, taken.content) == (fresh.status_code, fresh.content)
    assert set(taken.headers) == set(fresh.headers)
    user.refresh_from_db()
    assert (user.password, user.name) == before
    assert {message.to[0]: message.subject for message in mails()} == {
        "bea@example.com": "Welcome",
        "ana@example.com": "You have an account already",
    }


def test_sign_up_takes_the_same_number_of_statements_for_a_taken_address(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    user_make(email="ana@example.com")
    for email in ("ana@example.com", "bea@example.com"):
        with django_assert_num_queries(7):
            api.post("/api/v1/auth/signup", {**NEW, "email": email})


@pytest.mark.parametrize("hashes", ["log in", "sign up"])
def test_unknown_addresses_cost_a_hash_too(api: APIClient, monkeypatch: pytest.MonkeyPatch, hashes: str) -> None:
    user_make(email="ana@example.com")
    made: list[str] = []

    def counted(method: Callable[[User, str], Any]) -> Callable[[User, str], Any]:
        def call(user: User, raw: str) -> Any:
            made.append(raw)
            return method(user, raw)

        return call

    for name in ("set_password", "check_password"):
        monkeypatch.setattr(User, name, counted(getattr(User, name)))
    path = "/api/v1/auth/login" if hashes == "log in" else "/api/v1/auth/signup"
    for email in ("ana@example.com", "nobody@example.com"):
        made.clear()
        api.post(path, {"email": email, "password": "not-the-password"})
        assert len(made) == 1, email


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"email": "nobody"}, "/email", "email"),
        ({"email": ""}, "/email", "blank"),
        ({"email": 7}, "/email", "invalid"),
        ({"email": None}, "/email", "null"),
        ({"email": "a" * 250 + "@example.com"}, "/email", "max_length"),
        ({"email": "ana@example.com\u0000"}, "/email", "nul"),
        ({"email": "ana@ex\ud800ample.com"}, None, "malformed_body"),
        ({"email": ["ana@example.com"]}, "/email", "invalid"),
        ({"password": "short"}, "/password", "password_too_short"),
        ({"password": "1234567890"}, "/password", "password_too_common"),
        ({"password": "ana@example.com"}, "/password", "password_too_similar"),
        ({"password": "x" * 201}, "/password", "max_length"),
        ({"password": 1234567890123}, "/password", "invalid"),
        ({"name": "x" * 151}, "/name", "max_length"),
        ({"name": "a\u0007b"}, "/name", "control"),
        ({"language": "klingon!"}, "/language", "invalid"),
        ({"is_staff": True}, "/is_staff", "unknown_field"),
        ({"is_superuser": True}, "/is_superuser", "unknown_field"),
    ],
)
def test_sign_up_refuses_bad_input(api: APIClient, change: dict[str, Any], pointer: str | None, code: str) -> None:

    response = api.generic(
        "POST", "/api/v1/auth/signup", json.dumps({**NEW, **change}), content_type="application/json"
    )
    assert response.status_code == 400
    body = response.json()
    if pointer is None:
        assert body["code"] == code
    else:
        assert (pointer, code) in {(error["pointer"], error["code"]) for error in body["errors"]}
    assert not User.objects.exists()
    assert not Job.objects.exists()


def test_password_keeps_its_blanks(api: APIClient) -> None:
    api.post("/api/v1/auth/signup", {**NEW, "password": "  three blue herons "})
    log_in(api, "ana@example.com", "  three blue herons ")
    refused = api.post("/api/v1/auth/login", {"email": "ana@example.com", "password": "three blue herons"})
    assert refused.status_code == 401


def test_verify_an_address(api: APIClient, mails: Mails) -> None:
    api.post("/api/v1/auth/signup", NEW)
    key = key_in(mails()[0])
    for _ in range(2):
        assert api.post("/api/v1/auth/verify-email", {"key": key}).status_code == 204
    assert EmailAddress.objects.get().verified
    assert log_in(api, "ana@example.com", NEW["password"])["user"]["is_email_verified"] is True
    assert api.post("/api/v1/auth/verify-email", {"key": "nonsense"}).status_code == 400


def test_shop_that_wants_verified_addresses(api: APIClient, mails: Mails, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    api.post("/api/v1/auth/signup", NEW)
    mails()
    body = {"email": "ana@example.com", "password": NEW["password"]}
    response = api.post("/api/v1/auth/login", body)
    assert (response.status_code, response.json()["code"]) == (403, "email_unverified")
    assert not Session.objects.exists()
    wrong = api.post("/api/v1/auth/login", {**body, "password": "not-the-password"})
    assert wrong.json()["code"] == "log_in_refused"
    [message] = mails()
    assert message.subject == "Please confirm your address"
    assert api.post("/api/v1/auth/verify-email", {"key": key_in(message)}).status_code == 204
    assert api.post("/api/v1/auth/login", body).status_code == 200
