"""The checks that `manage.py lint`, pre-commit and CI run: one list. Nothing about how they are shown."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "docs" / "openapi.json"


@dataclass(frozen=True)
class Result:
    """How one check ended."""

    name: str
    is_ok: bool
    output: str
    seconds: float


@dataclass(frozen=True)
class Check:
    """One check, and what mends what it finds, where something can."""

    name: str
    run: Callable[[], tuple[bool, str]]
    fix: Callable[[], tuple[bool, str]] | None = None

    def result(self, *, fix: bool) -> Result:
        """Mend if asked to, then check."""
        began = time.monotonic()
        if fix and self.fix:
            self.fix()
        is_ok, output = self.run()
        return Result(self.name, is_ok, output.strip(), time.monotonic() - began)


def call(*arguments: str) -> tuple[bool, str]:
    """Run Python in the checkout with the settings of the tests; return whether it ended well, and its words."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "LOG_LEVEL": "ERROR", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode == 0, ended.stdout


def manage(*arguments: str) -> tuple[bool, str]:
    """Run one of manage.py's commands in the same way."""
    return call("manage.py", *arguments)


def openapi_write(path: Path) -> tuple[bool, str]:
    """Write the OpenAPI document; a warning of its generator is a failure."""
    return manage("spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", "--file", str(path))


def openapi_compare() -> tuple[bool, str]:
    """Whether the document that is in git is the one that the code makes."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "openapi.json"
        is_ok, output = openapi_write(made)
        if not is_ok:
            return is_ok, output
        if SNAPSHOT.exists() and SNAPSHOT.read_bytes() == made.read_bytes():
            return True, ""
    return False, f"{SNAPSHOT.relative_to(ROOT)} is not what the code makes: renew it with manage.py lint --fix openapi"


def migrations_since_release() -> tuple[bool, str]:
    """Whether the migrations made since the last release can be applied to a shop while the one before still serves it.

    Those of the first release are applied to empty tables, so until there is one there is nothing to check.
    """
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        return True, "nothing has been released yet"
    return manage("lintmigrations", "--quiet", "ok", "ignore", "--git-commit-id", found.stdout.strip())


def python(*arguments: str) -> Callable[[], tuple[bool, str]]:
    """Return a check that runs `python -m ...`."""
    return partial(call, "-m", *arguments)


CHECKS: Sequence[Check] = (
    Check("ruff", python("ruff", "check", "--quiet", "."), fix=python("ruff", "check", "--fix", "--quiet", ".")),
    Check("format", python("ruff", "format", "--check", "."), fix=python("ruff", "format", "--quiet", ".")),
    Check("mypy", python("mypy", ".")),
    Check("imports", partial(call, "-c", "from importlinter.cli import lint_imports_command as go; go()", "--no-logo")),
    Check("system", partial(manage, "check", "--fail-level", "WARNING")),
    Check("migrations", partial(manage, "makemigrations", "--check", "--dry-run")),
    Check("migrating", migrations_since_release),
    Check("openapi", openapi_compare, fix=partial(openapi_write, SNAPSHOT)),
    Check("spelling", python("codespell_lib")),
)
