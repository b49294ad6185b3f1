"""Ids: in the order they were made, of the kind they claim to be, and never twice."""

import time
from concurrent.futures import ThreadPoolExecutor

from core.ids import capability, token, uuid7


def test_ids_made_one_after_the_other_sort_so() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_many_threads_differ() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for many in pool.map(lambda _: [uuid7() for _ in range(2000)], range(8)) for one in many]
    assert len(set(made)) == len(made)


def test_an_id_is_a_uuid7_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1_000


def test_capabilities_and_tokens_are_random() -> None:
    assert capability().version == 4
    assert len({token() for _ in range(100)}) == 100
    assert len(token()) == 43
