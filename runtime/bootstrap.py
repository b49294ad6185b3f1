"""Make `.venv` beside manage.py from the hash-pinned lock when packages are missing, and run manage.py again inside.

In a container, or in an environment of the user's own that has the packages, nothing happens. Only the standard library
may be imported here, and nothing of Tienda: this runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

RUNNING_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
DEVELOPMENT_COMMANDS = frozenset({"test", "lint", "proof"})

# A distribution's own python3-django alone is not our environment, so more than Django is asked for.
RUNNING_MODULES = ("django", "rest_framework", "environ", "psycopg2")
DEVELOPMENT_MODULES = ("pytest", "pytest_django", "xdist", "mypy", "ruff", "importlinter")

OLDEST_PIP = (22, 3)  # The first that has `--python`.
MARKER = "tienda.json"
MAKING = "making"  # In the marker while packages are being installed.
RERUN = "TIENDA_RERUN"  # In the environment of the second run, so that there is never a third.

NO_PIP = """\
Tienda installs its packages with pip, and this Python ({python}) has none. Any one of these gives it one:
    apt-get install python3-venv        (Debian, Ubuntu)
    dnf install python3-pip             (Fedora, RHEL)
    apk add py3-pip                     (Alpine)
    {python} -m ensurepip --user        (most others)
Or make an environment of your own, install requirements.lock there, and run manage.py with its Python."""

INSTALL_FAILED = """\
The packages of {lock} could not be installed; pip says why above. Without a connection to a package index, fetch them
elsewhere with `pip download -r {lock}` and run again with PIP_NO_INDEX=1 PIP_FIND_LINKS=folder. What is half done is
done anew by the next run."""


class Environment:
    """The `.venv` of one checkout, and what its marker file says about it.

    The marker is written before the first package and names each lock's digest after the last, so that an environment
    whose making was cut off is known as such. An environment without a marker is somebody's own.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.path = base / ".venv"
        self.python = self.path / "bin" / "python"
        self._marker = self.path / MARKER

    def is_running(self) -> bool:
        """Whether this very process runs inside."""
        return Path(sys.prefix).resolve() == self.path.resolve()

    def is_ours(self) -> bool:
        """Whether it was made here, and so may be changed and made anew."""
        return self._marker.exists()

    def is_current(self, lock: str) -> bool:
        """Whether the packages of this lock are installed, for this version of Python."""
        recorded = self._recorded()
        return self._is_whole(recorded) and recorded.get(lock) == self._digest(lock)

    def is_usable(self, lock: str) -> bool:
        """Whether manage.py can be run inside as it is."""
        if not os.access(self.python, os.X_OK):
            return False
        return self.is_current(lock) if self.is_ours() else self._has_packages()

    def renew(self, lock: str, held: IO[bytes]) -> None:
        """Install the packages of the lock; make the environment first when there is none, or half of one."""
        before = self._recorded()
        if self.is_ours() and not self._is_whole(before):
            self._discard()
        self.path.mkdir(exist_ok=True)
        self._record({**before, MAKING: lock})
        if not os.access(self.python, os.X_OK):
            # Without pip: its copying takes longer than the rest, and Debian leaves ensurepip out.
            venv.EnvBuilder(with_pip=False, symlinks=True).create(self.path)
        if not self._install(lock, held):
            if self._is_whole(before):  # A pip that fails takes back what it did, so what worked still works.
                self._record(before)
            raise SystemExit(INSTALL_FAILED.format(lock=lock))
        # The lock of development holds everything of the other one, which a test makes sure of.
        done = (RUNNING_LOCK, DEVELOPMENT_LOCK) if lock == DEVELOPMENT_LOCK else (RUNNING_LOCK,)
        kept = {name: before[name] for name in (DEVELOPMENT_LOCK,) if name in before}
        self._record({**kept, **{name: self._digest(name) for name in done}, "python": _python_version()})

    def _install(self, lock: str, held: IO[bytes]) -> bool:
        command = [
            *_find_pip(self.python),
            *("install", "--require-hashes", "-qq", "--no-input", "--disable-pip-version-check"),
            # Python compiles a module when it is first imported; compiling all of them here would double the wait.
            *("--no-compile", "--progress-bar", "off", "--requirement", str(self.base / lock)),
        ]
        # A pip that outlives its killed parent holds the lock, so that the next run waits for it.
        finished = subprocess.run(
            command, env=_pip_environment(), stdout=sys.stderr, pass_fds=[held.fileno()], check=False
        )
        return finished.returncode == 0

    def _has_packages(self) -> bool:
        """Whether somebody's own environment has what is needed, found without running its Python."""
        return all(any(self.path.glob(f"lib/python3*/site-packages/{name}/__init__.py")) for name in RUNNING_MODULES)

    def _is_whole(self, recorded: dict[str, str]) -> bool:
        return MAKING not in recorded and RUNNING_LOCK in recorded and recorded.get("python") == _python_version()

    def _discard(self) -> None:
        """Move it away in one step, then delete: a half-deleted environment must never look like somebody's own."""
        away = self.base / "var" / f"old-venv-{os.getpid()}"
        self.path.rename(away)
        for old in away.parent.glob("old-venv-*"):
            shutil.rmtree(old, ignore_errors=True)

    def _digest(self, lock: str) -> str:
        return hashlib.sha256((self.base / lock).read_bytes()).hexdigest()

    def _recorded(self) -> dict[str, str]:
        try:
            recorded = json.loads(self._marker.read_text())
        except (OSError, ValueError):
            return {}
        return recorded if isinstance(recorded, dict) else {}

    def _record(self, facts: dict[str, str]) -> None:
        new = self._marker.with_suffix(".new")
        new.write_text(json.dumps(facts, indent=1))
        new.replace(self._marker)


def prepare(base: Path, argv: Sequence[str]) -> None:
    """Return when this process has what the command needs; otherwise see to it and run manage.py again, elsewhere.

    Also chooses the settings: `test` and `proof` always run with those of the tests, everything else with those of
    development unless DJANGO_SETTINGS_MODULE says otherwise.
    """
    command = argv[1] if len(argv) > 1 else ""
    lock = DEVELOPMENT_LOCK if command in DEVELOPMENT_COMMANDS else RUNNING_LOCK
    environment = Environment(base)
    if not _is_ready(environment, lock):
        if os.environ.pop(RERUN, ""):
            sys.exit(f"{environment.path} is broken: delete it, and run the command again.")
        if environment.is_running() or not environment.is_usable(lock):
            _renew_alone(environment, lock)
        os.environ[RERUN] = "1"
        os.execv(environment.python, [str(environment.python), *argv])  # noqa: S606 - no shell is wanted
    os.environ.pop(RERUN, None)
    if command in {"test", "proof"}:
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")


def _is_ready(environment: Environment, lock: str) -> bool:
    """Whether this process can import what it needs, in the versions of the lock where the environment is ours."""
    if not _are_importable(RUNNING_MODULES):
        return False
    if environment.is_running() and environment.is_ours():
        return environment.is_current(lock)
    if lock == DEVELOPMENT_LOCK and not _are_importable(DEVELOPMENT_MODULES):
        sys.exit(f"This needs the tools of development: {sys.executable} -m pip install -r {lock}")
    return True


def _renew_alone(environment: Environment, lock: str) -> None:
    """Renew the environment while every other process that wants to waits."""
    try:
        with _only_one(environment.base / "var" / "bootstrap.lock") as held:
            if not environment.is_usable(lock):  # Another process may have done it while this one waited.
                _say(f"Installing the packages of {lock} into .venv (once, about half a minute) ...")
                environment.renew(lock, held)
    except (OSError, ValueError) as error:
        sys.exit(
            f".venv is missing or out of date, and could not be renewed: {error}\n"
            "Run the command as the user who owns this folder, or with the Python of an environment of your own that "
            f"has the packages of {lock}."
        )
    except KeyboardInterrupt:
        sys.exit(130)


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[IO[bytes]]:
    """Hold a lock that the kernel drops when the last process that inherited it is gone."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another process that is installing into .venv ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _find_pip(python: Path) -> list[str]:
    """Return the command of a pip that installs into the environment of `python`, wherever one can be found."""
    base_python = _base_python()
    candidates = [[base_python, "-m", "pip"], *([found] for found in map(shutil.which, ("pip3", "pip")) if found)]
    for command in candidates:
        if _pip_version(command) >= OLDEST_PIP:
            return [*command, "--python", str(python)]
    ensured = subprocess.run([python, "-m", "ensurepip"], env=_pip_environment(), capture_output=True, check=False)
    if ensured.returncode == 0:
        return [str(python), "-m", "pip"]
    raise SystemExit(NO_PIP.format(python=base_python))


def _pip_version(command: Sequence[str]) -> tuple[int, ...]:
    """Return the version as numbers; nothing when there is no pip behind the command."""
    try:
        answer = subprocess.run([*command, "--version"], env=_pip_environment(), capture_output=True, check=False)
    except OSError:
        return ()
    words = answer.stdout.decode(errors="replace").split()  # "pip 23.2.1 from ..."
    if answer.returncode or words[:1] != ["pip"]:
        return ()
    return tuple(int(part) for part in words[1].split(".")[:2] if part.isdigit())


def _pip_environment() -> dict[str, str]:
    """Return the user's environment without what would make pip install elsewhere or see packages from elsewhere."""
    elsewhere = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON"}
    return {name: value for name, value in os.environ.items() if name not in elsewhere}


def _are_importable(modules: Sequence[str]) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _base_python() -> str:
    """Return the Python outside of any environment: the one inside may be about to be deleted."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _say(message: str) -> None:
    """Speak on stderr, so that the output of the command itself stays clean."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
