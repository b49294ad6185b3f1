"""`manage.py import_products`: a product file into the catalogue, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from core.problems import Problem as Refusal
from markets.selectors import market_for
from products.importing.changes import Outcome
from products.importing.console import Progress, ReportFile, intention
from products.importing.models import Import
from products.importing.opening import FileUnreadable, inspect_file
from products.importing.reporting import report_rows
from products.importing.rows import Problem
from products.importing.running import import_run
from products.importing.selectors import import_unfinished
from products.importing.services import import_begin, import_close
from users.callers import SYSTEM_ACTOR

_MOST_IN_BATCH = 5_000
_SAFE = "What was imported is safe; go on with --resume."


class Command(BaseCommand):
    """Import a product file.

    A second import of the same file changes nothing. What can't be imported is written to the report with line, column
    and reason, and the rest goes on. Exits with 1 when the file could not be read to its end.
    """

    help = "Import products from a file of Shopify, WooCommerce or Tienda."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the options."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=Import.Format.values, required=True, help="who made the file")
        parser.add_argument("--market", required=True, metavar="CODE", help="the market whose prices the file has")
        parser.add_argument("--location", default="", metavar="CODE", help="the location whose stock the file has")
        parser.add_argument("--dry-run", action="store_true", help="print what would happen; write nothing")
        parser.add_argument("--resume", action="store_true", help="go on with the last import of this very file")
        parser.add_argument("--report", type=Path, metavar="FILE", help="default: FILE.report.csv in this folder")
        parser.add_argument("--batch-size", type=int, default=500, metavar="N", help="products in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file, print what became of it."""
        if not 1 <= options["batch_size"] <= _MOST_IN_BATCH:
            raise CommandError(f"--batch-size goes from 1 to {_MOST_IN_BATCH}.")
        path: Path = options["file"]
        try:
            self._import(path, options)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except FileUnreadable as refusal:
            raise CommandError(refusal.problem.reason) from refusal
        except DatabaseError as error:
            raise CommandError(f"{error}\nThe database stopped the import. {_SAFE}") from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror or error}.") from error
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. {_SAFE}") from None

    def _import(self, path: Path, options: dict[str, Any]) -> None:
        row = self._row(path, options)
        report = ReportFile(options["report"] or Path(f"{path.name}.report.csv"))
        progress = Progress(self.stderr, is_quiet=options["verbosity"] == 0)

        def heard(row: Import, outcomes: list[Outcome], problems: list[Problem]) -> None:
            progress.heard(row, outcomes, problems)
            if row.is_dry_run:
                report.add(problems)
                for outcome in outcomes:
                    if outcome.verdict != "unchanged":
                        self.stdout.write(intention(outcome))

        import_run(row, path, listener=heard, batch_size=options["batch_size"])
        if not row.is_dry_run:
            import_close(row=row)
            report.add(report_rows(row))
        self._summary(row, report, progress.rate(row))

    def _row(self, path: Path, options: dict[str, Any]) -> Import:
        market = market_for(options["market"])
        if options["resume"]:
            facts = inspect_file(path)
            row = import_unfinished(sha256=facts.sha256, file_format=options["format"], market=market)
            if row is None:
                raise CommandError("There is no unfinished import of this very file to go on with.")
            self.stderr.write(f"Going on behind product {row.done_count:,} (line {row.line:,}).")
            return row
        file_name = path.name[:255]
        if options["dry_run"]:
            return Import(
                file_name=file_name,
                format=options["format"],
                market=market,
                location=options["location"],
                is_dry_run=True,
                actor=SYSTEM_ACTOR,
            )
        path.stat()
        return import_begin(
            file_name=file_name,
            file_format=options["format"],
            market=market,
            location=options["location"],
            actor=SYSTEM_ACTOR,
        )

    def _summary(self, row: Import, report: ReportFile, rate: float) -> None:
        verb = "would be " if row.is_dry_run else ""
        self.stdout.write(
            f"{row.done_count:,} products in {row.file_name}: {row.created_count:,} {verb}created, "
            f"{row.changed_count:,} {verb}changed, {row.unchanged_count:,} unchanged, {row.skipped_count:,} skipped, "
            f"{row.failed_count:,} failed ({rate:,.0f} products/s)."
        )
        if report.line_count:
            found = [_counted(row.error_count, "error"), _counted(row.warning_count, "warning")]
            problems = " and ".join(filter(None, found)) or "No errors; what else there is to say"
            self.stdout.write(f"{problems}: {report.path} has the lines.")
        if row.failure:
            raise CommandError(row.failure)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else ""
