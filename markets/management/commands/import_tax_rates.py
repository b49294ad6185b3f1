"""`manage.py import_tax_rates`: VAT by country and American sales taxes by ZIP code, from files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.problems import Problem
from markets.importing.reading import STANDARD, FileUnreadableError, read_rates
from markets.importing.services import tax_rates_import
from markets.models import TaxCategory


class Command(BaseCommand):
    """Import tax rates.

    A second import of the same file changes nothing. What can't be read is named with its line or country, stays as it
    was, and the rest goes on. Exits with 1 when something was left out.
    """

    help = "Import tax rates: JSON of VAT by country (ibericode/vat-rates), CSV of sales taxes by ZIP code (Avalara)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files and the options."""
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        parser.add_argument(
            "--category",
            action="append",
            default=[],
            metavar="CODE=NAME,NAME",
            help="a tax category, and which of the file's rates it has: the first that a country knows, else the "
            "standard one; such as books=super_reduced,reduced,reduced1. The default category has the standard rate.",
        )
        parser.add_argument("--name", default="VAT", metavar="NAME", help="what a VAT is called on invoices: VAT, IVA")
        parser.add_argument(
            "--keep-names",
            action="store_true",
            help="where a country's rates have one name already, keep that: import into it, instead of --name",
        )
        parser.add_argument("--dry-run", action="store_true", help="print what would happen; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files one after the other, print what became of each."""
        categories = _categories(options["category"])
        left_out = 0
        for path in options["files"]:
            try:
                file = read_rates(path, options["name"])
                done = tax_rates_import(
                    file=file,
                    categories=categories,
                    keeps_names=options["keep_names"],
                    is_dry_run=options["dry_run"],
                )
            except FileUnreadableError as refusal:
                raise CommandError(str(refusal)) from refusal
            except Problem as refusal:
                raise CommandError(refusal.detail) from refusal
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{path}: {getattr(error, 'strerror', None) or error}.") from error
            verb = "would be " if options["dry_run"] else ""
            self.stdout.write(
                f"{path.name}: {done.created_count:,} rates {verb}created, {done.changed_count:,} {verb}changed, "
                f"{done.removed_count:,} {verb}removed, {done.unchanged_count:,} unchanged."
            )
            for problem in done.problems:
                self.stderr.write(problem)
            left_out += len(done.problems)
        if left_out:
            raise CommandError(f"{left_out:,} {'thing was' if left_out == 1 else 'things were'} left out; see above.")


def _categories(given: list[str]) -> dict[str, list[str]]:
    """Return which of the files' rates each tax category has; the default one has the standard rate."""
    default = TaxCategory.objects.filter(is_default=True).first()
    if default is None:
        raise CommandError("There is no default tax category yet; make one, such as standard, in the admin.")
    found = {default.code: [STANDARD]}
    for text in given:
        code, _, names = text.partition("=")
        if not code or not names:
            raise CommandError(f"--category {text}: write CODE=NAME,NAME, such as books=reduced,reduced1.")
        found[code] = [name.strip() for name in names.split(",") if name.strip()]
    return found
