"""Real web servers on the test's database: started, killed with SIGKILL, started again."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode

from django.db import connection

from runtime.starting import port_reserve

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
START_SECONDS = 120


class Server:
    """One web server: granian and its worker, in a process group of their own, on one port for all its lives."""

    def __init__(self, application: str) -> None:
        self.application = application
        self.port = port_reserve(HOST, 0)
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the server)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it isn't ready yet."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.crashing.start", str(self.port), self.application],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "DATABASE_URL": database_url(),
                "LOG_LEVEL": "ERROR",
            },
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """Return once it says that it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process
            assert self.process.poll() is None, self.said()
            try:
                if self.ask("GET", "/readyz", timeout=5)[0] == http.HTTPStatus.OK:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the server does not become ready: {self.said()}")

    def kill(self) -> None:
        """End it and its worker at once, wherever they are."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # It ended by itself.
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Kill it for good."""
        self.kill()
        self.log.close()

    def said(self) -> str:
        """Return what it wrote, for a failure's message."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-3000:]

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = 30,
    ) -> tuple[int, Any]:
        """Send one request and return status and body.

        Raises:
            OSError: there was no answer, or half of one. What came of the request is unknown.
        """
        with contextlib.closing(http.client.HTTPConnection(HOST, self.port, timeout=timeout)) as shop:
            sent = {"Content-Type": "application/json", **(headers or {})}
            try:
                shop.request(method, path, None if body is None else json.dumps(body), sent)
                answer = shop.getresponse()
                return answer.status, json.loads(answer.read() or "null")
            except (http.client.HTTPException, ValueError) as error:
                raise ConnectionError(str(error)) from error


def database_url() -> str:
    """Return where this process's own connection goes, for another process."""
    with connection.cursor() as cursor:
        info = cursor.connection.info
    who = quote(info.user, safe="") + (f":{quote(info.password, safe='')}" if info.password else "")
    if info.host.startswith("/"):
        return f"postgres://{who}@/{info.dbname}?{urlencode({'host': info.host, 'port': info.port}, safe='/')}"
    return f"postgres://{who}@{info.host}:{info.port}/{info.dbname}"
