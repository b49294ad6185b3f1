"""Running an import from wherever it is to its end: batch by batch, each one transaction with its own progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, reset_queries, transaction
from psycopg2 import errorcodes

from products.importing.ahead import read_ahead
from products.importing.batches import Batch, batches
from products.importing.changes import Outcome
from products.importing.exceptions import ImportFileChanged, LocationUnknown
from products.importing.formats import read_file
from products.importing.ledger import Ledger, PaperLedger, RowLedger, finished, started
from products.importing.models import Import, ImportProblem
from products.importing.opening import FileFacts, FileUnreadable, inspect_file
from products.importing.rows import Problem, Severity, Target
from products.importing.stock import Stock, stock_of_the_shop
from products.importing.surroundings import surroundings_of
from products.importing.writing import Writer
from products.services.locks import import_lock

ATTEMPTS = 5
_PAUSE = 0.1
_PASSING = {
    errorcodes.DEADLOCK_DETECTED,
    errorcodes.LOCK_NOT_AVAILABLE,
    errorcodes.SERIALIZATION_FAILURE,
}
_RACES = {errorcodes.UNIQUE_VIOLATION, errorcodes.FOREIGN_KEY_VIOLATION}
"""What two writers at once can bring about: next time each sees what the other has done."""

Listener = Callable[[Import, list[Outcome], list[Problem]], None]
"""Called after each batch with the import as it stands, what became of the batch, and what it adds to the report."""


@dataclass(slots=True)
class _Run:
    ledger: Ledger
    writer: Writer
    is_dry_run: bool
    seen: set[int]

    def process(self, batch: Batch, *, patience: int = ATTEMPTS) -> list[Outcome]:
        """Bring in a batch; one that the database refuses is halved until the product that it refuses stands alone."""
        is_alone = len(batch.products) == 1
        try:
            return self._with_patience(batch, patience=ATTEMPTS if is_alone else patience)
        except (IntegrityError, DataError) as error:
            if is_alone:
                return self._commit(batch, refusal=error)
        first, second = batch.halves()
        return [*self.process(first, patience=1), *self.process(second, patience=1)]

    def _with_patience(self, batch: Batch, *, patience: int) -> list[Outcome]:
        """Try again what passes: a lock held too long, a deadlock, somebody who made the same product just now."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._commit(batch)
            except OperationalError as error:
                if _code_of(error) not in _PASSING:
                    raise
            except IntegrityError as error:
                if _code_of(error) not in _RACES or attempt >= patience:
                    raise
            time.sleep(_PAUSE * attempt)
        return self._commit(batch)

    def _commit(self, batch: Batch, *, refusal: DatabaseError | None = None) -> list[Outcome]:
        try:
            with transaction.atomic(durable=True):
                if not self.is_dry_run:
                    import_lock()
                self.ledger.claim()
                outcomes = self._outcomes(batch, refusal)
                self.ledger.record(outcomes, batch.problems)
        except BaseException:
            self.ledger.rolled_back()
            self.writer.around.reload()
            raise
        self.ledger.committed()
        if settings.DEBUG:
            # Django then remembers thousands of statements, and those of an import are long.
            reset_queries()
        return outcomes

    def _outcomes(self, batch: Batch, refusal: DatabaseError | None) -> list[Outcome]:
        if refusal is not None:
            return [_refused(batch, refusal)]
        if not batch.products:
            return []
        if self.is_dry_run:
            return self.writer.preview(batch.products, seen=self.seen)
        return self.writer.apply(batch.products)


def import_run(
    row: Import, path: Path, *, deadline: float | None = None, listener: Listener | None = None, batch_size: int = 500
) -> bool:
    """Bring the file in, from behind the last product that was committed; return whether it came to its end.

    The row says all that there is to say: counts, status, why it failed. With a `deadline` (of `time.monotonic`) it
    stops between two batches when that has come, and returns False.

    Raises:
        ImportFileChanged: this isn't the file that the import began with.
        ImportTakenOver: another process is doing the same import.
        LocationUnknown: the shop has no location of this code.
        OperationalError: the database went away; the import can be resumed.
    """
    is_on_paper = row._state.adding  # noqa: SLF001 (Django's way to say that the row isn't in the database)
    ledger = PaperLedger(row) if is_on_paper else RowLedger(row)
    try:
        facts = inspect_file(path)
        _take_facts(row, facts)
        if not is_on_paper:
            started(row)
        return _run(row, facts, ledger, deadline, listener, batch_size)
    except FileUnreadable as refusal:
        _unreadable(row, ledger, refusal, listener)
        return True


def _run(  # noqa: PLR0917 (one caller; what an import is made of)
    row: Import,
    facts: FileFacts,
    ledger: RowLedger | PaperLedger,
    deadline: float | None,
    listener: Listener | None,
    batch_size: int,
) -> bool:
    stock = stock_of_the_shop()
    run = _Run(ledger, _writer(row, stock), row.is_dry_run, set())
    target = Target(market=row.market.code, currency=row.market.currency)
    items = read_file(facts, row.format, target, skip=row.done_count)
    cut = ""
    for batch in read_ahead(batches(items, size=batch_size)):
        outcomes = run.process(batch)
        problems = [*batch.problems, *(problem for outcome in outcomes for problem in outcome.problems)]
        cut = next((problem.reason for problem in problems if problem.code == "file_cut"), cut)
        if listener is not None:
            listener(row, outcomes, problems)
        if deadline is not None and time.monotonic() > deadline:
            return False
    if isinstance(ledger, RowLedger):
        # The cut may have been met by a run that was killed right behind it.
        known = ImportProblem.objects.filter(owner=row, code="file_cut").values_list("reason", flat=True).first()
        finished(row, failure=cut or known or "")
    else:
        row.failure = cut
    return True


def _writer(row: Import, stock: Stock) -> Writer:
    locations = stock.locations()
    if row.location and row.location not in locations:
        raise LocationUnknown(f"The shop has no location {row.location!r}; it has {', '.join(sorted(locations))}.")
    around = surroundings_of(row.market, location=row.location or stock.default_location(), locations=locations)
    return Writer(around, stock, actor=row.actor, reason=f"Import of {row.file_name}")


def _take_facts(row: Import, facts: FileFacts) -> None:
    if row.done_count and row.sha256 and row.sha256 != facts.sha256:
        raise ImportFileChanged
    row.sha256, row.size, row.line_count = facts.sha256, facts.size, facts.line_count


def _unreadable(
    row: Import, ledger: RowLedger | PaperLedger, refusal: FileUnreadable, listener: Listener | None
) -> None:
    with transaction.atomic():
        ledger.record([], [refusal.problem])
        if isinstance(ledger, RowLedger):
            finished(row, failure=refusal.problem.reason)
    row.failure = refusal.problem.reason
    if listener is not None:
        listener(row, [], [refusal.problem])


def _code_of(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def _refused(batch: Batch, refusal: DatabaseError) -> Outcome:
    product = batch.products[0]
    diagnostics = getattr(refusal.__cause__, "diag", None)
    rule = getattr(diagnostics, "constraint_name", None) or getattr(diagnostics, "message_primary", None) or "a rule"
    problem = Problem(
        code="refused_by_database",
        reason=f"The database refused the product by its rule {rule}; nothing of it was written.",
        severity=Severity.ERROR,
        line=product.line,
        handle=product.handle,
    )
    return Outcome(
        handle=product.handle,
        line=product.line,
        last_line=product.last_line,
        verdict="failed",
        title=product.title or "",
        problems=(*product.problems, problem),
    )
