"""Who a request is from: tokens, keys, guests, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from core import clock
from core.problems import NotAuthenticated
from tests.factories.users import api_key_make, staff_make, user_make
from users.authentication import caller_of
from users.callers import GUEST
from users.exceptions import RightsExceeded, RightUnknown
from users.models import ApiKey, User
from users.rights import ALL_RIGHTS
from users.services import api_key_create
from users.sessions import session_begin

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]


def request_with(credentials: str | None) -> HttpRequest:
    headers = {} if credentials is None else {"Authorization": credentials}
    return RequestFactory().get("/", headers=headers)


def token_of(user: User) -> str:
    return f"Bearer {session_begin(user=user).access_token}"


def test_nobody_is_a_guest_without_a_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        caller = caller_of(request_with(None))
    assert (caller, caller.actor, caller.is_guest) == (GUEST, "guest", True)


def test_customer_has_an_id_and_no_right(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = user_make()
    request = request_with(token_of(user))
    with django_assert_num_queries(1):
        caller = caller_of(request)
        assert caller_of(request) is caller
    assert (caller.user_id, caller.rights, caller.is_staff) == (user.pk, frozenset(), False)


def test_staff_have_the_union_of_their_roles(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = staff_make(rights=["orders:read", "stock:read"])
    user.roles.create(name="More", rights=["orders:read", "catalogue:write", "no:such"])
    request = request_with(token_of(user))
    with django_assert_num_queries(1):
        caller = caller_of(request)
    assert caller.rights == {"orders:read", "stock:read", "catalogue:write"}
    assert caller.is_staff


def test_superuser_has_every_right_and_a_customer_with_a_role_none() -> None:
    superuser = User.objects.create_superuser("root@example.com", "a-long-enough-password")
    customer = user_make()
    customer.roles.create(name="Left over", rights=["orders:read"])
    assert caller_of(request_with(token_of(superuser))).rights == ALL_RIGHTS
    assert caller_of(request_with(token_of(customer))).rights == frozenset()


def test_token_ends_with_the_account_the_session_and_the_password() -> None:
    user = user_make()
    token = token_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(token))
    User.objects.filter(pk=user.pk).update(is_active=True)
    assert caller_of(request_with(token)).user_id == user.pk
    user.set_password("another-long-password")
    user.save()
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(token))


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer tnd_x",
        "Bearer tnd_12345678_" + "a" * 43,
        "Bearer " + "x" * 5000,
        "Bearer \u00e9",
        "tnd_12345678_" + "a" * 43,
        "Bearer tnd_\u0000",
    ],
)
def test_bad_credentials_are_refused(credentials: str) -> None:
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(credentials))


def test_refresh_token_is_no_access_token() -> None:
    tokens = session_begin(user=user_make())
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(f"Bearer {tokens.refresh_token}"))


def test_access_token_expires() -> None:
    token = token_of(user_make())
    with time_machine.travel(clock.now() + timedelta(seconds=899)):
        assert not caller_of(request_with(token)).is_guest
    with time_machine.travel(clock.now() + timedelta(seconds=901)), pytest.raises(NotAuthenticated):
        caller_of(request_with(token))


def test_tokens_of_other_keys_and_algorithms_are_refused(settings: Settings) -> None:
    token = token_of(user_make()).removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "another-key-that-is-long-enough-to-sign-with", algorithm="HS256"),
        jwt.encode(claims, settings.SECRET_KEY + "-and-more-of-it-for-a-longer-digest", algorithm="HS512"),
        jwt.encode(claims, None, algorithm="none"),  # type: ignore[arg-type]
        jwt.encode({**claims, "token_use": "refresh"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({**claims, "sub": str(user_make().pk)}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({**claims, "sub": "x"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({**claims, "sid": "AAAA"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({**claims, "pwd": ""}, settings.SECRET_KEY, algorithm="HS256"),
    ]
    for each in forged:
        with pytest.raises(NotAuthenticated):
            caller_of(request_with(f"Bearer {each}"))
    same = jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")
    assert not caller_of(request_with(f"Bearer {same}")).is_guest


def test_tokens_may_be_signed_by_a_key_of_their_own(settings: Settings) -> None:
    old = token_of(user_make())
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.HEADLESS_JWT_PRIVATE_KEY = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    settings.HEADLESS_JWT_ALGORITHM = "RS256"
    user = user_make()
    token = token_of(user)
    assert jwt.get_unverified_header(token.removeprefix("Bearer "))["alg"] == "RS256"
    assert caller_of(request_with(token)).user_id == user.pk
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(old))


def test_key_has_its_scopes_and_its_use_is_written_once_a_minute(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    secret = api_key_make(scopes=["stock:write"])
    with django_assert_num_queries(2):
        caller = caller_of(request_with(f"Bearer {secret}"))
    used_at = ApiKey.objects.get().last_used_at
    with django_assert_num_queries(1):
        caller_of(request_with(f"Bearer {secret}"))
    assert (caller.rights, caller.user_id, caller.is_staff) == (frozenset({"stock:write"}), None, False)
    assert caller.actor == f"key:{secret[:12]}"
    assert used_at is not None
    assert ApiKey.objects.get().last_used_at == used_at


@pytest.mark.parametrize("changed", [{"revoked_at": True}, {"expires_at": True}])
def test_revoked_and_expired_keys_are_refused(changed: dict[str, bool]) -> None:
    secret = api_key_make(scopes=["stock:write"])
    ApiKey.objects.update(**{name: clock.now() - timedelta(seconds=1) for name in changed})
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(f"Bearer {secret}"))


def test_key_with_a_changed_letter_is_refused() -> None:
    secret = api_key_make()
    other = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    with pytest.raises(NotAuthenticated):
        caller_of(request_with(f"Bearer {other}"))


def test_key_is_kept_as_a_digest_only() -> None:
    secret = api_key_make()
    key = ApiKey.objects.get()
    assert secret.startswith(key.prefix + "_")
    assert len(bytes(key.digest)) == 32
    assert secret[len(key.prefix) + 1 :] not in str(ApiKey.objects.values())


@pytest.mark.django_db(transaction=True)
def test_nobody_makes_a_key_with_more_rights_than_their_own() -> None:
    caller = caller_of(request_with(token_of(staff_make(rights=["access:write", "stock:read"]))))
    with pytest.raises(RightsExceeded):
        api_key_create(name="More", scopes=["stock:write"], caller=caller)
    with pytest.raises(RightUnknown):
        api_key_create(name="None", scopes=["stock:everything"], caller=caller)
    assert not ApiKey.objects.exists()


def test_bad_credentials_are_a_401_problem_even_where_guests_may_read(api: APIClient) -> None:
    response = api.get("/api/v1/openapi.json", headers={"Authorization": "Bearer nonsense"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert response.json()["code"] == "not_authenticated"
