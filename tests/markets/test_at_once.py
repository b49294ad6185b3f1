"""One default, whoever chooses one at the same moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import IntegrityError

from markets import services
from markets.models import Market
from tests.factories.catalogue import market_make
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def _choose_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make two markets the default, each only written when both have looked for the one before (or nobody comes)."""
    both = threading.Barrier(2)
    refusals = services._refusals

    @contextmanager
    def paced() -> Iterator[None]:
        with suppress(threading.BrokenBarrierError):
            both.wait(1)
        with refusals():
            yield

    monkeypatch.setattr(services, "_refusals", paced)
    markets = [market_make(code, is_default=False) for code in ("eu", "us")]

    def choose(market: Market) -> Any:
        return services.market_update(market_id=market.pk, changes={"is_default": True})

    at_once(*(lambda market=market: choose(market) for market in markets))


def test_the_later_one_takes_it_from_the_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    _choose_both(monkeypatch)
    assert Market.objects.filter(is_default=True).count() == 1


@pytest.mark.slow
def test_control_without_the_lock_the_schema_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_default_lock", lambda _values: None)
    with pytest.raises(IntegrityError, match="markets_market_default"):
        _choose_both(monkeypatch)
