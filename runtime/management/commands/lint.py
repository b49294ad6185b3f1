"""`manage.py lint`: every check of `runtime.checks`, each with its name and how it ended."""

import os
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from runtime.checks import CHECKS, Check, Result


class Command(BaseCommand):
    """Checks the code without running the shop."""

    help = "Check style, types, imports, migrations, the OpenAPI document and spelling."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which checks, and whether to mend."""
        names = [check.name for check in CHECKS]
        parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"only these: {', '.join(names)} (default: all)")
        parser.add_argument("--fix", action="store_true", help="mend what can be mended, then check")

    def handle(self, *_args: Any, checks: list[str], fix: bool, **_options: Any) -> None:
        """Run them, as many at once as there are cores, and fail if one does."""
        chosen = self._choose(checks)
        with ThreadPoolExecutor(1 if fix else os.cpu_count()) as pool:
            results = [self._show(result) for result in pool.map(partial(Check.result, fix=fix), chosen)]
        failed = [result.name for result in results if not result.is_ok]
        if failed:
            raise CommandError(f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}")
        self.stdout.write(f"{len(results)} checks passed.")

    def _choose(self, names: list[str]) -> list[Check]:
        known = {check.name: check for check in CHECKS}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise CommandError(f"There is no check {', '.join(unknown)}; there are {', '.join(known)}.")
        return [known[name] for name in names] or list(CHECKS)

    def _show(self, result: Result) -> Result:
        state = self.style.SUCCESS("ok") if result.is_ok else self.style.ERROR("failed")
        self.stdout.write(f"{result.name:<12}{state}  {result.seconds:.1f} s")
        if not result.is_ok:
            self.stdout.write(f"{result.output}\n")
        self.stdout.flush()
        return result
