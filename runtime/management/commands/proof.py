"""`manage.py proof`: the races and crashes of tests/concurrency at length, and one table of what came of them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = ("buyers", "units", "orders", "refusals", "errors", "oversold", "kills", "differences")


class Command(BaseCommand):
    """Runs the proofs in pytest, which each tell their figures, and shows them."""

    help = (
        "Sell the last piece to many at once, kill servers under load, try stock at random; then count what was "
        "oversold, lost or done twice. Some half an hour; --quick takes two minutes. Exit status 1 on any failure."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how long it may last."""
        parser.add_argument("--quick", action="store_true", help="the table alone, with fewer of everything")

    def handle(self, *_args: Any, quick: bool, **_options: Any) -> None:
        """Run them and print the table.

        Raises:
            CommandError: a proof failed, or told nothing.
        """
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.jsonl"
            # At length the control runs are done too: each proof without its protection, which must then fail.
            chosen = ["-m", "proof" if quick else "slow or not slow"]
            status = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "tests/concurrency",
                    *chosen,
                    "-q",
                    "--show-capture=no",
                    "--no-header",
                ],
                cwd=ROOT,
                env=os.environ | {"PROOF": "quick" if quick else "long", "PROOF_TABLE": str(table)},
                check=False,
            ).returncode
            rows = [json.loads(line) for line in table.read_text().splitlines()] if table.exists() else []
        self._show(rows, time.monotonic() - began)
        if status or not rows:
            raise CommandError("A proof failed; pytest says which above." if status else "No proof told its figures.")
        wrong = [name for name in ("errors", "oversold", "differences") if any(row.get(name) for row in rows)]
        if wrong:
            raise CommandError(f"Not as promised: {', '.join(wrong)}.")
        self.stdout.write(self.style.SUCCESS("Nothing was oversold, lost or done twice, and the books balance."))

    def _show(self, rows: Sequence[dict[str, Any]], seconds: float) -> None:
        self.stdout.write(f"\n{'proof':<30}{''.join(f'{name:>12}' for name in COLUMNS)}")
        for row in rows:
            figures = "".join(f"{row.get(name, '-'):>12}" for name in COLUMNS)
            self.stdout.write(f"{row['proof']:<30}{figures}  {row.get('note', '')}".rstrip())
        self.stdout.write(f"\n{seconds:.0f} s\n")
