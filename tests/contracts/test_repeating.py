"""Every write that takes an Idempotency-Key, sent twice with one key: it is done once, and answered alike."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from rest_framework.test import APIClient

from tests.contracts.asking import ASKED, Ask
from tests.contracts.test_openapi import made
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db

# What is counted of callers, not done for them.
BESIDES = {"users_throttle"}


def keyed() -> dict[str, set[str]]:
    """Return the operations that take a key, each with the statuses that it answers, as the document says."""
    return {
        f"{method.upper()} {path}": set(operation["responses"])
        for path, item in made()["paths"].items()
        for method, operation in item.items()
        if any(one.get("name") == "Idempotency-Key" for one in operation.get("parameters", []))
    }


def rows_written() -> dict[str, int]:
    """Return how many rows of each table this transaction has written so far, by PostgreSQL's own count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {table: count for table, count in cursor.fetchall() if count and table not in BESIDES}


def send(client: APIClient, name: str, ask: Ask, key: str) -> Any:
    method, path = name.split(" ")
    for value in ask.places:
        start, _, rest = path.partition("{")
        path = f"{start}{value}{rest.partition('}')[2]}"
    headers = {"Idempotency-Key": key, "If-Match": "*"}
    # Bytes are taken too, whatever the stubs say.
    content: Any = "" if ask.body is None else json.dumps(ask.body, default=str)
    media = "application/json"
    if ask.files:
        files = {field: SimpleUploadedFile(*file) for field, file in ask.files.items()}
        content, media = encode_multipart(BOUNDARY, {**ask.body, **files}), MULTIPART_CONTENT
    return client.generic(method, f"/api/v1{path}", content, content_type=media, headers=headers)


def complaints(client: APIClient, me: User, name: str) -> list[str]:
    """Send a write twice with one key, and return what isn't as it should be."""
    ask = ASKED[name](me)
    key, before = str(uuid.uuid4()), rows_written()
    first = send(client, name, ask, key)
    if first.status_code >= 300:
        return [f"refused: {first.status_code} {first.content[:300]!r}"]
    after = rows_written()
    again = send(client, name, ask, key)
    wrong = []
    if str(first.status_code) not in keyed()[name]:
        wrong.append(f"the document doesn't know the answer {first.status_code}")
    if after == before:
        wrong.append("nothing was done")
    if rows_written() != after:
        wrong.append("done twice")
    if again.headers.get("Idempotent-Replayed") != "true":
        wrong.append("not marked as repeated")
    if (again.status_code, again.content) != (first.status_code, first.content):
        wrong.append(f"answered otherwise: {again.status_code} {again.content[:300]!r}")
    if any(first.headers.get(name) != again.headers.get(name) for name in ("ETag", "Location")):
        wrong.append("answered with other headers")
    return wrong


def all_complaints(client: APIClient, me: User, names: list[str]) -> dict[str, list[str]]:
    found = {}
    for name in names:
        # Rows of its own for each, as in a test of its own: requests begin their durable transactions in it.
        own = transaction.atomic()
        own._from_testcase = True  # type: ignore[attr-defined]
        with own:
            found[name] = complaints(client, me, name)
            transaction.set_rollback(True)
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.fixture
def me() -> User:
    return user_make(is_staff=True, is_superuser=True)


def test_every_write_with_a_key_is_asked_for_here() -> None:
    """Add how to ask for a new one to asking.py."""
    assert keyed().keys() == ASKED.keys()


def test_sent_twice_with_one_key_it_is_done_once_and_answered_alike(
    me: User, client_of: Callable[[User | str], APIClient]
) -> None:
    found = all_complaints(client_of(me), me, list(keyed()))
    assert not found, "\n".join(f"{name}: {wrong}" for name, wrong in found.items())


@pytest.mark.slow
def test_control_without_the_record_it_is_done_twice(
    me: User, client_of: Callable[[User | str], APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.idempotency._claim", lambda *_: None)
    some = ["POST /carts", "POST /orders/{reference}/history", "POST /payments/{id}/refunds", "PATCH /me"]
    found = all_complaints(client_of(me), me, some)
    assert {name for name, wrong in found.items() if "not marked as repeated" in wrong} == set(some)
    assert "done twice" in found["POST /orders/{reference}/history"]
