"""The admin's door: the same passwords, the same budget of failures, and permissions made of rights."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.factories.users import PASSWORD, staff_make, user_make
from users.backends import PasswordBackend
from users.models import User

pytestmark = pytest.mark.django_db
LOG_IN = "/admin/login/"


def admin_log_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post(LOG_IN, {"username": email, "password": password}).status_code


def test_staff_log_in_by_address_in_any_case(client: Client) -> None:
    staff_make(email="staff@example.com")
    assert admin_log_in(client, "Staff@Example.COM") == 302
    assert client.get("/admin/").status_code == 200


def test_customers_and_locked_staff_do_not(client: Client) -> None:
    user_make(email="ana@example.com")
    staff_make(email="gone@example.com", is_active=False)
    assert admin_log_in(client, "ana@example.com") == 200
    assert admin_log_in(client, "gone@example.com") == 200
    assert client.get("/admin/").status_code == 302


def test_both_doors_share_one_budget_of_failures(client: Client, api: APIClient) -> None:
    staff_make(email="staff@example.com")
    for _ in range(3):
        assert admin_log_in(client, "staff@example.com", "not-the-password") == 200
    wrong = {"email": "staff@example.com", "password": "not-the-password"}
    assert [api.post("/api/v1/auth/login", wrong).status_code for _ in range(3)] == [401, 401, 429]
    page = client.post(LOG_IN, {"username": "staff@example.com", "password": PASSWORD})
    assert page.status_code == 200
    assert "Too many tries; wait" in page.content.decode()
    assert client.get("/admin/").status_code == 302


def test_locking_an_account_ends_its_session_in_the_admin(client: Client) -> None:
    staff = staff_make(email="staff@example.com")
    admin_log_in(client, "staff@example.com")
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("right", "may", "may_not"),
    [
        ("catalogue:read", "products.view_product", "products.change_product"),
        ("catalogue:write", "products.delete_category", "products.view_product"),
        ("stock:read", "inventory.view_stocklevel", "inventory.change_stocklevel"),
        ("stock:write", "inventory.add_location", "orders.change_order"),
        ("orders:read", "orders.view_order", "orders.change_order"),
        ("orders:read", "payments.view_payment", "payments.change_payment"),
        ("orders:write", "orders.change_order", "payments.change_payment"),
        ("payments:write", "payments.add_refund", "orders.change_order"),
        ("customers:read", "users.view_user", "users.change_user"),
        ("customers:write", "users.change_address", "users.change_role"),
        ("access:write", "users.add_apikey", "users.view_user"),
        ("settings:write", "markets.change_taxrate", "products.change_product"),
        ("settings:read", "shipping.view_shippingmethod", "shipping.delete_shippingmethod"),
        ("imports:write", "products.add_import", "products.add_product"),
        ("audit:read", "audit.view_auditrun", "events.view_job"),
    ],
)
def test_permissions_are_rights(right: str, may: str, may_not: str) -> None:
    staff = staff_make(rights=[right])
    assert staff.has_perm(may)
    assert not staff.has_perm(may_not)
    assert staff.has_module_perms(may.partition(".")[0])


def test_permissions_of_others() -> None:
    superuser = User.objects.create_superuser("root@example.com", PASSWORD)
    assert superuser.has_perm("auth.change_group")
    staff = staff_make(rights=["catalogue:write", "orders:write"])
    assert not staff.has_perm("auth.change_group")
    assert not staff.has_perm("users.change_session")
    assert not staff_make(rights=["settings:read"]).has_perm("events.view_idempotencykey")
    assert not staff.has_module_perms("inventory")
    customer = user_make()
    customer.roles.create(name="Left over", rights=["orders:read"])
    assert not customer.has_perm("orders.view_order")
    User.objects.filter(pk=staff.pk).update(is_active=False)
    staff.refresh_from_db()
    assert not staff.has_perm("products.change_product")


def test_permissions_of_a_session_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    staff = staff_make(rights=["catalogue:write"])
    staff.roles.create(name="More", rights=["stock:read"])
    with django_assert_num_queries(1):
        user = PasswordBackend().get_user(str(staff.pk))
        assert user is not None
        assert user.has_perm("products.change_product")
        assert user.has_perm("inventory.view_location")
        assert not user.has_perm("inventory.change_location")
