"""What has to be true before a shop can be served: a free port, a database, its tables. Serves nothing itself."""

import http.client
import socket
import time
from collections.abc import Callable
from contextlib import closing

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from runtime.postgres_places import EmbeddedPostgresError

# Any number will do, as long as every `up` of one database asks for the same.
MIGRATION_LOCK = 7_353_921

HTTP_OK = 200


def port_reserve(host: str, port: int) -> int:
    """Return the port if it is free, or any free one for 0.

    Raises:
        CommandError: it is taken or not allowed, or the host is not this machine.
    """
    if port not in range(65_536):
        raise CommandError(f"There is no port {port}: it is a number from 0 (any free one) to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            found: int = probe.getsockname()[1]
    except OSError as error:
        raise CommandError(
            f"Cannot listen on port {port} of {host}: {error}. Is the shop running already? "
            "Otherwise choose another port, as in: manage.py up --port 8001"
        ) from error
    return found


def database_start() -> str:
    """Start or reach the database, and return its version.

    Raises:
        CommandError: with what to do about it.
    """
    try:
        connection.ensure_connection()
    except EmbeddedPostgresError as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:
        raise CommandError(f"The database of DATABASE_URL cannot be reached: {error}") from error
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def migrations_apply() -> int:
    """Bring the tables up to date, and return how many migrations that took. One process at a time does it."""
    if not _pending():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            pending = _pending()
            if pending:
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    return pending


def _pending() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def ready_wait(host: str, port: int, *, give_up: Callable[[], str], seconds: float = 60) -> None:
    """Return when the shop says that it is ready.

    Args:
        host: where it listens.
        port: where it listens.
        give_up: returns a reason when waiting has become pointless.
        seconds: how long to wait at most.

    Raises:
        CommandError: with that reason, or with the shop's last answer.
    """
    deadline = time.monotonic() + seconds
    answer = "no answer"
    while time.monotonic() < deadline:
        if reason := give_up():
            raise CommandError(reason)
        try:
            with closing(http.client.HTTPConnection(address_to_reach(host), port, timeout=5)) as shop:
                shop.request("GET", "/readyz")
                response = shop.getresponse()
                if response.status == HTTP_OK:
                    return
                answer = f"{response.status} {response.read(500).decode(errors='replace')}"
        except OSError as error:
            answer = str(error)
        time.sleep(0.05)
    raise CommandError(f"The shop does not become ready: {answer}")


def address_to_reach(host: str) -> str:
    """Return where a server that listens on every address can be reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
