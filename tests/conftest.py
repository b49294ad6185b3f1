"""Fixtures that every test may use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from users.models import User
from users.sessions import session_begin

# No test fails because a machine was slow.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

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
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real catalogues are not beside the checkout ({SHARED_DATA.name}/)")
    return SHARED_DATA
