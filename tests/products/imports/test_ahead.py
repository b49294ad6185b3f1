"""Reading ahead: the same items in the same order, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from products.importing.ahead import read_ahead


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "import-reader"]


def test_items_come_in_order_from_another_thread() -> None:
    found = list(read_ahead((number, threading.get_ident()) for number in range(50)))

    assert [number for number, _ in found] == list(range(50))
    assert {thread for _, thread in found} != {threading.get_ident()}
    assert readers() == []


def test_what_the_reader_raises_is_raised_behind_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    ahead = read_ahead(items())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(ahead)

    assert readers() == []


def test_leaving_early_stops_the_thread_and_closes_what_it_reads() -> None:
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.append(True)

    ahead = read_ahead(items())
    assert next(ahead) == 0
    ahead.close()

    assert closed == [True]
    assert readers() == []


def test_no_more_than_a_few_items_are_held() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    for item in read_ahead(items()):
        assert len(made) - item <= 5
