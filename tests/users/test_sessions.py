"""Refreshing tokens, reuse of a used one, and logging out."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from core import clock
from tests.factories.users import user_make
from tests.users.access import bearer, log_in, me_status
from users.models import Session, User

pytestmark = pytest.mark.django_db


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
