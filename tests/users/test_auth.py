"""Signing up, logging in and out, refreshing, and forgotten passwords."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.http import int_to_base36
from pytest_django import Settings
from rest_framework.test import APIClient

from core import clock
from events.models import Event, IdempotencyKey, Job
from tests.factories.users import PASSWORD, staff_make, user_make
from users.models import Session, User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
Mails = Callable[[], list[EmailMessage]]
NEW = {"email": "Ana@Example.com", "password": "three-blue-herons", "name": "  Ana   Pérez ", "language": "es"}


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


@pytest.mark.parametrize("who", ["nobody", "wrong", "locked", "without a password"])
def test_log_in_is_refused_alike(api: APIClient, who: str) -> None:
    user_make(email="ana@example.com", is_active=who != "locked")
    if who == "without a password":
        User.objects.create_user("bea@example.com")
    email = {"nobody": "nobody@example.com", "without a password": "bea@example.com"}.get(who, "ana@example.com")
    password = "not-the-password" if who == "wrong" else PASSWORD
    response = api.post("/api/v1/auth/login", {"email": email, "password": password})
    assert response.status_code == 401
    body = response.json()
    assert (body["code"], body["detail"]) == ("log_in_refused", "The e-mail address or the password is wrong.")
    assert not Session.objects.exists()


def test_failures_are_counted_and_then_429_even_for_the_right_password(api: APIClient) -> None:
    user_make(email="ana@example.com")
    wrong = {"email": "ana@example.com", "password": "not-the-password"}
    assert [api.post("/api/v1/auth/login", wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    response = api.post("/api/v1/auth/login", {**wrong, "password": PASSWORD})
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 300
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "too_many_requests"
    elsewhere = api.post("/api/v1/auth/login", {**wrong, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 200


def test_failures_for_unknown_addresses_are_counted_alike(api: APIClient) -> None:
    wrong = {"email": "nobody@example.com", "password": "not-the-password"}
    assert [api.post("/api/v1/auth/login", wrong).status_code for _ in range(6)] == [401] * 5 + [429]


def test_log_in_right_is_not_counted(api: APIClient) -> None:
    user_make(email="ana@example.com")
    for _ in range(8):
        log_in(api, "ana@example.com")


def test_one_place_can_not_try_many_addresses(api: APIClient, settings: Settings) -> None:
    settings.THROTTLES = {**settings.THROTTLES, "log_in_ip": (3, 60)}
    statuses = [
        api.post("/api/v1/auth/login", {"email": f"{number}@example.com", "password": "x"}).status_code
        for number in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]


def test_one_network_of_ipv6_is_one_place(api: APIClient, settings: Settings) -> None:
    settings.THROTTLES = {**settings.THROTTLES, "log_in_ip": (2, 60)}
    statuses = [
        api.post(
            "/api/v1/auth/login", {"email": f"{number}@example.com", "password": "x"}, REMOTE_ADDR=f"2001:db8::{number}"
        ).status_code
        for number in range(1, 4)
    ]
    assert statuses == [401, 401, 429]


def test_address_in_front_of_a_trusted_proxy_counts(api: APIClient, settings: Settings) -> None:
    settings.THROTTLES = {**settings.THROTTLES, "log_in_ip": (1, 60)}
    body = {"email": "ana@example.com", "password": "x"}

    def status(forwarded: str) -> int:
        return api.post("/api/v1/auth/login", body, headers={"X-Forwarded-For": forwarded}).status_code

    assert [status("198.51.100.1"), status("198.51.100.2")] == [401, 429]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    # What stands before the proxy's own entry may be the client's invention.
    assert [status("9.9.9.9, 198.51.100.1"), status("9.9.9.8, 198.51.100.1")] == [401, 429]
    assert status("198.51.100.2") == 401


def test_stale_credentials_do_not_bar_the_way_in(api: APIClient) -> None:
    user_make(email="ana@example.com")
    response = api.post(
        "/api/v1/auth/login", {"email": "ana@example.com", "password": PASSWORD}, headers=bearer("stale")
    )
    assert response.status_code == 200


def test_no_cookie_is_set_and_none_is_read(api: APIClient) -> None:
    staff = staff_make(rights=["orders:read"])
    browser = Client()
    browser.force_login(staff)
    assert browser.cookies["sessionid"].value
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/me", headers={"X-Session-Token": browser.cookies["sessionid"].value}).status_code == 401
    response = browser.post(
        "/api/v1/auth/login", {"email": staff.email, "password": PASSWORD}, content_type="application/json"
    )
    assert response.status_code == 200
    assert not response.cookies


def test_refresh_rotates_and_a_used_token_ends_the_session(api: APIClient) -> None:
    user_make(email="ana@example.com")
    first = log_in(api, "ana@example.com")
    response = api.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert response.status_code == 200
    second = response.json()
    assert second["user"] == first["user"]
    assert second["refresh_token"] != first["refresh_token"]
    assert me_status(api, second["access_token"]) == 200
    reused = api.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert (reused.status_code, reused.json()["code"]) == (409, "refresh_used_just_now")
    assert me_status(api, second["access_token"]) == 200
    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        reused = api.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_refused")
    assert not Session.objects.exists()
    assert me_status(api, second["access_token"]) == 401
    assert api.post("/api/v1/auth/refresh", {"refresh_token": second["refresh_token"]}).status_code == 401


def test_an_older_token_ends_the_session_however_soon_it_is_sent(api: APIClient) -> None:
    user_make(email="ana@example.com")
    first = log_in(api, "ana@example.com")
    second = api.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}).json()
    api.post("/api/v1/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert api.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}).status_code == 401
    assert not Session.objects.exists()


def test_reuse_ends_no_other_session(api: APIClient) -> None:
    user_make(email="ana@example.com")
    phone, laptop = log_in(api, "ana@example.com"), log_in(api, "ana@example.com")
    for seconds in (0, 11):
        with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
            api.post("/api/v1/auth/refresh", {"refresh_token": phone["refresh_token"]})
    assert me_status(api, laptop["access_token"]) == 200
    assert me_status(api, phone["access_token"]) == 401


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "access", "", 7, None])
def test_refresh_refuses_other_tokens(api: APIClient, token: Any) -> None:
    user_make(email="ana@example.com")
    tokens = log_in(api, "ana@example.com")
    given = tokens["access_token"] if token == "access" else token
    response = api.post("/api/v1/auth/refresh", {"refresh_token": given})
    assert response.status_code == (401 if isinstance(token, str) and token else 400)
    assert me_status(api, tokens["access_token"]) == 200


def test_refresh_is_refused_once_locked_or_with_a_new_password(api: APIClient) -> None:
    user = user_make(email="ana@example.com")
    tokens = log_in(api, "ana@example.com")
    user.set_password("another-long-password")
    user.save()
    assert api.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    tokens = log_in(api, "ana@example.com", "another-long-password")
    User.objects.update(is_active=False)
    assert api.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401


def test_log_out_ends_one_session_at_once(api: APIClient) -> None:
    user_make(email="ana@example.com")
    phone, laptop = log_in(api, "ana@example.com"), log_in(api, "ana@example.com")
    response = api.post("/api/v1/auth/logout", {}, headers=bearer(phone["access_token"]))
    assert (response.status_code, response.content) == (204, b"")
    assert me_status(api, phone["access_token"]) == 401
    assert api.post("/api/v1/auth/refresh", {"refresh_token": phone["refresh_token"]}).status_code == 401
    assert me_status(api, laptop["access_token"]) == 200


def test_log_out_by_refresh_token_and_everywhere(api: APIClient) -> None:
    user_make(email="ana@example.com")
    other = user_make(email="bea@example.com")
    phone, laptop = log_in(api, "ana@example.com"), log_in(api, "ana@example.com")
    log_in(api, other.email)
    response = api.post("/api/v1/auth/logout", {"refresh_token": phone["refresh_token"], "everywhere": True})
    assert response.status_code == 204
    assert me_status(api, laptop["access_token"]) == 401
    assert list(Session.objects.values_list("user", flat=True)) == [other.pk]


def test_log_out_needs_somebody(api: APIClient) -> None:
    assert api.post("/api/v1/auth/logout", {}).status_code == 401
    assert api.post("/api/v1/auth/logout", {"refresh_token": "nonsense"}).status_code == 401
    assert api.post("/api/v1/auth/logout", {}, headers=bearer("nonsense")).status_code == 401


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


def test_account_with_a_second_factor_gets_no_tokens_for_the_password_alone(api: APIClient) -> None:
    user = user_make(email="ana@example.com")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    response = api.post("/api/v1/auth/login", {"email": "ana@example.com", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (403, "second_factor_required")
    assert not Session.objects.exists()


def test_tokens_are_not_kept_under_an_idempotency_key(api: APIClient) -> None:
    user_make(email="ana@example.com")
    body = {"email": "ana@example.com", "password": PASSWORD}
    key = {"Idempotency-Key": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10"}
    assert api.post("/api/v1/auth/login", body, headers=key).status_code == 200
    assert not IdempotencyKey.objects.exists()
