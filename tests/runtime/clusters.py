"""Clusters of the embedded server as tests use and end them: processes of users, and what is seen from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

from runtime.embedded_postgres import is_running
from runtime.postgres_places import Cluster

ROOT = Path(__file__).resolve().parents[2]

# A user of the server that says so, and stays one until its stdin ends.
USER = """\
import sys
from pathlib import Path
from runtime import embedded_postgres
try:
    cluster = embedded_postgres.join(Path(sys.argv[1]), disposable=sys.argv[2] == "disposable")
except embedded_postgres.EmbeddedPostgresError as error:
    sys.exit(str(error))
print(cluster.url(), flush=True)
sys.stdin.read()
"""


class Users:
    """Processes that use a cluster, started and ended by the test."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []

    def start(
        self, data: Path, kind: str = "disposable", python: str = sys.executable, path: Path = ROOT, **options: Any
    ) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [python, "-c", USER, str(data), kind],
            env={"PYTHONPATH": str(path), "PATH": os.environ["PATH"]},
            cwd="/",
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        self.processes.append(process)
        return process

    def started(self, data: Path, **options: Any) -> "subprocess.Popen[str]":
        process = self.start(data, **options)
        assert process.stdout
        assert process.stdout.readline().startswith("postgresql://"), process.communicate()
        return process


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Whether the condition came true; the limit is only there so that a failing test ends."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def ask(cluster: Cluster, statement: str) -> Any:
    connection = psycopg2.connect(cluster.url())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def server_pid(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def kill_server(data: Path) -> None:
    """End every process of the server at once, as the kernel does when memory runs out."""
    pid = server_pid(data)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    assert wait_until(lambda: not is_running(data))


def keepers(data: Path) -> list[int]:
    """The pids of the keepers of this cluster."""
    found = subprocess.run(
        ["/usr/bin/pgrep", "-f", f"runtime.keeper {data}"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in found.stdout.split()]
