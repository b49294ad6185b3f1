"""Services outside, as a shop has them: servers on real sockets that answer what a test wants, and kept answers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson

from cart.models import Cart, OutsideAnswer
from core import clock
from core.outside import ServiceConfig

SECRET = "not-for-the-log"

Answer = Callable[[Any], Any]
"""What a service answers to a parsed question: JSON, the very bytes, a status, or an act on the request's handler."""


class Service(ThreadingHTTPServer):
    """A service outside. `answer` may be changed at any time; `questions` are those that it was asked."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        """Listen on any free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.questions: list[Any] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/ask?shop=1"

    def carrier(self) -> ServiceConfig:
        """Return it as a carrier of the settings."""
        return ServiceConfig("shipping.carriers.HttpCarrier", {"url": self.url, "secret": SECRET})

    def taxes(self) -> ServiceConfig:
        """Return it as a tax service of the settings."""
        return ServiceConfig("markets.tax_services.HttpTaxService", {"url": self.url, "secret": SECRET})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about callers that have gone away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        question = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.questions.append(question)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        answer = self.server.answer(question)
        if callable(answer):
            answer(self)
            return
        status, body = (answer, b"{}") if isinstance(answer, int) else (200, answer)
        self.send(status, body if isinstance(body, bytes) else orjson.dumps(body))

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(answer: Answer) -> Iterator[Service]:
    """Run a service until the block ends."""
    service = Service(answer)
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def rate(service: Any = "express", amount: Any = 1290, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """Return one rate as a carrier writes it."""
    name = str(service).title() or "Nameless"
    return {"service": service, "name": name, "price": {"amount": amount, "currency": currency}, **more}


def taxed(question: Any, *taxes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an answer of these taxes on all that was asked."""
    lines = [{"id": line["id"], "taxes": list(taxes)} for line in question["lines"]]
    return {"lines": lines, "shipping": list(taxes), "reference": "R-1", **more}


def silent(question: Any) -> Any:
    """Take the question, and never answer in any time that a test waits."""

    def wait(handler: Any) -> None:
        # The caller hangs up, which ends this.
        handler.connection.settimeout(20)
        handler.rfile.read(1)

    return wait


def dripping(question: Any) -> Any:
    """Answer one byte at a time, each well within any time-out of a socket."""

    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" ")
            time.sleep(0.02)

    return drip


def outside_answer_make(cart: Cart, service: str = "post", **fields: Any) -> OutsideAnswer:
    """Keep an answer that holds for ten minutes, to a question that nobody asks."""
    now = clock.now()
    values = {
        "kind": "rates",
        "answer": {"rates": []},
        "question_digest": b"\0" * 32,
        "asked_at": now,
        "expires_at": now + timedelta(minutes=10),
    }
    return OutsideAnswer.objects.create(cart=cart, service=service, **(values | fields))
