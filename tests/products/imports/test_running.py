"""Imports that are cut off, contended, or huge: nothing is lost, done twice, or held in memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from benchmarks import generate_products
from inventory.models import StockLevel, StockMovement
from products.importing import running
from products.importing.exceptions import ImportFileChanged, ImportTakenOver
from products.importing.models import Import, ImportProblem
from products.importing.running import import_run
from products.importing.services import import_begin
from products.models import Product, Variant
from tests.factories.catalogue import location_make, market_make

# The command in a process of its own, on the database of the tests.
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
import django
django.setup()
from django.core.management import call_command
call_command("import_products", *sys.argv[1:])
# Not getrusage's figure, which begins with the size of the process that started this one.
with open("/proc/self/status") as status:
    print(*(line for line in status if line.startswith("VmHWM")))
"""
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}


def command(path: Path, *options: str) -> list[str]:
    root = str(Path(__file__).resolve().parents[3])
    program = PROGRAM.format(root=root, database=connection.settings_dict["NAME"])
    return [sys.executable, "-c", program, str(path), "--format", "shopify", "--market", "eu", *options]


def write_products(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        generate_products.write(count, file)
    return path


def begin(path: Path) -> Import:
    location_make()
    return import_begin(file_name=path.name, file_format="shopify", market=market_make(), location="", actor="system")


class Cut(Exception):
    """Stands for the kill of a process between two statements."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", [1, 5, 12, 20, 40, 60])
def test_an_import_that_is_cut_off_anywhere_goes_on_behind_the_last_batch(tmp_path: Path, statement: int) -> None:
    path = write_products(tmp_path / "p.csv", 20)
    row = begin(path)
    seen = 0

    def cut(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == statement + 25:
            raise Cut
        return execute(sql, *rest)

    with connection.execute_wrapper(cut), pytest.raises(Cut):
        import_run(row, path, batch_size=5)
    kept = Import.objects.get(id=row.id)
    assert Product.objects.count() == kept.done_count == kept.created_count
    assert kept.done_count % 5 == 0
    assert kept.status == "running"

    import_run(kept, path, batch_size=5)

    kept.refresh_from_db()
    assert (kept.status, kept.done_count, kept.created_count) == ("done", 20, 20)
    assert Product.objects.count() == 20
    assert Variant.objects.count() == StockLevel.objects.count()
    assert StockMovement.objects.count() == StockLevel.objects.exclude(on_hand=0).count()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_process_is_resumed_from_the_command_line(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 400)
    market_make()
    location_make()
    process = subprocess.Popen(
        command(path, "--batch-size", "10"), cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while Product.objects.count() < 20 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, complaint = process.communicate()
    assert Import.objects.exists(), complaint.decode()
    kept = Import.objects.get()
    # The kill must have come in the middle for the rest to show anything.
    assert kept.status == "running"
    assert 0 < kept.done_count < 400
    assert Product.objects.count() == kept.done_count

    done = subprocess.run(
        command(path, "--resume"), cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )

    assert f"Going on behind product {kept.done_count}" in done.stderr
    assert "400 products in p.csv: 400 created" in done.stdout
    assert Product.objects.count() == 400
    assert Import.objects.get().status == "done"
    assert StockMovement.objects.count() == StockLevel.objects.exclude(on_hand=0).count()


@pytest.mark.django_db
def test_another_file_is_not_taken_for_the_rest_of_the_first(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 4)
    row = begin(path)
    import_run(row, path)
    Import.objects.update(status="running", done_count=2)
    write_products(path, 6)

    with pytest.raises(ImportFileChanged):
        import_run(Import.objects.get(), path)

    assert Product.objects.count() == 4


@pytest.mark.django_db
def test_two_processes_never_do_one_import_at_once(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 10)
    row = begin(path)
    stale = Import.objects.get(id=row.id)
    import_run(row, path, batch_size=5)

    with pytest.raises(ImportTakenOver):
        import_run(stale, path, batch_size=5)

    row.refresh_from_db()
    assert (row.done_count, row.created_count, row.unchanged_count) == (10, 10, 0)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_imported_by_many_at_once_makes_its_products_once(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 60)
    rows = [begin(path) for _ in range(4)]
    start = threading.Barrier(len(rows))
    errors: list[BaseException] = []

    def work(row: Import) -> None:
        try:
            start.wait()
            import_run(row, path, batch_size=10)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Product.objects.count() == 60
    done = list(Import.objects.values_list("status", "done_count", "failed_count"))
    assert done == [("done", 60, 0)] * 4
    assert sum(Import.objects.values_list("created_count", flat=True)) == 60
    assert StockMovement.objects.count() == StockLevel.objects.exclude(on_hand=0).count()


@pytest.mark.django_db
def test_a_batch_takes_the_same_statements_for_ten_products_and_a_hundred(tmp_path: Path) -> None:
    # The categories of the file are made first: each of a tree's rows takes its own.
    path = write_products(tmp_path / "p.csv", 100)
    import_run(begin(path), path)
    counts = []
    for number, count in ((1, 10), (2, 100)):
        write_products(path, count)
        text = path.read_text().replace("SKU-", f"S{number}-")
        lines = text.splitlines(keepends=True)
        path.write_text(lines[0] + "".join(f"n{number}-{line}" for line in lines[1:]))
        row = begin(path)
        with CaptureQueriesContext(connection) as captured:
            import_run(row, path, batch_size=1_000)
        assert (row.created_count, row.failed_count) == (count, 0)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert counts[0] < 60


@pytest.mark.django_db
def test_an_unchanged_file_locks_and_writes_nothing(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 30)
    import_run(begin(path), path)
    row = begin(path)

    with CaptureQueriesContext(connection) as captured:
        import_run(row, path)

    assert row.unchanged_count == 30
    written = [
        query["sql"]
        for query in captured
        if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE")) or "FOR " in query["sql"][-40:]
    ]
    assert [sql for sql in written if "products_import" not in sql] == []


@pytest.mark.django_db
def test_a_product_that_the_database_refuses_stands_alone_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_PAUSE", 0)
    path = write_products(tmp_path / "p.csv", 16)
    row = begin(path)
    name = Product._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} ADD CONSTRAINT unforeseen CHECK (slug NOT LIKE %s)", ["%-11"])

    import_run(row, path)

    assert (row.status, row.created_count, row.failed_count, row.done_count) == ("done", 15, 1, 16)
    problem = ImportProblem.objects.get(severity="error")
    assert problem.code == "refused_by_database"
    assert "rule unforeseen" in problem.reason
    assert problem.handle.endswith("-11")
    assert Product.objects.filter(slug__endswith="-11").count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_product_that_somebody_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_PAUSE", 0.05)
    path = write_products(tmp_path / "p.csv", 5)
    import_run(begin(path), path)
    path.write_text(path.read_text().replace("<p>", "<p>New: "))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM products_product FOR UPDATE")
            held.set()
            done.wait(20)
            cursor.execute("COMMIT")
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    threading.Timer(0.3, done.set).start()
    row = begin(path)
    import_run(row, path)
    holder.join()
    connection.close()

    assert (row.changed_count, row.failed_count) == (5, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "said"),
    [(OperationalError("gone"), "The database stopped the import"), (KeyboardInterrupt(), "Interrupted")],
)
def test_a_stop_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_products(tmp_path / "p.csv", 20)
    market_make()
    location_make()
    original = running._Run._commit
    calls = []

    def stop(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 3:
            raise error
        return original(*args, **kwargs)

    options = {"format": "shopify", "market": "eu", "batch_size": 5, "verbosity": 0}
    with monkeypatch.context() as patch:
        patch.setattr(running._Run, "_commit", stop)
        with pytest.raises(CommandError, match=f"{said}.*go on with --resume"):
            call_command("import_products", path, **options)
    assert Product.objects.count() == 10

    call_command("import_products", path, resume=True, **options)

    assert Product.objects.count() == 20
    assert Import.objects.values_list("status", "created_count").get() == ("done", 20)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells a process's memory on Linux only")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_products_import_in_bounded_memory(tmp_path: Path) -> None:
    path = write_products(tmp_path / "p.csv", 100_000)
    market_make()
    location_make()
    done = subprocess.run(command(path), cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True)

    match = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert match is not None
    assert 30_000 < int(match[1]) < 300_000
    assert Product.objects.count() == 100_000
