"""`manage.py export_products`: the catalogue into a file."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.problems import Problem as Refusal
from products.exporting.services import export_lines
from products.importing.models import Import


class Command(BaseCommand):
    """Export every product, drafts and archived ones too. The file appears when it is whole; `-` is standard output."""

    help = "Export all products in Shopify's columns or in Tienda's own format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the options."""
        parser.add_argument("file", metavar="FILE", help="- for standard output")
        parser.add_argument("--format", choices=(Import.Format.SHOPIFY, Import.Format.TIENDA), required=True)
        parser.add_argument("--market", metavar="CODE", help="whose prices go into Shopify's columns")
        parser.add_argument("--location", metavar="CODE", help="whose stock goes into Shopify's columns")
        parser.add_argument(
            "--base-url", default="http://localhost:8000", metavar="URL", help="goes before the shop's own pictures"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        try:
            lines = export_lines(
                file_format=options["format"],
                market_code=options["market"],
                location=options["location"],
                base_url=options["base_url"],
            )
            if options["file"] == "-":
                sys.stdout.buffer.writelines(lines)
                sys.stdout.buffer.flush()
            else:
                _write_whole(Path(options["file"]), lines)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except BrokenPipeError:
            # Whoever read along has seen enough; Python would complain once more when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror or error}.") from error


def _write_whole(path: Path, lines: Iterator[bytes]) -> None:
    """Write beside the file and then put it in its place, so that no half of one is ever taken for the whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.writelines(lines)
            file.close()
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
