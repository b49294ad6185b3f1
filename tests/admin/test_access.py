"""Who sees what in the admin, and who may change whose account. Keys and passwords are shown once or never."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from core.problems import Busy
from events.models import Event
from tests.factories.pages import form_data, rows_added
from tests.factories.users import PASSWORD, api_key_make, staff_make, user_make
from users.models import Address, ApiKey, Role, Session, Throttle, User
from users.selectors import caller_of_key

pytestmark = pytest.mark.django_db
BrowserOf = Callable[..., Client]

LOG_IN = "/admin/login/"


def user_page(user: User) -> str:
    return reverse("admin:users_user_change", args=[user.pk])


def save_user(browser: Client, user: User, **changes: str | list[str]) -> int:
    data = form_data(browser.get(user_page(user)), "user_form")
    status = browser.post(user_page(user), data | changes).status_code
    user.refresh_from_db()
    return status


def sidebar_of(browser: Client) -> list[str]:
    groups = browser.get("/admin/").context["sidebar_navigation"]
    return [item["title"] for group in groups for item in group["items"] if item["has_permission"]]


def test_logging_in_leads_to_the_start_page(client: Client) -> None:
    user_make(email="boss@example.com", is_staff=True, is_superuser=True)
    response = client.post(LOG_IN, {"username": " BOSS@example.com ", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_customers_cannot_log_in_here(client: Client) -> None:
    user_make(email="ada@example.com")
    response = client.post(LOG_IN, {"username": "ada@example.com", "password": PASSWORD})
    assert response.status_code == 200
    assert client.get("/admin/").status_code == 302


def test_too_many_failures_are_told_in_the_form(client: Client) -> None:
    user_make(email="boss@example.com", is_staff=True)
    for _ in range(30):
        response = client.post(LOG_IN, {"username": "boss@example.com", "password": "wrong"})
        assert response.status_code == 200
    assert Throttle.objects.exists()
    assert "oo many" in str(response.context["form"].non_field_errors())


@pytest.mark.parametrize(
    ("rights", "entries"),
    [
        ([], ["Start"]),
        (["orders:read"], ["Start", "Orders", "Payments", "Carts", "Outside answers"]),
        (["stock:read"], ["Start", "Stock levels", "Movements", "Transfers", "Stock takes", "Locations"]),
        (["access:write"], ["Start", "Roles", "API keys"]),
        (["customers:read"], ["Start", "Customers", "Customer groups", "Group members", "Addresses", "Staff"]),
    ],
)
def test_sidebar_follows_the_rights(browser_of: BrowserOf, rights: list[str], entries: list[str]) -> None:
    assert sidebar_of(browser_of(rights)) == entries


def test_who_may_only_look_can_change_nothing(browser_of: BrowserOf) -> None:
    customer = user_make(name="Ada")
    browser = browser_of(["customers:read"])
    page = browser.get(user_page(customer))
    assert page.status_code == 200
    assert 'name="email"' not in page.content.decode()
    assert browser.post(user_page(customer), {"name": "Eve", "email": "eve@example.com"}).status_code == 403
    customer.refresh_from_db()
    assert customer.name == "Ada"


def test_support_changes_customers_but_no_colleague_and_no_access(browser_of: BrowserOf) -> None:
    customer, colleague = user_make(name="Ada"), staff_make(rights=["orders:read"])
    boss = user_make(is_staff=True, is_superuser=True)
    browser = browser_of(["customers:read", "customers:write"])

    assert save_user(browser, customer, name="Ada Muster") == 302
    assert customer.name == "Ada Muster"
    assert save_user(browser, customer, name="Still", is_staff="on", is_superuser="on") == 302
    assert (customer.is_staff, customer.is_superuser) == (False, False)

    for user in (colleague, boss):
        assert browser.post(user_page(user), {"email": "mine@example.com"}).status_code == 403
        password_page = reverse("admin:auth_user_password_change", args=[user.pk])
        typed = {"password1": "a-new-long-password", "password2": "a-new-long-password", "usable_password": "true"}
        assert browser.post(password_page, typed).status_code == 403
        assert browser.post(reverse("admin:users_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


def test_access_manager_gives_no_right_that_they_lack(browser_of: BrowserOf) -> None:
    colleague = staff_make()
    strong = Role.objects.create(name="Strong", rights=["payments:write"])
    fair = Role.objects.create(name="Fair", rights=["orders:read"])
    browser = browser_of(["access:write", "customers:read", "customers:write", "orders:read"])

    assert save_user(browser, colleague, roles=[str(strong.pk)]) == 200
    assert list(colleague.roles.all()) == []
    assert save_user(browser, colleague, roles=[str(fair.pk)]) == 302
    assert list(colleague.roles.all()) == [fair]
    assert save_user(browser, colleague, is_superuser="on") == 302
    assert not colleague.is_superuser


@pytest.mark.parametrize("is_active", [True, False])
def test_access_manager_takes_nobody_over_who_may_do_more(browser_of: BrowserOf, is_active: bool) -> None:
    browser = browser_of(["access:write", "customers:read", "customers:write"])
    strong = staff_make(email="strong@example.com", rights=["payments:write"], is_active=is_active)
    password_page = reverse("admin:auth_user_password_change", args=[strong.pk])
    typed = {"password1": "a-new-long-password", "password2": "a-new-long-password", "usable_password": "true"}

    assert browser.post(user_page(strong), {"email": "mine@example.com", "is_active": "on"}).status_code == 403
    assert browser.post(password_page, typed).status_code == 403
    assert browser.post(reverse("admin:users_user_delete", args=[strong.pk]), {"post": "yes"}).status_code == 403

    strong.refresh_from_db()
    assert (strong.email, strong.is_active, strong.check_password(PASSWORD)) == (
        "strong@example.com",
        is_active,
        True,
    )


def test_locked_out_person_is_logged_out(boss: Client) -> None:
    colleague = staff_make(rights=["orders:read"])
    theirs = Client()
    theirs.force_login(colleague, backend="users.backends.PasswordBackend")
    assert theirs.get("/admin/").status_code == 200

    data = form_data(boss.get(user_page(colleague)), "user_form")
    del data["is_active"]
    assert boss.post(user_page(colleague), data).status_code == 302

    assert not Session.objects.filter(user=colleague).exists()
    assert theirs.get("/admin/").status_code == 302
    assert Event.objects.get(type="user.updated").data == {"changed": ["is_active"]}


def test_new_person_gets_a_hashed_password(boss: Client) -> None:
    url = reverse("admin:users_user_add")
    typed = {"email": "New@Example.com", "name": "New", "usable_password": "true"}
    for password, status in (("short", 200), ("a-long-enough-password", 302)):
        data = form_data(boss.get(url), "user_form") | typed | {"password1": password, "password2": password}
        assert boss.post(url, data).status_code == status
    user = User.objects.get(email="new@example.com")
    assert user.check_password("a-long-enough-password")
    page = boss.get(user_page(user)).content.decode()
    assert user.password not in page


def test_address_is_checked_by_its_country(boss: Client) -> None:
    user = user_make()
    data = form_data(boss.get(user_page(user)), "user_form")
    row = {"name": "Ada", "line1": "Street 1", "city": "Berlin", "postal_code": "1", "country": "de"}

    response = boss.post(user_page(user), rows_added(data, "addresses", [row]))
    assert "this is not a postal code" in response.content.decode()
    assert not Address.objects.exists()

    assert (
        boss.post(user_page(user), rows_added(data, "addresses", [row | {"postal_code": "10115"}])).status_code == 302
    )
    address = Address.objects.get()
    assert (address.country, address.is_default_shipping) == ("DE", False)


def test_api_key_is_shown_once(boss: Client) -> None:
    url = reverse("admin:users_apikey_add")
    data = form_data(boss.get(url), "apikey_form") | {"name": "Till", "scopes": ["orders:read", "stock:read"]}

    response = boss.post(url, data)

    key = ApiKey.objects.get()
    found = re.search(r'id="new-secret">(tnd_[^<]+)<', response.content.decode())
    assert found is not None
    caller = caller_of_key(found[1])
    assert caller is not None
    assert (caller.caller.rights, key.scopes) == (frozenset(key.scopes), ["orders:read", "stock:read"])
    assert "no-store" in response.headers["Cache-Control"]
    later = boss.get(reverse("admin:users_apikey_changelist")).content.decode()
    later += boss.get(reverse("admin:users_apikey_change", args=[key.pk])).content.decode()
    assert found[1] not in later


def test_key_never_exceeds_its_maker(browser_of: BrowserOf) -> None:
    browser = browser_of(["access:write"])
    url = reverse("admin:users_apikey_add")
    data = form_data(browser.get(url), "apikey_form") | {"name": "Till", "scopes": ["orders:read"]}
    assert browser.post(url, data).status_code == 200
    assert not ApiKey.objects.exists()


def test_revoked_key_opens_nothing_and_stays_listed(boss: Client) -> None:
    secret = api_key_make(scopes=["orders:read"])
    key = ApiKey.objects.get()
    chosen = {"action": "revoke", "_selected_action": str(key.pk)}
    boss.post(reverse("admin:users_apikey_changelist"), chosen)
    assert caller_of_key(secret) is None
    assert boss.post(reverse("admin:users_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    assert "revoked" in boss.get(reverse("admin:users_apikey_changelist")).content.decode()


def test_role_in_use_is_not_deleted(boss: Client) -> None:
    staff_make(rights=["orders:read"])
    role = Role.objects.get()
    url = reverse("admin:users_role_delete", args=[role.pk])
    response = boss.post(url, {"post": "yes"}, follow=True)
    assert Role.objects.filter(pk=role.pk).exists()
    assert [str(message) for message in response.context["messages"]] == [
        "Somebody has this role; take it from them first."
    ]


def test_session_keys_are_on_no_page(boss: Client) -> None:
    key = Session.objects.get().session_key
    assert key not in boss.get(reverse("admin:users_session_changelist")).content.decode()


def test_refusals_are_pages_for_people_and_problems_for_programs(
    browser_of: BrowserOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_of(["orders:read"])
    for url, status, text in (
        ("/admin/nothing/at/all/", 404, "There is nothing here."),
        (reverse("admin:products_product_changelist"), 403, "You may not do this."),
    ):
        response = browser.get(url)
        assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert text in response.content.decode()
    assert browser.get("/api/v1/nothing").headers["Content-Type"] == "application/problem+json"

    def locked(*args: object, **kwargs: object) -> None:
        raise Busy

    monkeypatch.setattr("orders.admin.order.order_for_page", locked)
    response = browser.get(reverse("admin:orders_order_change", args=["019aaaaa-0000-7000-8000-000000000000"]))
    assert (response.status_code, "try again" in response.content.decode()) == (409, True)
