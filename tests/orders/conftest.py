"""Who asks in tests of orders."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.factories.users import staff_make
from users.models import User

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["orders:read", "orders:write", "payments:write"]))
