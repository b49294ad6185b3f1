"""`manage.py replay_orders`: live through a real shop's half year again, then check the books."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db import reset_queries

from benchmarks.replay.invoices import lines_of
from benchmarks.replay.planning import Plan, Step, plan
from benchmarks.replay.revenue import of_file, of_shop
from benchmarks.replay.shop import Shop, is_empty


class Command(BaseCommand):
    """Feed invoices through the services; the shop must be empty, and is the replayed one afterwards."""

    help = "Replay the Online Retail invoices in an empty shop, audit it, and compare revenue per month to the penny."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the file, and for how much of it."""
        parser.add_argument("file", type=Path, help="online_retail*.csv or .csv.gz, in the order of time")
        parser.add_argument("--invoices", type=int, default=None, metavar="N", help="only the first N invoices")

    def handle(self, *args: Any, file: Path, invoices: int | None, **options: Any) -> None:
        """Replay, audit, compare."""
        if invoices is not None and invoices < 1:
            message = "--invoices must be 1 or more."
            raise CommandError(message)
        if not is_empty():
            message = "This shop has products or orders. Replay in an empty one: VAR_DIR=/tmp/replay manage.py migrate."
            raise CommandError(message)
        try:
            planned = plan(lines_of(file), limit=invoices)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self._replay(planned)
        is_equal = self._compare(planned, file, is_whole=invoices is None)
        call_command("audit", stdout=self.stdout)
        if not is_equal:
            message = "Revenue differs."
            raise CommandError(message)

    def _replay(self, planned: Plan) -> None:
        started = time.monotonic()
        shop = Shop(planned)
        self.stdout.write(f"{len(planned.titles)} articles made in {time.monotonic() - started:.0f} s.")
        started = time.monotonic()
        for month, steps in groupby(planned.steps, key=lambda step: step.at.strftime("%Y-%m")):
            self._month(shop, month, list(steps))
        seconds = time.monotonic() - started
        told = ", ".join(f"{count:,} {what}" for what, count in shop.counts.items())
        self.stdout.write(f"{told}; {planned.opening_count} of the orders were sold before the file begins.")
        self.stdout.write(f"{shop.counts['orders'] / seconds:.1f} orders/s over {seconds:.0f} s, everything included.")

    def _month(self, shop: Shop, month: str, steps: Sequence[Step]) -> None:
        started, before = time.monotonic(), shop.counts["orders"]
        shop.receive(steps, steps[0].at)
        for step in steps:
            shop.do(step)
            # In development Django remembers every statement.
            reset_queries()
        seconds, count = time.monotonic() - started, shop.counts["orders"] - before
        self.stdout.write(f"  {month}  {count:5} orders  {count / seconds:6.1f}/s")
        self.stdout.flush()

    def _compare(self, planned: Plan, file: Path, *, is_whole: bool) -> bool:
        steps = planned.steps[planned.opening_count :]
        ours = of_shop(steps[0].at)
        if not is_whole:
            self.stdout.write("Revenue is compared for the whole file only.")
            return True
        theirs = of_file(file)
        self.stdout.write("month     shop            file")
        for month in sorted(ours.keys() | theirs.keys()):
            mark = "" if ours.get(month) == theirs.get(month) else "  DIFFERS"
            self.stdout.write(f"{month}  {_pounds(ours.get(month)):>14}  {_pounds(theirs.get(month)):>14}{mark}")
        return ours == theirs


def _pounds(pence: int | None) -> str:
    return "none" if pence is None else f"{pence / 100:,.2f}"
