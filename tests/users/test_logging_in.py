"""Logging in: who is refused, how often one may try, and what is not kept of it."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from events.models import IdempotencyKey
from tests.factories.users import PASSWORD, staff_make, user_make
from tests.users.access import bearer, log_in
from users.models import Session, User

pytestmark = pytest.mark.django_db


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
