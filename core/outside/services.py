"""Asking services outside: at once, until one deadline, so that a dead one costs a request that time and no more.

What is asked and what an answer means belongs to the apps that ask. An adapter that keeps to its time is good; one that
doesn't is left behind in its own thread, and only so many of them are let wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.db import connections

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""How many calls of one service a process lets wait; who comes then is answered at once that it is busy."""
RESTS_AFTER = 3
"""After so many calls in a row that cost their whole time, nobody waits for the service for a while."""


_LEAST_SECONDS = 0.001


class Failure(StrEnum):
    """Why a service has given no answer that can be used."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    RESTING = "resting"
    NOT_CONFIGURED = "not_configured"
    BROKEN = "broken"


class ServiceFailed(Exception):
    """There is no answer that can be used. The detail is for the log; nobody outside reads it."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        """Keep the reason."""
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one service: `service` names it in the log, `ask` gets the seconds that it may take."""

    service: str
    ask: Callable[[float], Any]


@dataclass
class _Gate:
    """What a process knows of a service: who waits for it, and whether it is given a rest."""

    places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    lost_count: int = 0
    rests_until: float = 0.0


_gates: dict[str, _Gate] = {}


def ask_all(calls: Sequence[Call], *, seconds: float) -> list[Any | ServiceFailed]:
    """Return what each call answers, or why it doesn't; all of them together take `seconds` at the most."""
    deadline = time.monotonic() + seconds
    outcomes: dict[int, Any | ServiceFailed] = {}
    answered: SimpleQueue[tuple[int, Any | ServiceFailed]] = SimpleQueue()
    waiting: set[int] = set()
    for index, call in enumerate(calls):
        gate = _gates.setdefault(call.service, _Gate())
        refusal = _enter(gate)
        if refusal is not None:
            outcomes[index] = refusal
            continue
        waiting.add(index)
        work = partial(copy_context().run, _run, call, gate, partial(_put, answered, index), deadline)
        # A daemon: a call that never ends must not keep the process from ending.
        threading.Thread(target=work, name=f"ask-{call.service}", daemon=True).start()
    while waiting:
        try:
            index, outcome = answered.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            break
        waiting.discard(index)
        outcomes[index] = outcome
    outcomes |= {index: ServiceFailed(Failure.TIMEOUT, f"no answer in {seconds} s") for index in waiting}
    return [_noted(call.service, outcomes[index]) for index, call in enumerate(calls)]


def _put(answered: SimpleQueue[tuple[int, Any | ServiceFailed]], index: int, outcome: Any | ServiceFailed) -> None:
    answered.put((index, outcome))


def _run(call: Call, gate: _Gate, put: Callable[[Any | ServiceFailed], None], deadline: float) -> None:
    outcome: Any | ServiceFailed
    try:
        outcome = call.ask(max(deadline - time.monotonic(), _LEAST_SECONDS))
    except ServiceFailed as failed:
        outcome = failed
    except Exception as error:
        logger.exception("asking %s broke", call.service)
        outcome = ServiceFailed(Failure.BROKEN, type(error).__name__)
    finally:
        gate.places.release()
        # An adapter that has asked the database did it in a connection of this thread, which ends here.
        connections.close_all()
    put(outcome)


def _enter(gate: _Gate) -> ServiceFailed | None:
    """Take a place at a service's gate; return why there is none."""
    if time.monotonic() < gate.rests_until:
        return ServiceFailed(Failure.RESTING)
    if not gate.places.acquire(blocking=False):
        return ServiceFailed(Failure.BUSY)
    return None


def _noted(service: str, outcome: Any | ServiceFailed) -> Any | ServiceFailed:
    """Write a failure to the log, and let a service rest that has cost its callers all of their time."""
    gate = _gates[service]
    if not isinstance(outcome, ServiceFailed):
        gate.lost_count = 0
        return outcome
    if outcome.failure in {Failure.RESTING, Failure.BUSY}:
        return outcome
    logger.warning("%s gave no answer: %s", service, outcome)
    if outcome.failure not in {Failure.TIMEOUT, Failure.UNREACHABLE}:
        gate.lost_count = 0
        return outcome
    gate.lost_count += 1
    if gate.lost_count >= RESTS_AFTER:
        gate.lost_count, gate.rests_until = 0, time.monotonic() + settings.OUTSIDE_REST_SECONDS
    return outcome
