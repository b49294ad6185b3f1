"""Reading ahead in a thread of its own, while the database is waited for. It knows nothing of what is read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

_DEPTH = 2
_POLL_SECONDS = 0.1


class _End:
    """Stands behind the last item, with the error that ended the reading if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Ahead(Generic[T]):
    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._queue: queue.Queue[T | _End] = queue.Queue(maxsize=_DEPTH)
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name="import-reader", daemon=True)

    def run(self) -> Generator[T, None, None]:
        self._thread.start()
        try:
            while True:
                item = self._queue.get()
                if isinstance(item, _End):
                    if item.error is not None:
                        raise item.error
                    return
                yield item
        finally:
            self._is_stopped.set()
            self._thread.join()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as caught:  # noqa: BLE001 (raised again where the items are wanted)
            error = caught
        finally:
            # A generator that is left halfway closes its files, and its store on disk, in the thread that opened them.
            if hasattr(self._items, "close"):
                self._items.close()
        self._put(_End(error))

    def _put(self, item: T | _End) -> bool:
        while not self._is_stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False


def read_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Yield the items in order, while a thread prepares the next two; what it raises is raised here.

    Leaving the loop early stops the thread and closes a generator that it read from.
    """
    return _Ahead(items).run()
