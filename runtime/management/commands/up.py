"""`manage.py up`: the whole shop with one command. How each part starts is in `runtime.starting`."""

import ipaddress
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connections

from runtime import embedded_postgres, starting
from runtime.processes import Children, stop_signals_interrupt

ROOT = Path(__file__).resolve().parents[3]

# As many requests at once as one core can serve well; what is beyond waits in the kernel's queue.
WEB_THREADS = 4
WEB_BACKPRESSURE = 64


class Heard:
    """Passes on what another command prints, and keeps it."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        """Take some output."""
        self._out.write(text, ending="")
        self._out.flush()
        self.lines += text.splitlines()


class Command(BaseCommand):
    """Starts the database, the web server and the worker, and ends them all with Ctrl-C."""

    help = "Start the whole shop: database, tables, demo, web server, worker. Ctrl-C stops it."
    requires_system_checks: list[str] = []
    _password_lines: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and whether an empty shop is filled."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (0: any free one)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty shop empty")

    def handle(self, *_args: Any, host: str, port: int, no_demo: bool, **_options: Any) -> None:
        """Run until a signal asks to stop, or a part of the shop ends."""
        children = Children()
        try:
            with stop_signals_interrupt():
                try:
                    self._run(children, host, starting.port_reserve(host, port), with_demo=not no_demo)
                finally:
                    children.stop()
                    self._leave_database()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, children: Children, host: str, port: int, *, with_demo: bool) -> None:
        began = time.monotonic()
        self._prepare(with_demo=with_demo)
        self._start_children(children, host, port)
        starting.ready_wait(host, port, give_up=children.ended)
        self._tell_addresses(host, port, time.monotonic() - began)
        raise CommandError(f"{children.wait()}; everything else is stopped too.")

    def _prepare(self, *, with_demo: bool) -> None:
        version = starting.database_start()
        data = embedded_data()
        self._say("Database", f"{version} in {data}" if data else f"{version} of DATABASE_URL")
        applied = starting.migrations_apply()
        self._say("Tables", f"{applied} migrations applied" if applied else "up to date")
        # A password that is printed must never open a shop on the internet.
        if with_demo and settings.DEBUG and "demo" in get_commands():
            heard = Heard(self.stdout)
            call_command("demo", if_empty=True, stdout=heard, stderr=self.stderr)
            self._password_lines = [line for line in heard.lines if "password" in line]
        connections.close_all()

    def _start_children(self, children: Children, host: str, port: int) -> None:
        # From our folder: Python looks for modules in the current one first, and another may hold the same names.
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
        limits = ["--blocking-threads", str(WEB_THREADS), "--backpressure", str(WEB_BACKPRESSURE)]
        where = ["--host", host, "--port", str(port)]
        children.start("The web server", [*granian, *limits, *where, "runtime.web:application"], ROOT)
        if "worker" in get_commands():
            children.start("The worker", [sys.executable, str(ROOT / "manage.py"), "worker"], ROOT)

    def _tell_addresses(self, host: str, port: int, seconds: float) -> None:
        shown = starting.address_to_reach(host)
        shop = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
        self.stdout.write(f"\nTienda is ready ({seconds:.1f} s).\n\n")
        self._say("Shop API", f"{shop}/api/v1/products")
        self._say("Its pages", f"{shop}/api/v1/docs")
        self._say("Admin", f"{shop}/admin/")
        for line in self._password_lines:  # Once more, because the log has pushed them up.
            self.stdout.write(line)
        if settings.DEBUG and not _is_loopback(host):
            self.stdout.write(
                "\nThese are the settings of development, and other machines can reach this shop: errors show its "
                "inside.\nFor a shop on the internet see docs/operating.md."
            )
        self.stdout.write("\nCtrl-C stops everything.\n")
        self.stdout.flush()

    def _say(self, what: str, text: str) -> None:
        self.stdout.write(f"  {what:<10} {text}")
        self.stdout.flush()

    def _leave_database(self) -> None:
        """Stop the embedded server now, unless somebody else uses it, instead of a moment after our end."""
        connections.close_all()
        data = embedded_data()
        if data:
            embedded_postgres.leave(data)


def embedded_data() -> Path | None:
    """Return the data directory of the embedded server, if the shop runs on it."""
    embedded = settings.DATABASES["default"].get("EMBEDDED")
    return embedded["DATA"] if embedded else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
