"""Gift cards and store credit as staff keep them: issued, stopped, adjusted, expired; codes told once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIClient

from core import clock
from events.models import Event
from promotions.credit.codes import code_again, code_of, digest_of
from promotions.credit.selectors import gift_card_by_code
from promotions.credit.services import gift_cards_expire
from promotions.models import CreditEntry, GiftCard, StoreCredit
from tests.factories.credit import gift_card_make, store_credit_make
from tests.factories.pages import form_data
from tests.factories.users import staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
PATH = "/api/v1/gift-cards"


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["gift-cards:read", "gift-cards:write", "customers:read"]))


def test_a_card_is_issued_and_its_code_told_once(staff: APIClient) -> None:
    body, key = {"amount": eur(5000), "note": "Sorry"}, {"Idempotency-Key": "issue-one-card-once"}
    made = staff.post(PATH, body, headers=key)
    assert made.status_code == 201, made.content
    card, code = GiftCard.objects.get(), made.json()["code"]
    assert (card.balance_amount, card.issued_amount, card.last_characters) == (5000, 5000, code[-4:])
    assert gift_card_by_code(f" {code.lower().replace('-', ' ')}") == card
    assert gift_card_by_code(code[:-1] + ("0" if code[-1] != "0" else "1")) is None
    # Once more with the key: the same card, and its code, which was not kept meanwhile.
    again = staff.post(PATH, body, headers=key)
    assert (again.json()["code"], again.headers["Idempotent-Replayed"], GiftCard.objects.count()) == (code, "true", 1)

    seen = staff.get(f"{PATH}/{card.id}")
    assert "code" not in seen.json()
    assert [(entry["kind"], entry["amount"]) for entry in seen.json()["entries"]] == [("issued", eur(5000))]
    listed = staff.get(PATH, {"last_characters": card.last_characters, "is_active": "true"}).json()["results"]
    assert [row["id"] for row in listed] == [str(card.id)]
    assert staff.get(PATH, {"currency": "USD"}).json()["results"] == []
    assert not any(code in str(event.data) for event in Event.objects.all())


def test_a_code_outlives_the_key_that_made_it() -> None:
    card = gift_card_make()
    code, digest = code_of(card.id), bytes(card.code_digest)
    assert digest == digest_of(code)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert gift_card_by_code(code) == card
        assert code_again(card.id, digest) is None
    assert code_again(card.id, digest) == code


def test_what_can_not_be_issued(staff: APIClient) -> None:
    past = (clock.now() - timedelta(days=1)).isoformat()
    stranger = "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10"
    for body, status, pointer in (
        ({"amount": eur(0)}, 400, "/amount"),
        ({"amount": eur(-5)}, 400, "/amount"),
        ({"amount": {"amount": 5, "currency": "XXY"}}, 400, "/amount"),
        ({"amount": eur(5), "expires_at": past}, 400, "/expires_at"),
        ({"amount": eur(5), "code": "MINE"}, 400, "/code"),
        ({"amount": eur(5), "customer_id": stranger}, 404, None),
    ):
        answer = staff.post(PATH, body)
        assert answer.status_code == status, answer.content
        if pointer:
            assert answer.json()["errors"][0]["pointer"] == pointer
    assert not GiftCard.objects.exists()
    assert not CreditEntry.objects.exists()


def test_a_card_is_stopped_under_the_tag_that_was_seen(staff: APIClient) -> None:
    card = gift_card_make()
    path = f"{PATH}/{card.id}"
    tag = {"If-Match": staff.get(path).headers["ETag"]}
    assert staff.patch(path, {"is_active": False}).status_code == 428
    stopped = staff.patch(path, {"is_active": False, "note": "Lost"}, headers=tag)
    assert (stopped.status_code, stopped.json()["is_active"], stopped.json()["note"]) == (200, False, "Lost")
    assert staff.patch(path, {"is_active": True}, headers=tag).status_code == 412
    assert staff.patch(path, {"balance": eur(1)}, headers={"If-Match": "*"}).status_code == 400
    card.refresh_from_db()
    assert (card.is_active, card.balance_amount) == (False, 5000)


def test_a_balance_is_adjusted_with_a_reason_and_never_below_zero(staff: APIClient) -> None:
    card, customer = gift_card_make(1000), user_make()
    for path in (f"{PATH}/{card.id}", f"/api/v1/customers/{customer.pk}/store-credit"):
        more = staff.post(f"{path}/adjustments", {"amount": eur(500), "reason": "Sorry"})
        assert more.status_code == 201, more.content
        for amount, status, code in ((-9000, 409, "credit_insufficient"), (0, 400, "credit_amount_invalid")):
            refused = staff.post(f"{path}/adjustments", {"amount": eur(amount), "reason": "x"})
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert staff.post(f"{path}/adjustments", {"amount": eur(10**15), "reason": "x"}).status_code == 409
        assert staff.post(f"{path}/adjustments", {"amount": eur(5)}).json()["errors"][0]["pointer"] == "/reason"
        assert staff.post(f"{path}/adjustments", {"amount": eur(-500), "reason": "Paid out"}).status_code == 201
    dollars = staff.post(f"{PATH}/{card.id}/adjustments", {"amount": {"amount": 5, "currency": "USD"}, "reason": "x"})
    assert (dollars.status_code, dollars.json()["code"]) == (400, "credit_amount_invalid")
    card.refresh_from_db()
    assert (card.balance_amount, card.issued_amount) == (1000, 1500)
    assert list(CreditEntry.objects.order_by("id").values_list("kind", "amount")) == [
        ("issued", 1000),
        ("adjusted", 500),
        ("adjusted", -500),
        ("adjusted", 500),
        ("adjusted", -500),
    ]
    [credit] = staff.get(f"/api/v1/customers/{customer.pk}/store-credit").json()["results"]
    assert (credit["balance"], [entry["reason"] for entry in credit["entries"]]) == (eur(0), ["Paid out", "Sorry"])


def test_customers_read_their_own_credit_and_nobody_elses(client_of: ClientOf, api: APIClient) -> None:
    ana, bea = user_make(), user_make()
    store_credit_make(ana, 700)
    path = "/api/v1/me/store-credit"
    assert client_of(ana).get(path).json() == {"results": [{"currency": "EUR", "balance": eur(700)}]}
    assert client_of(bea).get(path).json() == {"results": []}
    assert api.get(path).status_code == 401
    assert client_of(bea).get(f"/api/v1/customers/{ana.pk}/store-credit").status_code == 403
    reader = client_of(staff_make(rights=["gift-cards:read"]))
    assert reader.get(PATH).status_code == 200
    assert reader.post(PATH, {"amount": eur(1)}).status_code == 403
    assert client_of(ana).get(PATH).status_code == 403


def test_what_is_left_expires() -> None:
    soon = gift_card_make(300, expires_at=clock.now() + timedelta(days=1))
    later = gift_card_make(400, expires_at=clock.now() + timedelta(days=9))
    assert gift_cards_expire() == 0
    with clock.moved(timedelta(days=2)):
        assert (gift_cards_expire(), gift_cards_expire()) == (1, 0)
    balances = dict(GiftCard.objects.values_list("id", "balance_amount"))
    assert balances == {soon.id: 0, later.id: 400}
    assert soon.entries.values_list("kind", "amount", "actor").last() == ("expired", -300, "system")


def test_staff_issue_and_adjust_in_the_admin(client: Client) -> None:
    boss, customer = user_make(is_staff=True, is_superuser=True), user_make()
    client.force_login(boss, backend="users.backends.PasswordBackend")
    add = "/admin/promotions/giftcard/add/"
    typed = form_data(client.get(add), "giftcard_form") | {"issued_amount": "50.00", "currency": "EUR"}
    shown = client.post(add, typed)
    card = GiftCard.objects.get()
    assert code_of(card.id) in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]

    page = f"/admin/promotions/giftcard/{card.id}/change/"
    opened = client.get(page)
    assert code_of(card.id) not in opened.content.decode()
    typed = form_data(opened, "giftcard_form")
    assert client.post(page, typed | {"adjustment": "-20.00"}).status_code == 200
    assert client.post(page, typed | {"adjustment": "-20.00", "reason": "Paid out"}).status_code == 302
    card.refresh_from_db()
    assert card.balance_amount == 3000

    add = "/admin/promotions/storecredit/add/"
    typed = form_data(client.get(add), "storecredit_form")
    typed |= {"customer": str(customer.pk), "currency": "EUR", "adjustment": "5", "reason": "Sorry"}
    assert client.post(add, typed).status_code == 302
    assert StoreCredit.objects.get().balance_amount == 500
