"""Asking services outside: whatever they do, an answer that can be used or a reason comes back in time."""

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.outside import Call, Failure, JsonEndpoint, ServiceConfig, ServiceFailed, ask_all, service_of, service_path
from core.outside import services as module
from core.outside.http import MAX_ANSWER_BYTES
from tests.factories.outside import SECRET, Answer, Service, dripping, serving, silent

PATIENT = 30.0


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_gates", {})


@pytest.fixture
def service() -> Iterator[Service]:
    with serving(lambda question: {"said": question}) as service:
        yield service


def ask(service: Service, seconds: float = PATIENT) -> Any:
    endpoint = JsonEndpoint(service.url, SECRET)
    return ask_all([Call("post", lambda left: endpoint.post({"for": "Ñandú"}, seconds=left))], seconds=seconds)[0]


def failure(outcome: Any) -> Failure:
    assert isinstance(outcome, ServiceFailed), outcome
    return outcome.failure


def test_the_question_is_json_with_a_bearer_token_and_so_is_the_answer(service: Service) -> None:
    assert ask(service) == {"said": {"for": "Ñandú"}}
    assert service.questions == [{"for": "Ñandú"}]
    (headers,) = service.headers
    assert (headers["authorization"], headers["content-type"]) == (f"Bearer {SECRET}", "application/json")


def _redirect(service: Service) -> Answer:
    return lambda _: lambda handler: handler.send(307, b"", Location=service.url)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (500, Failure.REFUSED),
        (204, Failure.REFUSED),
        (b"{", Failure.MALFORMED),
        (b"", Failure.MALFORMED),
        (b'{"a": NaN}', Failure.MALFORMED),
        (b'"\\ud800"', Failure.MALFORMED),
        (b"\xff\xfe", Failure.MALFORMED),
        (b"[" * 100_000, Failure.MALFORMED),
        (b" " * MAX_ANSWER_BYTES + b"{}", Failure.TOO_LARGE),
        (lambda handler: handler.connection.shutdown(2), Failure.UNREACHABLE),
        (lambda handler: handler.wfile.write(b"no HTTP at all\r\n\r\n"), Failure.MALFORMED),
    ],
)
def test_an_answer_that_can_not_be_used_says_why(answer: Any, expected: Failure, service: Service) -> None:
    service.answer = lambda _: answer
    assert failure(ask(service)) == expected


def test_no_redirect_is_followed(service: Service) -> None:
    service.answer = _redirect(service)
    assert failure(ask(service)) == Failure.REFUSED
    assert len(service.questions) == 1


def test_nobody_listening_is_unreachable(service: Service) -> None:
    service.server_close()
    assert failure(ask(service)) == Failure.UNREACHABLE


@pytest.mark.parametrize("answer", [silent, dripping])
def test_silence_and_dribble_end_with_the_time_that_was_given(answer: Answer, service: Service) -> None:
    service.answer = answer
    began = time.monotonic()
    assert failure(ask(service, 0.3)) == Failure.TIMEOUT
    # The server would have taken twenty seconds.
    assert time.monotonic() - began < 10


def test_headers_that_dribble_keep_no_thread_beyond_the_time(service: Service) -> None:
    def headers(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(1000):
            handler.wfile.write(b"-")
            time.sleep(0.02)

    service.answer = lambda _: headers
    began = time.monotonic()
    with pytest.raises(ServiceFailed, match="too slowly"):
        JsonEndpoint(service.url).post({}, seconds=0.3)
    # The server would have taken twenty seconds.
    assert time.monotonic() - began < 10


def test_all_are_asked_at_once_and_a_dead_one_costs_the_others_nothing() -> None:
    both = threading.Barrier(2)

    def meet(_: float) -> str:
        both.wait(PATIENT)
        return "met"

    ended = threading.Event()
    outcomes = ask_all(
        [Call("one", meet), Call("dead", lambda _: ended.wait(PATIENT)), Call("other", meet)], seconds=0.5
    )
    ended.set()
    assert (outcomes[0], failure(outcomes[1]), outcomes[2]) == ("met", Failure.TIMEOUT, "met")


def test_an_adapter_that_breaks_is_a_failure_and_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: float) -> Any:
        raise KeyError("surprise")

    assert failure(ask_all([Call("post", broken)], seconds=PATIENT)[0]) == Failure.BROKEN
    assert "asking post broke" in caplog.text


def test_after_three_lost_waits_nobody_waits_for_a_while(
    settings: Any, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    settings.OUTSIDE_REST_SECONDS = 1000
    service.answer = silent
    assert [failure(ask(service, 0.1)) for _ in range(5)] == [Failure.TIMEOUT] * 3 + [Failure.RESTING] * 2
    assert ask_all([Call("other", lambda _: "well")], seconds=PATIENT) == ["well"]
    service.answer = lambda _: "back"
    later = time.monotonic() + 1001
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: later))
    assert ask(service) == "back"


def test_quick_refusals_never_make_a_service_rest(service: Service) -> None:
    service.answer = lambda _: 500
    assert {failure(ask(service)) for _ in range(5)} == {Failure.REFUSED}


def test_calls_that_never_end_are_let_wait_up_to_a_number() -> None:
    ended, began = threading.Event(), threading.Semaphore(0)

    def stuck(_: float) -> Any:
        began.release()
        ended.wait(PATIENT)

    calls = [Call("stuck", stuck)] * (module.AT_ONCE + 3)
    outcomes = [failure(outcome) for outcome in ask_all(calls, seconds=0.3)]
    assert outcomes == [Failure.TIMEOUT] * module.AT_ONCE + [Failure.BUSY] * 3
    ended.set()


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("ftp://example.com/", ""),
        ("https://", ""),
        ("https://user:word@example.com/", ""),
        ("example.com", ""),
        ("https://example.com:99999/", ""),
        ("https://example.com/a b", ""),
        ("https://example.com/\u00e9", ""),
        ("https://example.com\0/", ""),
        ("https://example.com", "two\r\nlines"),
    ],
)
def test_an_address_that_could_never_be_called_is_refused_without_naming_the_secret(url: str, secret: str) -> None:
    with pytest.raises(Exception, match="can't be made") as error:
        service_of(ServiceConfig("shipping.carriers.HttpCarrier", {"url": url, "secret": secret or "hidden"}))
    assert "hidden" not in str(error.value)
    assert "hidden" not in repr(JsonEndpoint("https://example.com", "hidden"))


@pytest.mark.parametrize(
    "act",
    [
        lambda: service_path("Post"),
        lambda: service_path("-"),
        lambda: service_path(""),
        lambda: service_of(ServiceConfig("shipping.carriers.Nobody")),
        lambda: service_of(ServiceConfig("shipping.carriers.HttpCarrier", {"colour": "red"})),
    ],
)
def test_a_wrong_setting_is_told_when_the_shop_starts(act: Callable[[], Any]) -> None:
    with pytest.raises(Exception, match=r"can't be"):
        act()
    assert service_path("my-post") == "MY_POST"
