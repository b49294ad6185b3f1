"""Buyers and staff over HTTP, who write down every answer and come back with the same key when there was none."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.concurrency.crashing.servers import Server

PATIENCE_SECONDS = 240
COME_AGAIN = {"busy", "idempotency_in_flight", "unavailable"}
TOTAL = 2494


@dataclass(frozen=True)
class Acknowledged:
    """What somebody was told, by the key they asked with."""

    act: str
    key: str
    order_id: str
    number: str


@dataclass
class Journal:
    """All that was acknowledged, and how the asking went. Appending is safe from every thread."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    """Requests that had reached a server and got no answer from it."""

    def of(self, act: str) -> list[Acknowledged]:
        """Return what was acknowledged of one kind."""
        return [one for one in self.acknowledged if one.act == act]


class Shoppers:
    """Threads that take carts, order them, and do with the orders what buyers and staff do."""

    def __init__(self, servers: Sequence[Server], *, staff_key: str, carts: Sequence[str], threads: int) -> None:
        self.journal = Journal()
        self._servers = servers
        self._staff = {"Authorization": f"Bearer {staff_key}"}
        self._carts = list(carts)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._shop, args=(number,)) for number in range(threads)]

    def begin(self) -> None:
        """Let them in."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let everybody finish what they are at, and wait for it."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS * 2)
            assert not thread.is_alive(), "somebody never got an answer"

    @property
    def cart_count(self) -> int:
        """Return how many carts nobody has taken yet; without any there would be no load."""
        return len(self._carts)

    def _shop(self, number: int) -> None:
        choice = random.Random(number)  # noqa: S311 (nobody has to guess it)
        while not self._is_over.is_set():
            try:
                cart = self._carts.pop()
            except IndexError:
                return
            try:
                self._go_through(cart, choice)
            except Exception as failure:  # noqa: BLE001 (told by the test, which fails of it)
                self.journal.errors.append(repr(failure))

    def _go_through(self, cart: str, choice: random.Random) -> None:
        order = self._do(
            "placed",
            "/api/v1/orders",
            {"cart": cart, "expected_total": money(TOTAL), "payment_method": "bank_transfer"},
            headers={},
        )
        if order is None:
            self._carts.insert(0, cart)  # Later, when somebody has cancelled.
            return
        path = f"/api/v1/orders/{order['id']}"
        if choice.random() < 0.4:
            self._do("cancelled", f"{path}/cancel", {"reason": "KEY"}, order=order)
            return
        _, payments = self._ask("GET", f"{path}/payments", None, self._staff)
        payment = f"/api/v1/payments/{payments['results'][0]['id']}"
        for amount in (1000, TOTAL - 1000):
            self._do("captured", f"{payment}/capture", {"amount": money(amount), "reference": "KEY"}, order=order)
        if choice.random() < 0.5:
            self._do("sent", f"{path}/fulfilments", {"tracking_number": "KEY"}, order=order)
        for _ in range(choice.randrange(3)):
            self._do("refunded", f"{payment}/refunds", {"amount": money(100), "reason": "KEY"}, order=order)

    def _do(
        self,
        act: str,
        path: str,
        body: Mapping[str, Any],
        *,
        order: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Do something once, with a key of its own, which the row that it makes keeps too. None when it is refused."""
        key = str(uuid.uuid4())
        said = {name: key if value == "KEY" else value for name, value in body.items()}
        sent = {**(self._staff if headers is None else headers), "Idempotency-Key": key}
        status, answer = self._ask("POST", path, said, sent)
        if status >= 300:
            self.journal.refusals.append((act, answer["code"]))
            return None
        of = order or answer
        self.journal.acknowledged.append(Acknowledged(act, key, of["id"], of["number"]))
        return answer

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Ask whichever server answers, with the same words again and again until one says something final."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for server in random.sample(self._servers, len(self._servers)):
                try:
                    status, answer = server.ask(method, path, body, headers)
                except ConnectionRefusedError:
                    continue  # It is just being started.
                except OSError as error:
                    self.journal.cut_off.append(f"{method} {path}: {error!r}")
                    continue
                if status < 300 or answer.get("code") not in COME_AGAIN:
                    return status, answer
            time.sleep(0.05)
        raise AssertionError(f"no final answer to {method} {path}")


def money(amount: int) -> dict[str, Any]:
    """Write euros as the interface does."""
    return {"amount": amount, "currency": "EUR"}
