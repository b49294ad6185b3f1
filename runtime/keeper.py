"""The process that stops an embedded PostgreSQL when its last user is gone, however that user went.

Started by `runtime.embedded_postgres.join`; no command for people, and no decisions beyond that one.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from runtime import embedded_postgres, postgres_places


def keep(cluster: postgres_places.Cluster) -> None:
    """Wait for the moment without users, then stop the server; wait on when somebody joined in between."""
    stopped = False
    while not stopped:
        with cluster.file("users").open("ab") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
        # Let go before the other lock is taken: a starter holds that one while it waits for this one.
        stopped = embedded_postgres.stop_if_unused(cluster)


def become_daemon() -> None:
    """Let the starter go on, and belong to no terminal and no folder."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")


if __name__ == "__main__":
    located = postgres_places.locate(Path(sys.argv[1]))
    become_daemon()
    keep(located)
