"""Budgets of tries, and what the hourly sweep leaves."""

from datetime import timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries, Settings

from core import clock
from core.problems import TooManyRequests
from tests.factories.users import user_make
from users.models import Session, Throttle
from users.sessions import session_begin
from users.tasks import sweep
from users.throttling import Take, throttle_clear, throttle_give_back, throttle_take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def budgets(settings: Settings) -> None:
    settings.THROTTLES = {"two": (2, 60), "three": (3, 600)}


def is_taken(*takes: Take) -> bool:
    try:
        throttle_take(*takes)
    except TooManyRequests:
        return False
    return True


def test_budget_is_used_up_and_comes_back_when_its_window_closes() -> None:
    take = Take("two", "ana")
    with time_machine.travel("2026-11-23 12:00:00+00:00", tick=False) as now:
        assert [is_taken(take) for _ in range(3)] == [True, True, False]
        now.shift(59.5)
        with pytest.raises(TooManyRequests) as refused:
            throttle_take(take)
        assert refused.value.headers == {"Retry-After": "1"}
        now.shift(0.5)
        assert [is_taken(take) for _ in range(3)] == [True, True, False]


def test_subjects_and_budgets_are_counted_apart() -> None:
    assert [is_taken(Take("two", "ana")) for _ in range(3)] == [True, True, False]
    assert is_taken(Take("two", "bea"))
    assert is_taken(Take("three", "ana"))


def test_several_budgets_in_one_statement_and_the_longest_wait(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    takes = (Take("two", "ana"), Take("three", "here"))
    for _ in range(3):
        with django_assert_num_queries(1):
            is_taken(*takes)
    with pytest.raises(TooManyRequests) as refused:
        throttle_take(*takes)
    assert 540 < int(refused.value.headers["Retry-After"]) <= 600


def test_given_back_and_cleared() -> None:
    take = Take("two", "ana")
    is_taken(take)
    is_taken(take)
    throttle_give_back(take)
    assert [is_taken(take), is_taken(take)] == [True, False]
    throttle_clear(take)
    throttle_give_back(take)
    assert is_taken(take)


def test_table_knows_no_addresses() -> None:
    throttle_take(Take("two", "ana@example.com"))
    assert "ana" not in str(Throttle.objects.values())


def test_sweep_deletes_what_is_over_and_nothing_else() -> None:
    user = user_make()
    session_begin(user=user)
    session_begin(user=user)
    over = Session.objects.order_by("pk").first()
    assert over is not None
    Session.objects.filter(pk=over.pk).update(expire_date=clock.now() - timedelta(seconds=1))
    throttle_take(Take("two", "ana"), Take("three", "ana"))
    Throttle.objects.filter(key=Take("two", "ana").key).update(until=clock.now() - timedelta(seconds=1))
    sweep()
    assert list(Throttle.objects.values_list("key", flat=True)) == [Take("three", "ana").key]
    assert Session.objects.exclude(pk=over.pk).count() == Session.objects.count() == 1
