"""Fixtures of the admin's tests."""

from collections.abc import Callable, Sequence

import pytest
from django.test import Client

from tests.factories.users import staff_make, user_make
from users.models import User

BACKEND = "users.backends.PasswordBackend"


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def boss() -> Client:
    """Return a browser in which a superuser is logged in."""
    return _browser(user_make(email="boss@example.com", is_staff=True, is_superuser=True))


@pytest.fixture
def browser_of() -> Callable[[Sequence[str]], Client]:
    """Return a maker of browsers in which a member of staff with exactly these rights is logged in."""
    return lambda rights: _browser(staff_make(rights=rights))
