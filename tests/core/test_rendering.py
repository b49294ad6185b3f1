"""Bytes under a version: bounded, dropped when their time comes, never mixed up."""

from datetime import timedelta

from core import clock
from core.rendering import BytesCache


def test_what_was_put_is_had_back() -> None:
    cache = BytesCache(max_bytes=100)
    cache.put(("a", 1), b"one")
    assert (cache.get(("a", 1)), cache.get(("a", 2))) == (b"one", None)


def test_the_least_recently_used_goes_first_when_the_bytes_are_full() -> None:
    cache = BytesCache(max_bytes=10)
    cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a") == b"12345"
    cache.put("c", b"1")
    assert [cache.get(key) for key in "abc"] == [b"12345", None, b"1"]


def test_replacing_an_entry_counts_its_bytes_once() -> None:
    cache = BytesCache(max_bytes=10)
    for _ in range(5):
        cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert (cache.get("a"), cache.get("b")) == (b"12345", b"12345")


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    cache = BytesCache(max_bytes=3)
    cache.put("a", b"1234")
    assert cache.get("a") is None


def test_an_entry_ends_at_its_time() -> None:
    cache = BytesCache(max_bytes=10)
    cache.put("a", b"1", until=clock.now() + timedelta(hours=1))
    assert cache.get("a") == b"1"
    with clock.moved(timedelta(hours=1)):
        assert cache.get("a") is None


def test_an_entry_of_later_does_not_hold_earlier() -> None:
    cache = BytesCache(max_bytes=10)
    cache.put("a", b"1", since=clock.now() + timedelta(hours=1), until=clock.now() + timedelta(hours=2))
    assert cache.get("a") is None
    with clock.moved(timedelta(minutes=90)):
        assert cache.get("a") == b"1"
