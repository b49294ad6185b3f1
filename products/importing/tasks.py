"""The job that runs an uploaded import. It may be killed at any moment and run again: the import goes on from there."""

from __future__ import annotations

import logging
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.models.fields.files import FieldFile

from core.problems import Problem
from products.importing.exceptions import ImportTakenOver
from products.importing.ledger import finished
from products.importing.models import Import
from products.importing.running import import_run
from products.importing.selectors import import_get
from products.importing.services import import_close

logger = logging.getLogger(__name__)


def run(*, import_id: str) -> None:
    """Bring an uploaded file into the catalogue, from behind the last product that was committed."""
    row = import_get(uuid.UUID(import_id))
    if row.status in {Import.Status.DONE, Import.Status.FAILED}:
        return
    try:
        with _local(row.file) as path:
            import_run(row, path)
    except ImportTakenOver:
        logger.warning("Import %s is done by another worker.", import_id)
        return
    except (Problem, FileNotFoundError) as error:
        finished(row, failure=str(error))
    import_close(row=row)
    # What is in the file is in the catalogue or the report now.
    row.file.delete(save=False)
    row.save(update_fields=["file"])


@contextmanager
def _local(file: FieldFile) -> Iterator[Path]:
    """Give the file a path on this machine; one that lies in a store elsewhere is fetched for as long as it takes."""
    try:
        path = Path(file.path)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(prefix="tienda-import-") as copy, file.open("rb") as source:
            shutil.copyfileobj(source, copy)
            copy.flush()
            yield Path(copy.name)
        return
    yield path
