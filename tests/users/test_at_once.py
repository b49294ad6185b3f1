"""Accounts under fire: the same thing asked by many at once. Each protection has a control run without it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.db.models import QuerySet
from rest_framework.test import APIClient

from events.models import Job
from tests.factories.users import PASSWORD, staff_make, user_make
from tests.together import at_once
from users import backends
from users.models import Address, Session, Throttle, User
from users.selectors import customer_get
from users.services import addresses
from users.sessions import session_begin
from users.throttling import Take

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 6
BERLIN = {"name": "Ana", "line1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


def send(method: str, path: str, body: Any, **headers: Any) -> Callable[[], int]:
    """Return an act that sends one request and returns the status, 500 for what nobody foresaw."""

    def act() -> int:
        client = APIClient(raise_request_exception=False)
        return getattr(client, method)(f"/api/v1/{path}", body, headers=headers).status_code

    return act


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {session_begin(user=user).access_token}"}


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(rows: QuerySet[Any], **options: Any) -> QuerySet[Any]:
        return rows

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)


def meeting(function: Callable[..., Any], parties: int = 2) -> Callable[..., Any]:
    """Return the function, after whose work all callers wait for one another: each has read before any writes."""
    barrier = threading.Barrier(parties)

    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        barrier.wait(20)
        return result

    return call


def sign_ups() -> list[Callable[[], int]]:
    emails = ["Ana@Example.com", "ana@example.com"] * (MANY // 2)
    return [send("post", "auth/signup", {"email": email, "password": "three-blue-herons"}) for email in emails]


def test_one_account_for_one_address_signed_up_by_many(settings: Any) -> None:
    settings.THROTTLES = {**settings.THROTTLES, "mail_email": (100, 60)}
    assert at_once(*sign_ups()) == [202] * MANY
    assert User.objects.get().email == "ana@example.com"
    which = sorted(job.payload["mail"] for job in Job.objects.all())
    assert which == ["account_exists"] * (MANY - 1) + ["welcome"]


@pytest.mark.slow
def test_control_without_minding_the_conflict_sign_ups_fail(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.THROTTLES = {**settings.THROTTLES, "mail_email": (100, 60)}
    insert = User.objects.bulk_create
    monkeypatch.setattr(User.objects, "bulk_create", lambda rows, **_: insert(rows))
    assert sorted(at_once(*sign_ups())) == [202] + [500] * (MANY - 1)


def test_refresh_token_is_good_once_for_many() -> None:
    tokens = session_begin(user=user_make())
    answers = at_once(*[send("post", "auth/refresh", {"refresh_token": tokens.refresh_token})] * MANY)
    assert sorted(answers) == [200] + [409] * (MANY - 1)
    assert Session.objects.count() == 1


@pytest.mark.slow
def test_control_without_the_lock_a_refresh_token_is_good_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = session_begin(user=user_make())
    without_row_locks(monkeypatch)
    monkeypatch.setattr(jwt, "validate_refresh_token", meeting(jwt.validate_refresh_token))
    assert at_once(*[send("post", "auth/refresh", {"refresh_token": tokens.refresh_token})] * 2) == [200, 200]


def guess() -> Callable[[], int]:
    return send("post", "auth/login", {"email": "ana@example.com", "password": "not-the-password"})


def test_parallel_guesses_are_all_counted() -> None:
    user_make(email="ana@example.com")
    assert sorted(at_once(*[guess()] * 10)) == [401] * 5 + [429] * 5


@pytest.mark.slow
def test_control_counting_after_looking_lets_parallel_guesses_through(monkeypatch: pytest.MonkeyPatch) -> None:
    user_make(email="ana@example.com")
    barrier = threading.Barrier(8)

    def look_then_count(*takes: Take) -> None:
        assert not Throttle.objects.filter(key__in=[take.key for take in takes], hits__gte=5).exists()
        barrier.wait(20)

    monkeypatch.setattr(backends, "throttle_take", look_then_count)
    assert at_once(*[guess()] * 8) == [401] * 8


def default_making(user: User) -> list[Callable[[], int]]:
    rows = Address.objects.bulk_create(Address(user=user, **BERLIN) for _ in range(2))
    headers = bearer(user)
    return [send("patch", f"me/addresses/{row.pk}", {"is_default_shipping": True}, **headers) for row in rows]


def test_there_is_one_default_whoever_was_last() -> None:
    user = user_make()
    assert at_once(*default_making(user)) == [200, 200]
    assert Address.objects.filter(user=user, is_default_shipping=True).count() == 1


@pytest.mark.slow
def test_control_without_the_lock_two_defaults_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = default_making(user_make())
    without_row_locks(monkeypatch)
    monkeypatch.setattr(addresses, "_clear_defaults", meeting(addresses._clear_defaults))
    assert sorted(at_once(*acts)) == [200, 500]


def resetting(user: User) -> list[Callable[[], int]]:
    key = f"{user.pk.hex}-{EmailAwarePasswordResetTokenGenerator().make_token(user)}"
    return [
        send("post", "auth/password-reset/confirm", {"key": key, "password": f"three-blue-herons-{number}"})
        for number in range(2)
    ]


def test_reset_key_is_good_once_for_two() -> None:
    assert sorted(at_once(*resetting(user_make()))) == [204, 400]
    assert Job.objects.count() == 1


@pytest.mark.slow
def test_control_without_the_lock_a_reset_key_is_good_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = resetting(user_make())
    without_row_locks(monkeypatch)
    check = EmailAwarePasswordResetTokenGenerator.check_token
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "check_token", meeting(check))
    assert at_once(*acts) == [204, 204]


def password_changes(user: User) -> list[Callable[[], int]]:
    headers = bearer(user)
    return [
        send("post", "me/password", {"current_password": PASSWORD, "new_password": f"new-{number}-password"}, **headers)
        for number in range(2)
    ]


def test_old_password_is_good_for_one_change() -> None:
    first, second = sorted(at_once(*password_changes(user_make())))
    assert first == 200
    assert second in {400, 401}


@pytest.mark.slow
def test_control_without_the_lock_two_changes_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = password_changes(user_make())
    without_row_locks(monkeypatch)
    monkeypatch.setattr(User, "check_password", meeting(User.check_password))
    assert at_once(*acts) == [200, 200]


def customer_changes() -> list[Callable[[], int]]:
    customer = user_make()
    staff = staff_make(rights=["customers:read", "customers:write"])
    headers = bearer(staff)
    read = APIClient().get(f"/api/v1/customers/{customer.pk}", headers=headers)
    headers["If-Match"] = read.headers["ETag"]
    return [send("patch", f"customers/{customer.pk}", {"note": f"Note {number}"}, **headers) for number in range(2)]


def test_two_who_saw_the_same_customer_do_not_overwrite_each_other() -> None:
    assert sorted(at_once(*customer_changes())) == [200, 412]


@pytest.mark.slow
def test_control_without_the_lock_one_overwrites_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = customer_changes()
    without_row_locks(monkeypatch)
    monkeypatch.setattr("users.services.customers.customer_get", meeting(customer_get))
    assert at_once(*acts) == [200, 200]
