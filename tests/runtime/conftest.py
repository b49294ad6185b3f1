"""What several tests of the runtime need: a folder that every user can reach, and processes that end with the test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import embedded_postgres
from runtime.embedded_postgres import leave
from tests.runtime.clusters import Users


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def users() -> Iterator[Users]:
    made = Users()
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()


@pytest.fixture
def data(open_folder: Path) -> Iterator[Path]:
    """The place of a cluster that is not there yet; whatever the test starts there is stopped."""
    place = open_folder / "shop" / "pg"
    yield place
    leave(place)
    embedded_postgres.stop(place, force=True)
