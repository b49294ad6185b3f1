"""`manage.py up` as a person meets it: real servers on shops of their own, and nothing left behind."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from runtime import embedded_postgres, starting
from runtime.management.commands import up

ROOT = Path(__file__).resolve().parents[2]


class Shop:
    """One shop in a folder of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.environment = {"VAR_DIR": str(place), "PATH": os.environ["PATH"], "DATABASE_URL": ""}
        self.output = ""
        self.process: subprocess.Popen[str] | None = None
        # The command is given in a folder whose packages have the names of ours, as another checkout's do.
        for name in ("config", "core", "runtime"):
            (place / name).mkdir(exist_ok=True)
            (place / name / "__init__.py").write_text("raise AssertionError('the wrong one')\n")

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up", *arguments],
            env=self.environment,
            cwd=self.place,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self.process

    def up(self, *arguments: str) -> str:
        """Start it on any free port, and return its address once it says that it is ready."""
        process = self.start("--port", "0", *arguments)
        assert process.stdout
        self.output = ""
        while "Ctrl-C stops everything" not in self.output:
            line = process.stdout.readline()
            assert line, self.output
            self.output += line
        return re.search(r"http://[\d.:]+", self.output)[0]  # type: ignore[index]

    def end(self) -> tuple[int, str]:
        """Wait for its end, and return the status and what it said last."""
        assert self.process
        rest, _ = self.process.communicate(timeout=300)
        return self.process.returncode, rest

    def processes(self) -> dict[int, str]:
        """Every process of this shop: those it started have its folder in their environment or command."""
        mark, found = os.fsencode(self.place), {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                if mark in command or mark in (folder / "environ").read_bytes():
                    found[int(folder.name)] = command.replace(b"\0", b" ").decode()
            except OSError:  # It ended meanwhile.
                continue
        return found

    def is_gone(self) -> bool:
        """Whether no process of it is left; those that end by themselves get a moment for it."""
        deadline = time.monotonic() + 120
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.processes()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder whose shop has its tables, so that the tests start in a moment."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))  # pytest's own folders have long names, and only root gets in
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def shop(place: Path) -> Iterator[Shop]:
    made = Shop(place)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)
    if made.process:
        made.process.communicate()
    embedded_postgres.stop(place / "pg", force=True)


def status_of(url: str) -> int:
    host, _, path = url.removeprefix("http://").partition("/")
    with contextlib.closing(http.client.HTTPConnection(host, timeout=120)) as connection:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status


@pytest.mark.slow
def test_the_addresses_it_prints_answer_and_ctrl_c_leaves_nothing(shop: Shop) -> None:
    address = shop.up("--no-demo")

    printed = re.findall(r"http://\S+", shop.output)
    assert {url: status_of(url) for url in printed} == {
        f"{address}/api/v1/products": 400,  # Nothing is sold without a market.
        f"{address}/api/v1/docs": 200,
        f"{address}/admin/": 302,
    }
    assert status_of(f"{address}/static/admin/css/base.css") == 200

    assert shop.process
    shop.process.send_signal(signal.SIGINT)
    status, said = shop.end()
    assert (status, said.splitlines()[-1]) == (0, "Stopped.")
    assert shop.processes() == {}


@pytest.mark.slow
def test_the_first_start_fills_an_empty_shop_and_names_the_password_once(open_folder: Path) -> None:
    shop = Shop(open_folder)
    try:
        address = shop.up()
        assert status_of(f"{address}/api/v1/products") == 200
        first, second = (line.split() for line in shop.output.splitlines() if "password" in line)
        assert first == second
        assert shop.process
        shop.process.terminate()
        assert shop.end()[0] == 0

        shop.up()
        assert "Tables     up to date" in shop.output
        assert "password" not in shop.output
        shop.process.terminate()
        assert shop.end()[0] == 0
    finally:
        embedded_postgres.stop(open_folder / "pg", force=True)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_ask_stops_it(shop: Shop, asked: signal.Signals) -> None:
    shop.up("--no-demo")

    assert shop.process
    shop.process.send_signal(asked)
    status, said = shop.end()
    assert (status, said.splitlines()[-1]) == (0, "Stopped.")
    assert shop.processes() == {}


@pytest.mark.slow
def test_stopping_while_it_starts_leaves_nothing(shop: Shop) -> None:
    process = shop.start("--no-demo", "--port", "0")
    assert process.stdout
    process.stdout.readline()  # The database runs.
    process.send_signal(signal.SIGINT)

    assert shop.end()[0] == 0
    assert shop.processes() == {}


@pytest.mark.slow
def test_killed_it_takes_everything_with_it_and_starts_again(shop: Shop) -> None:
    shop.up("--no-demo")
    assert len(shop.processes()) >= 4

    assert shop.process
    shop.process.kill()
    shop.process.communicate()

    assert shop.is_gone(), shop.processes()
    assert status_of(f"{shop.up('--no-demo')}/readyz") == 200


@pytest.mark.slow
def test_everything_killed_at_once_starts_again(shop: Shop) -> None:
    shop.up("--no-demo")
    for pid in shop.processes():
        os.kill(pid, signal.SIGKILL)
    shop.end()

    assert status_of(f"{shop.up('--no-demo')}/readyz") == 200


@pytest.mark.slow
@pytest.mark.parametrize("part", ["granian", "granian-worker"])
def test_when_a_part_dies_it_says_so_and_stops_the_rest(shop: Shop, part: str) -> None:
    shop.up("--no-demo")
    pids = sorted(pid for pid, command in shop.processes().items() if "-m granian" in command)
    os.kill(pids[0] if part == "granian" else pids[1], signal.SIGKILL)

    status, said = shop.end()

    assert status == 1
    assert re.search(r"The web server (was killed by SIGKILL|ended with status 1); everything else is stopped", said)
    assert shop.processes() == {}


def test_a_taken_port_is_said_before_anything_starts(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        shop.start("--port", str(taken.getsockname()[1]))
        status, said = shop.end()

    assert status == 1
    assert "Address already in use. Is the shop running already?" in said
    assert "Traceback" not in said
    assert shop.processes() == {}


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_place_where_nobody_can_listen_is_said(host: str) -> None:
    with pytest.raises(CommandError, match=f"Cannot listen on port 8000 of {host}: "):
        starting.port_reserve(host, 8000)


@pytest.mark.parametrize("port", [-1, 65_536, 70_000])
def test_a_port_that_is_none_is_said(port: int) -> None:
    with pytest.raises(CommandError, match=f"There is no port {port}: "):
        starting.port_reserve("127.0.0.1", port)


@pytest.mark.slow
def test_a_database_that_is_not_there_is_said(shop: Shop) -> None:
    shop.environment["DATABASE_URL"] = "postgres://nobody@/none?host=/nowhere"
    shop.start("--no-demo", "--port", "0")
    status, said = shop.end()

    assert status == 1
    assert "The database of DATABASE_URL cannot be reached: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("a.b", False),
    ],
)
def test_what_other_machines_can_reach_is_known(host: str, expected: bool) -> None:
    assert up._is_loopback(host) is expected
