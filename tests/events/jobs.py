"""Handlers that the worker's tests run; they write what they did into `done`."""

import threading
import time
from pathlib import Path

from core.problems import Conflict

done: list[str] = []
release = threading.Event()


def note(text: str = "") -> None:
    done.append(text)


def break_down(text: str = "") -> None:
    done.append(text)
    message = "the machine is broken"
    raise RuntimeError(message)


def refuse() -> None:
    done.append("refused")
    raise Conflict


def wait() -> None:
    done.append("started")
    release.wait(20)
    done.append("ended")


def touch_and_sleep(path: str, seconds: float) -> None:
    Path(path).write_text("started")
    time.sleep(seconds)
    Path(path).write_text("ended")
