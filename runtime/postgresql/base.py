"""The database backend for a machine without a PostgreSQL of its own: `ENGINE = "runtime.postgresql"`.

Everything is Django's; only, before a connection is made, the embedded server is started or joined, so that commands
which need no database (a linter, `makemigrations --check` of an editor, an import of the settings) start none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base, client

from runtime import embedded_postgres
from runtime.postgres_places import Cluster


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell` with the psql of the wheel when no other is installed."""

    connection: DatabaseWrapper

    def runshell(self, parameters: Iterable[str]) -> None:
        """Open psql on the database."""
        cluster = self.connection.start_server()
        if not shutil.which(self.executable_name):
            os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{cluster.binaries}"
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, for a server of our own."""

    client_class = DatabaseClient

    def start_server(self) -> Cluster:
        """Start or join the server that the settings name, and note its address where Django looks for it."""
        embedded = self.settings_dict["EMBEDDED"]
        cluster = embedded_postgres.join(embedded["DATA"], disposable=embedded["DISPOSABLE"])
        self.settings_dict["HOST"] = str(cluster.socket_folder)
        return cluster

    def get_connection_params(self) -> dict[str, Any]:
        """Return what the driver connects with."""
        self.start_server()
        params: dict[str, Any] = super().get_connection_params()
        return params
