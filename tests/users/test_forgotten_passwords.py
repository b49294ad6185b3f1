"""Forgotten passwords: from the mail to the next log-in, and what is refused."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.mail import EmailMessage
from django.utils.http import int_to_base36
from pytest_django import Settings
from rest_framework.test import APIClient

from events.models import Job
from tests.factories.users import PASSWORD, user_make
from tests.users.access import key_in, log_in, me_status

pytestmark = pytest.mark.django_db

Mails = Callable[[], list[EmailMessage]]


def test_forgotten_password_from_mail_to_log_in(api: APIClient, mails: Mails) -> None:
    user_make(email="ana@example.com")
    tokens = log_in(api, "ana@example.com")
    assert api.post("/api/v1/auth/password-reset", {"email": "ANA@example.com"}).status_code == 202
    assert "three" not in str(list(Job.objects.values_list("payload", flat=True)))
    [message] = mails()
    key = key_in(message)
    body = {"key": key, "password": "four-green-kettles"}
    assert api.post("/api/v1/auth/password-reset/confirm", body).status_code == 204
    log_in(api, "ana@example.com", "four-green-kettles")
    assert me_status(api, tokens["access_token"]) == 401
    assert [sent.subject for sent in mails()] == ["Your password was changed"]
    again = api.post("/api/v1/auth/password-reset/confirm", {**body, "password": "five-white-lanterns"})
    assert (again.status_code, again.json()["code"]) == (400, "mailed_key_invalid")
    log_in(api, "ana@example.com", "four-green-kettles")


def test_reset_of_an_unknown_address_answers_alike_and_sends_nothing(
    api: APIClient, mails: Mails, django_assert_num_queries: Any
) -> None:
    user_make(email="ana@example.com")
    answers = []
    for email in ("ana@example.com", "nobody@example.com"):
        with django_assert_num_queries(4):
            answers.append(api.post("/api/v1/auth/password-reset", {"email": email}))
    assert answers[0].content == answers[1].content
    assert [message.to for message in mails()] == [["ana@example.com"]]


def test_weak_new_password_is_refused_and_the_key_stays_good(api: APIClient, mails: Mails) -> None:
    user_make(email="ana@example.com")
    api.post("/api/v1/auth/password-reset", {"email": "ana@example.com"})
    key = key_in(mails()[0])
    response = api.post("/api/v1/auth/password-reset/confirm", {"key": key, "password": "short"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/password")
    log_in(api, "ana@example.com")
    api.post("/api/v1/auth/password-reset", {"email": "ana@example.com"})
    key = key_in(mails()[0])
    response = api.post("/api/v1/auth/password-reset/confirm", {"key": key, "password": "four-green-kettles"})
    assert response.status_code == 204


@pytest.mark.parametrize("key", ["x", "-", "zz-yy", int_to_base36(7) + "-abc", "\u00fc-\u00fc", "a" * 201, "", 7])
def test_reset_refuses_other_keys(api: APIClient, key: Any) -> None:
    user = user_make(email="ana@example.com")
    response = api.post("/api/v1/auth/password-reset/confirm", {"key": key, "password": "four-green-kettles"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/key"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_reset_of_a_locked_account_sends_nothing(api: APIClient, mails: Mails) -> None:
    user_make(email="ana@example.com", is_active=False)
    assert api.post("/api/v1/auth/password-reset", {"email": "ana@example.com"}).status_code == 202
    assert mails() == []


def test_mails_point_to_the_front_end_when_there_is_one(api: APIClient, mails: Mails, settings: Settings) -> None:
    settings.PASSWORD_RESET_URL = "https://shop.example/reset?key={key}"
    user_make(email="ana@example.com")
    api.post("/api/v1/auth/password-reset", {"email": "ana@example.com"})
    url = key_in(mails()[0])
    assert url.startswith("https://shop.example/reset?key=")
    key = unquote(url.partition("key=")[2])
    body = {"key": key, "password": "four-green-kettles"}
    assert api.post("/api/v1/auth/password-reset/confirm", body).status_code == 204


def test_nobody_is_mailed_over_and_over(api: APIClient) -> None:
    statuses = [api.post("/api/v1/auth/password-reset", {"email": "ana@example.com"}).status_code for _ in range(6)]
    assert statuses == [202] * 5 + [429]
    assert Job.objects.count() == 5
