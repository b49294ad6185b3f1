"""`manage.py audit`: whether the books add up, and what doesn't."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from audit.checks import CHECKS
from audit.selectors import CheckResult, Difference, audit
from core import clock

DIFFERENT, UNFINISHED = 1, 3
_NAMES = tuple(check.name for check in CHECKS)
_IN_MEMORY = 1_000_000


class Command(BaseCommand):
    """Recompute the books; change nothing."""

    help = (
        "Recompute every counter, total and status from its ledger, at one moment of the running shop, and print what "
        "differs. Nothing is repaired. Exit status: 0 all adds up, 1 something differs, 2 wrong arguments, "
        "3 the audit could not be finished."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what is looked at, and how the answer is written."""
        parser.add_argument(
            "--since", type=_moment, metavar="TIME", help="only what changed since then: 2026-11-01, or a time of it"
        )
        parser.add_argument(
            "--only", choices=_NAMES, action="append", metavar="CHECK", help=f"one check: {', '.join(_NAMES)}"
        )
        parser.add_argument("--limit", type=_limit, metavar="N", help="print so many differences at the most")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Audit and print.

        Raises:
            CommandError: something differs, or the audit could not be finished.
        """
        since, limit = options["since"], options["limit"]
        checks = [check for check in CHECKS if not options["only"] or check.name in options["only"]]
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="utf-8") as found:
            kept = _Kept(found, limit)
            started = clock.now()
            if not options["json"]:
                self._begin(since)
            try:
                results = audit(
                    checks=checks,
                    since=since,
                    tell=kept.keep,
                    done=(lambda _result: None) if options["json"] else self._write_result,
                )
            except DatabaseError as error:
                raise CommandError(f"The audit could not be finished: {error}", returncode=UNFINISHED) from error
            if options["json"]:
                self._write_document(started, since, results, kept)
            else:
                self._write_differences(kept)
        number = sum(result.difference_count for result in results)
        if number:
            what = "difference" if number == 1 else "differences"
            raise CommandError(
                f"{number} {what}; nothing was repaired. docs/operating.md, The audit, says what to do.",
                returncode=DIFFERENT,
            )
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("\nThe books add up."))

    def _begin(self, since: datetime | None) -> None:
        self.stdout.write(
            f"Audit of {'everything' if since is None else f'what changed since {since.isoformat()}'}\n\n"
        )
        self.stdout.write(f"{'check':<20}{'rows':>12}{'differences':>14}{'seconds':>10}")
        self.stdout.flush()

    def _write_result(self, result: CheckResult) -> None:
        line = f"{result.check:<20}{result.row_count:>12,}{result.difference_count:>14,}{result.seconds:>10.2f}"
        self.stdout.write(self.style.ERROR(line) if result.difference_count else line)
        self.stdout.flush()

    def _write_differences(self, kept: _Kept) -> None:
        for number, line in enumerate(kept.lines()):
            if number == 0:
                self.stdout.write("")
            told = Difference(**json.loads(line))
            row = f"{told.kind} {told.row_id or '(none)'}"
            label = f" ({told.label})" if told.label else ""
            self.stdout.write(
                f"{told.check}: {row}{label}: {told.field} is {_shown(told.stored)}, "
                f"and should be {_shown(told.recomputed)}"
            )
        if kept.left_off:
            self.stdout.write(f"... and {kept.left_off:,} more (--limit)")

    def _write_document(
        self, started: datetime, since: datetime | None, results: list[CheckResult], kept: _Kept
    ) -> None:
        """Write the document piece by piece: the differences may be more than fit into memory."""
        checks = [asdict(result) | {"seconds": round(result.seconds, 3)} for result in results]
        head = {
            "started_at": started.isoformat(),
            "since": since.isoformat() if since else None,
            "difference_count": sum(result.difference_count for result in results),
            "checks": checks,
        }
        self.stdout.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "differences": [', ending="")
        for number, line in enumerate(kept.lines()):
            self.stdout.write(("," if number else "") + line.rstrip("\n"), ending="")
        self.stdout.write("]}")


class _Kept:
    """The differences until the table is printed: in a file, since nobody knows how many there are."""

    def __init__(self, file: IO[str], limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self._count = 0
        self.left_off = 0

    def keep(self, difference: Difference) -> None:
        if self._limit is not None and self._count >= self._limit:
            self.left_off += 1
            return
        self._count += 1
        self._file.write(json.dumps(asdict(difference), ensure_ascii=False) + "\n")

    def lines(self) -> Iterator[str]:
        self._file.seek(0)
        yield from self._file


def _shown(value: str | None) -> str:
    return "nothing" if value is None else value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time; write 2026-11-01 or 2026-11-01T12:00+01:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.SHOP_TIME_ZONE))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ArgumentTypeError(f"{text!r} is too long ago") from None
    if moment > clock.now():
        raise ArgumentTypeError(f"{text!r} is still to come, so nothing has changed since")
    return moment


def _limit(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 (a billion)
    if number < 0:
        raise ArgumentTypeError(f"{text!r} is no number of differences; write 0 or more")
    return number
