"""The first order of both READMEs, run by a shell exactly as it is printed, against a live demo shop. Slow."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from inventory.models import StockLevel
from orders.models import Order

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PRINTED_ADDRESS = "http://127.0.0.1:8000"


def _calls(readme: str) -> str:
    """Return the block of calls: the one that says where the API is."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    (calls,) = [block for block in blocks if f"API={PRINTED_ADDRESS}" in block]
    return calls


def _documents(text: str) -> Iterator[dict[str, object]]:
    """Return every JSON document of a text in which they stand one after the other."""
    decoder = json.JSONDecoder()
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:]


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_its_calls_place_an_order(readme: str, live_server: LiveServer) -> None:
    call_command("demo", verbosity=0)
    orders = Order.objects.count()
    calls = _calls(readme)
    assert calls.count("curl") == 5
    ran = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", calls.replace(PRINTED_ADDRESS, live_server.url)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    found, cart, order = _documents(ran.stdout)
    assert found["results"], found
    assert cart["is_ready_to_order"] is True, cart
    assert Order.objects.count() == orders + 1
    placed = Order.objects.get(number=order["number"])
    assert (order["status"], order["totals"]) == ("pending", cart["totals"]), order  # the same to the cent
    assert [line.quantity for line in placed.lines.all()] == [2]
    assert placed.history.get().kind == "placed"
    level = StockLevel.objects.filter(variant__sku="BAR-MUG-SEA-250", movements__order=placed).get()
    assert level.reserved >= 2
