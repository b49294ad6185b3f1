"""Fixtures that every test may use."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from tests.emptying import database_empty
from users.models import User
from users.sessions import session_begin

# No test fails because a machine was slow. Few examples at each run, thousands among the slower proofs.
settings.register_profile("patient", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Tests that start servers and other processes take longest, and wait more than they work.
LONG = ("test_fuzzing.py", "runtime", "demo", "concurrency", "imports")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, so that no worker ends with one of them while the others have nothing left to do."""
    items.sort(key=lambda item: next((LONG.index(part) for part in item.path.parts[-3:] if part in LONG), len(LONG)))


def pytest_collection_finish() -> None:
    """Have the collector leave alone what stays until the end: looking through it took a tenth of the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _emptied_at_once() -> Iterator[None]:
    """Have tests that commit leave the database empty in a moment: half of their time went into Django's flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: database_empty())
        yield


SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture
def api() -> APIClient:
    """Return a client of the API that nobody is logged in with."""
    return APIClient()


@pytest.fixture
def client_of() -> Callable[[User | str], APIClient]:
    """Return a maker of clients that call as a given user (by an access token) or with a given API key."""

    def make(caller: User | str) -> APIClient:
        credentials = caller if isinstance(caller, str) else session_begin(user=caller).access_token
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {credentials}")
        return client

    return make


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real catalogues beside the checkout; the test is skipped where it isn't there."""
    # Other people's data, which may not lie in this repository; the same rules are tried on made-up files everywhere.
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real catalogues are not beside the checkout ({SHARED_DATA.name}/)")
    return SHARED_DATA


@pytest.fixture
def in_test_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an audit run in the test's own transaction, which can't be made to see one moment any more."""
    monkeypatch.setattr("audit.selectors.SNAPSHOT", "SET TRANSACTION READ ONLY")
