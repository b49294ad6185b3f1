"""Fixtures that every test may use."""

from pathlib import Path

import pytest
from rest_framework.test import APIClient

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture
def api() -> APIClient:
    """Return a client of the API that nobody is logged in with."""
    return APIClient()


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real catalogues beside the checkout; the test is skipped where it isn't there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real catalogues are not beside the checkout ({SHARED_DATA.name}/)")
    return SHARED_DATA
