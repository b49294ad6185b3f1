"""Rows of several tables in one statement."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.inserting import insert_together
from events.models import Event, Job
from users.models import Role, User

pytestmark = pytest.mark.django_db


def test_rows_of_several_tables_cost_one_statement() -> None:
    user = User(email="ada@example.com", name="Ada 'x' %s")
    events = [
        Event(type="x.y", aggregate_type="x", aggregate_id=user.id, data={"n": n, "text": "50 %"}) for n in range(3)
    ]
    with CaptureQueriesContext(connection) as queries:
        insert_together([user, events[0], Job(kind="x"), *events[1:]])
    assert len(queries) == 1
    read = User.objects.get()
    assert (read.id, read.email, read.name, read.created_at) == (user.id, user.email, user.name, user.created_at)
    assert list(Event.objects.order_by("id").values_list("data__n", "data__text")) == [(n, "50 %") for n in range(3)]
    assert Job.objects.get().kind == "x"


def test_nothing_costs_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        insert_together([])
    assert len(queries) == 0


def test_all_or_none() -> None:
    Role.objects.create(name="taken")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([Job(kind="x"), Role(name="taken")])
    assert not Job.objects.exists()
