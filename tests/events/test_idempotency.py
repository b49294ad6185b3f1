"""A request with a key has its effect once, whatever happens to the client, the network or the server."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory

import events.idempotency
import inventory.views.levels
from core import clock
from core.transactions import run_in_envelope
from events.exceptions import IdempotencyKeyReused
from events.idempotency import KEPT_FOR, run_once
from events.models import IdempotencyKey
from inventory.models import StockLevel, StockMovement
from inventory.services import stock_adjust
from tests.factories.catalogue import product_make, stock_make, variant_of
from tests.factories.users import staff_make
from tests.together import at_once
from users.models import User

ClientOf = Callable[[User | str], APIClient]
BODY = {"on_hand_delta": 24, "reason": "Delivery"}


@pytest.fixture
def level(db: None) -> StockLevel:
    return stock_make(variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}])), 0)


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["stock:read", "stock:write"]))


def adjust(client: APIClient, level: StockLevel, key: str | None, body: object = None, query: str = "") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/api/v1/stock-levels/{level.id}/adjustments{query}", body or BODY, headers=headers)


def on_hand(level: StockLevel) -> int:
    level.refresh_from_db()
    return level.on_hand


@pytest.mark.django_db(transaction=True)
def test_one_key_twenty_times_at_once_has_one_effect(staff: APIClient, level: StockLevel) -> None:
    key = str(uuid.uuid4())
    answers = at_once(*[lambda: adjust(staff, level, key)] * 20)
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "Idempotent-Replayed" not in answer.headers]) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("idempotency_in_flight", "1")
    assert (on_hand(level), StockMovement.objects.count(), IdempotencyKey.objects.count()) == (24, 1, 1)
    again = adjust(staff, level, key)
    assert (again.status_code, again.content, on_hand(level)) == (201, done[0].content, 24)


@pytest.mark.django_db(transaction=True)
def test_without_a_key_each_has_its_effect(staff: APIClient, level: StockLevel) -> None:
    """The control: what the key prevents does happen without it."""
    answers = at_once(*[lambda: adjust(staff, level, None)] * 5)
    assert {answer.status_code for answer in answers} == {201}
    assert on_hand(level) == 5 * 24


@pytest.mark.django_db
def test_a_replay_is_the_first_answer_with_its_headers_and_a_mark(staff: APIClient, level: StockLevel) -> None:
    first, second = (adjust(staff, level, "delivery-1") for _ in range(2))
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert on_hand(level) == 24


@pytest.mark.django_db
@pytest.mark.parametrize("quoted", ['"delivery-1"', " delivery-1 "])
def test_a_key_may_be_quoted(staff: APIClient, level: StockLevel, quoted: str) -> None:
    adjust(staff, level, "delivery-1")
    assert "Idempotent-Replayed" in adjust(staff, level, quoted).headers


@pytest.mark.django_db
def test_another_body_is_refused(staff: APIClient, level: StockLevel) -> None:
    adjust(staff, level, "delivery-1")
    answer = adjust(staff, level, "delivery-1", BODY | {"on_hand_delta": 25})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert on_hand(level) == 24


@pytest.mark.django_db
def test_the_order_of_members_is_not_another_body(staff: APIClient, level: StockLevel) -> None:
    adjust(staff, level, "delivery-1")
    answer = adjust(staff, level, "delivery-1", dict(reversed(BODY.items())))
    assert "Idempotent-Replayed" in answer.headers


@pytest.mark.django_db
def test_another_caller_or_path_is_another_intention(staff: APIClient, client_of: ClientOf, level: StockLevel) -> None:
    other_level = stock_make(variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}])), 0)
    other_staff = client_of(staff_make(rights=["stock:write"]))
    for client, place in ((staff, level), (other_staff, level), (staff, other_level)):
        assert "Idempotent-Replayed" not in adjust(client, place, "delivery-1").headers
    assert (on_hand(level), on_hand(other_level)) == (48, 24)


@pytest.mark.django_db
def test_a_refusal_is_not_kept(staff: APIClient, level: StockLevel) -> None:
    body = BODY | {"on_hand_delta": -1}
    refused = adjust(staff, level, "breakage-1", body)
    assert (refused.status_code, IdempotencyKey.objects.count()) == (409, 0)
    StockLevel.objects.update(on_hand=1)
    assert adjust(staff, level, "breakage-1", body).status_code == 201
    assert on_hand(level) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a b", "é", "tab\there", "back\\slash", '"half'])
def test_a_bad_key_is_refused(staff: APIClient, level: StockLevel, key: str) -> None:
    answer = adjust(staff, level, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert on_hand(level) == 0


@pytest.mark.django_db
def test_a_key_is_new_again_when_its_time_is_over(staff: APIClient, level: StockLevel) -> None:
    adjust(staff, level, "delivery-1")
    IdempotencyKey.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    answer = adjust(staff, level, "delivery-1", BODY | {"on_hand_delta": 1})
    assert (answer.status_code, on_hand(level), IdempotencyKey.objects.count()) == (201, 25, 1)
    kept = IdempotencyKey.objects.get().expires_at - clock.now()
    assert timedelta(hours=24) < kept <= KEPT_FOR


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["after the effect", "after the answer was kept"])
def test_a_crash_between_statements_leaves_nothing(
    staff: APIClient, level: StockLevel, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def die() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def adjust_and_die(**kwargs: Any) -> StockLevel:
        changed = stock_adjust(**kwargs)
        die()
        return changed

    def run_and_die(work: Callable[[], Any]) -> Any:
        def dying() -> Any:
            answer = work()
            die()
            return answer

        return run_in_envelope(dying)

    with monkeypatch.context() as patch:
        if moment == "after the effect":
            patch.setattr(inventory.views.levels, "stock_adjust", adjust_and_die)
        else:
            patch.setattr(events.idempotency, "run_in_envelope", run_and_die)
        answer = adjust(staff, level, "delivery-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (on_hand(level), StockMovement.objects.count(), IdempotencyKey.objects.count()) == (0, 0, 0)
    assert adjust(staff, level, "delivery-1").status_code == 201
    assert on_hand(level) == 24


def _request(**body: object) -> Request:
    plain = APIRequestFactory().post(
        "/things?dry_run=true" if body.pop("dry", False) else "/things",
        body,
        format="multipart",
        headers={"Idempotency-Key": "one-key"},
    )
    return Request(plain, parsers=[MultiPartParser()])


@pytest.mark.django_db
def test_a_file_of_other_content_or_another_query_is_another_request() -> None:
    def send(content: bytes, *, dry: bool = False) -> str:
        request = _request(file=SimpleUploadedFile("a.csv", content), name="x", dry=dry)

        def work() -> Response:
            sent: Any = request.data
            return Response({"length": len(sent["file"].read())}, status=201)

        try:
            answer = run_once(request, caller="user:1", work=work)
        except IdempotencyKeyReused:
            return "reused"
        return "replayed" if "Idempotent-Replayed" in answer.headers else f"read {answer.data['length']}"  # type: ignore[attr-defined]

    assert [send(b"12345"), send(b"12345"), send(b"12346"), send(b"12345", dry=True)] == [
        "read 5",
        "replayed",
        "reused",
        "reused",
    ]


@pytest.mark.django_db
def test_paths_that_begin_alike_are_kept_apart() -> None:
    def send(path: str) -> Any:
        plain = APIRequestFactory().post(path, {}, format="json", headers={"Idempotency-Key": "one-key"})
        request = Request(plain, parsers=[JSONParser()])
        answer: Any = run_once(request, caller="user:1", work=lambda: Response({"path": path}))
        return answer.data["path"]

    assert [send("/" + "a" * 400 + end) for end in "bcb"] == ["/" + "a" * 400 + end for end in "bcb"]


@pytest.mark.django_db
def test_secrets_are_not_written_down_and_come_back() -> None:
    def send() -> Any:
        plain = APIRequestFactory().post("/things", {}, format="json", headers={"Idempotency-Key": "one-key"})
        return run_once(
            Request(plain, parsers=[JSONParser()]),
            caller="user:1",
            work=lambda: Response({"id": 7, "token": "very secret 7"}),
            secrets={"token": lambda body: f"very secret {body['id']}"},
        )

    first, second = send(), send()
    assert first.data == second.data == {"id": 7, "token": "very secret 7"}
    assert b"secret" not in bytes(IdempotencyKey.objects.get().body)
