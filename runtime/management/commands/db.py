"""`manage.py db`: look after the embedded PostgreSQL, and reach it with psql."""

from argparse import ArgumentParser, RawTextHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from runtime import embedded_postgres
from runtime.postgres_places import EmbeddedPostgresError, locate

HELP = """What to do:
start    start the server, and keep it running until `db stop`
stop     stop it, if no other process uses it (--force: also then; nothing that was saved is lost)
status   say whether it runs, where, and where its log is
shell    open psql (starts the server if need be)
url      print the address for psql and other clients on this machine, to be used while the server runs"""


class Command(BaseCommand):
    """Looks after the server that `manage.py` starts where DATABASE_URL is unset."""

    help = "Start, stop, find or open the database that Tienda runs for itself."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.formatter_class = RawTextHelpFormatter
        parser.add_argument("action", choices=["start", "stop", "status", "shell", "url"], help=HELP)
        parser.add_argument("--force", action="store_true", help="stop the server even if it is in use")

    def handle(self, *_args: Any, action: str, force: bool, **_options: Any) -> None:
        """Do it, or say why not."""
        if action == "shell":
            call_command("dbshell")
            return
        embedded = settings.DATABASES["default"].get("EMBEDDED")
        if not embedded:
            raise CommandError(
                "The database is the one of DATABASE_URL: `db shell` opens it, the rest is not ours to do."
            )
        try:
            self.stdout.write(self._do(action, embedded["DATA"], force=force))
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error

    def _do(self, action: str, data: Path, *, force: bool) -> str:
        if action == "url":
            return locate(data).url()
        if action == "stop":
            was_running = embedded_postgres.stop(data, force=force)
            return "PostgreSQL is stopped." if was_running else "PostgreSQL was not running."
        if action == "start":
            embedded_postgres.stay(data)
        cluster = locate(data)
        state = "running" if embedded_postgres.is_running(data) else "stopped"
        return f"PostgreSQL is {state}.\nData  {cluster.data}\nLog   {cluster.log}\nURL   {cluster.url()}"
