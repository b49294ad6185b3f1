"""Child processes that never outlive us: started, watched and ended together. Nothing about what they run."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

# From Linux's prctl.h; elsewhere there is nothing like it.
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends, even by kill -9. For a child's first moments."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def stop_signals_interrupt() -> Iterator[None]:
    """Within, every signal that asks to stop raises KeyboardInterrupt, as Ctrl-C does, so that `finally` is run."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def stop_signals_wait() -> Iterator[None]:
    """Within, the signals that ask to stop do nothing: we are stopping already, and it takes a limited time."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@dataclass
class Children:
    """Processes that belong together: when one ends, all shall."""

    patience_seconds: float = 15
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], folder: Path) -> None:
        """Start one in this folder, in a process group of its own: Ctrl-C reaches only us, and we decide the order."""
        parent = os.getpid()

        def prepare() -> None:
            die_with_parent()
            if os.getppid() != parent:  # We died before it could ask to be told.
                os._exit(1)

        self._running[name] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 - it only calls the kernel, and we have no threads
        )

    def ended(self) -> str:
        """Return what ended, if anything did: "the web server ended with status 1"."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
                return f"{name} {how}"
        return ""

    def wait(self) -> str:
        """Wait until one ends, and return how."""
        while not (how := self.ended()):
            time.sleep(0.1)
        return how

    def stop(self) -> None:
        """Ask all to stop, and kill with all their own children those that do not in time."""
        with stop_signals_wait():
            for process in self._running.values():
                process.terminate()
            deadline = time.monotonic() + self.patience_seconds
            for process in self._running.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
            for process in self._running.values():
                # The group also holds what a child that died left behind.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            self._running.clear()
