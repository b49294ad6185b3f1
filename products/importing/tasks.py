"""The jobs of imports: one runs an upload, killed at any moment and run again it goes on; one sweeps what is left."""

from __future__ import annotations

import logging
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile

from core import clock
from core.problems import Problem
from events.selectors import jobs_open
from products.importing.exceptions import ImportTakenOver
from products.importing.ledger import finished
from products.importing.models import FOLDER, Import, private_storage
from products.importing.running import import_run
from products.importing.selectors import import_get, imports_open
from products.importing.services import JOB, import_close, import_give_up

logger = logging.getLogger(__name__)

_ENDED = frozenset({Import.Status.DONE, Import.Status.FAILED})
_LEFT_FOR = timedelta(days=1)


def run(*, import_id: str) -> None:
    """Bring an uploaded file into the catalogue, from behind the last product that was committed."""
    row = import_get(uuid.UUID(import_id))
    if row.status not in _ENDED:
        try:
            with _local(row.file) as path:
                import_run(row, path)
        except ImportTakenOver:
            logger.warning("Import %s is done by another worker.", import_id)
            return
        except (Problem, FileNotFoundError) as error:
            finished(row, failure=str(error))
    if row.file:
        import_close(row=row)


def sweep() -> None:
    """End the imports that nobody goes on with, and delete uploaded files that belong to none."""
    for row in imports_open():
        if row.status not in _ENDED:
            import_give_up(import_id=row.pk)
            row.refresh_from_db()
        # One whose job is still there is closed by that.
        if row.status in _ENDED and not jobs_open(kind=JOB).filter(payload={"import_id": str(row.pk)}).exists():
            import_close(row=row)
    _sweep_files()


def _sweep_files() -> None:
    """Delete what an upload left that was rolled back: its file was written before its row."""
    storage, until = private_storage(), clock.now() - _LEFT_FOR
    stored = [name for name in _stored(storage, FOLDER) if storage.get_modified_time(name) < until]
    known = set(Import.objects.filter(file__in=stored).values_list("file", flat=True))
    for name in stored:
        if name not in known:
            storage.delete(name)
            logger.info("Deleted %s, which no import names.", name)


def _stored(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _stored(storage, f"{folder}/{name}")


@contextmanager
def _local(file: FieldFile) -> Iterator[Path]:
    """Give the file a path on this machine; one that lies in a store elsewhere is fetched for as long as it takes."""
    try:
        path = Path(file.path)
    except NotImplementedError:
        # What Django's `Storage.path` says where a store has no files on this machine.
        with tempfile.NamedTemporaryFile(prefix="tienda-import-") as copy, file.open("rb") as source:
            shutil.copyfileobj(source, copy)
            copy.flush()
            yield Path(copy.name)
        return
    yield path
