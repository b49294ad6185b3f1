"""The embedded server, on clusters of its own: real starts, its settings and places, other users."""

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from runtime import postgres_places
from runtime.embedded_postgres import is_running, join, leave
from runtime.postgres_places import EmbeddedPostgresError, find_binaries, locate
from tests.runtime.clusters import ROOT, Users, ask, wait_until

SYSTEM_PYTHON = "/usr/bin/python3"  # One that every user can run.

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as somebody else")


def test_the_first_start_makes_a_database_and_the_next_ones_keep_it(data: Path) -> None:
    cluster = join(data, disposable=True)
    ask(cluster, "create table kept as select 7 as number")
    leave(data)
    assert not is_running(data)

    assert ask(join(data, disposable=True), "select number from kept") == 7
    assert ask(cluster, "select current_database()") == "tienda"
    assert ask(cluster, "select pg_encoding_to_char(encoding) from pg_database where datname = 'tienda'") == "UTF8"


@pytest.mark.slow
@pytest.mark.parametrize("disposable", [True, False])
def test_the_settings_are_ours(data: Path, disposable: bool) -> None:
    cluster = join(data, disposable=disposable)

    def shown(name: str) -> Any:
        return ask(cluster, f"show {name}")

    assert [shown(name) for name in ("max_connections", "listen_addresses", "TimeZone")] == ["200", "", "UTC"]
    assert shown("fsync") == shown("synchronous_commit") == ("off" if disposable else "on")


@pytest.mark.slow
def test_only_its_owner_can_reach_it(data: Path) -> None:
    join(data, disposable=True)

    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@pytest.mark.slow
def test_data_of_another_version_is_refused_and_left_alone(data: Path) -> None:
    join(data, disposable=True)
    leave(data)
    (data / "PG_VERSION").write_text("14\n")

    with pytest.raises(EmbeddedPostgresError, match=r"was made by PostgreSQL 14, and the binaries here are \d+\."):
        join(data, disposable=True)

    assert (data / "PG_VERSION").read_text() == "14\n"
    assert not is_running(data)


@pytest.mark.slow
def test_a_long_path_gets_its_socket_elsewhere(data: Path) -> None:
    deep = data.parent / ("d" * 90) / "pg"
    try:
        cluster = join(deep, disposable=True)

        assert ask(cluster, "select 1") == 1
        assert not str(cluster.socket_folder).startswith(str(data.parent))
        assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700
    finally:
        leave(deep)
        shutil.rmtree(cluster.socket_folder)


@pytest.mark.slow
def test_a_socket_folder_of_somebody_else_is_refused(data: Path) -> None:
    deep = data.parent / ("d" * 90) / "pg"
    cluster = locate(deep)
    cluster.socket_folder.mkdir(mode=0o777)
    cluster.socket_folder.chmod(0o777)
    try:
        with pytest.raises(EmbeddedPostgresError, match="is somebody else's"):
            join(deep, disposable=True)
    finally:
        shutil.rmtree(cluster.socket_folder)


@pytest.mark.slow
def test_a_path_with_spaces_and_quotes_works(data: Path) -> None:
    odd = data.parent / "a shop's, \u00fcber" / "pg"
    try:
        assert ask(join(odd, disposable=True), "select 1") == 1
    finally:
        leave(odd)


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b", "a\nb"])
def test_a_path_that_postgresql_cannot_be_started_with_is_said(data: Path, name: str) -> None:
    with pytest.raises(EmbeddedPostgresError, match="use a folder without any of"):
        join(data.parent / name / "pg", disposable=True)


def test_an_installed_postgresql_is_the_second_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(Path, "glob", lambda _self, _pattern: iter(()))
    binary = tmp_path / "postgres"

    for version in ("14.20 (Debian 14.20-1)", ""):
        binary.unlink(missing_ok=True)
        if version:
            binary.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
            binary.chmod(0o755)
        with pytest.raises(EmbeddedPostgresError, match="Install one, or set DATABASE_URL"):
            find_binaries()

    binary.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 19beta1'\n")
    binary.chmod(0o755)
    assert find_binaries() == tmp_path


@pytest.fixture
def open_packages(open_folder: Path) -> Path:
    """What an ordinary user imports: the runtime and the wheel, where the user can reach them."""
    packages = open_folder / "packages"
    shutil.copytree(ROOT / "runtime", packages / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    installed = find_binaries().parent
    unneeded = shutil.ignore_patterns("include", "doc", "__pycache__")
    shutil.copytree(installed.parent, packages / "embedded_postgres", symlinks=True, ignore=unneeded)
    for libraries in installed.parent.parent.glob("embedded_postgres.libs"):
        shutil.copytree(libraries, packages / libraries.name)
    return packages


@pytest.mark.slow
@as_root
def test_an_ordinary_user_runs_a_server_too(data: Path, users: Users, open_packages: Path) -> None:
    data.parent.mkdir()
    shutil.chown(data.parent, "nobody")

    user = users.started(
        data, python=SYSTEM_PYTHON, path=open_packages, user="nobody", group="nogroup", extra_groups=[]
    )

    assert data.owner() == "nobody"
    assert ask(locate(data), "select 1") == 1
    user.communicate("")
    assert wait_until(lambda: not is_running(data))


@pytest.mark.slow
@as_root
def test_the_server_of_another_user_is_said(data: Path, users: Users, open_packages: Path) -> None:
    join(data, disposable=True)

    user = users.start(data, python=SYSTEM_PYTHON, path=open_packages, user="nobody", group="nogroup", extra_groups=[])
    _, err = user.communicate("")

    assert user.returncode == 1
    assert "this database belongs to another user. Run the command as that user" in err
    assert "Traceback" not in err


@pytest.mark.slow
@as_root
def test_roots_closed_folders_are_avoided(
    open_folder: Path, open_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, closed = open_folder / "system", open_folder / "closed"
    closed.mkdir(mode=0o700)
    packages = open_packages.rename(closed / "packages")
    monkeypatch.setattr(postgres_places, "SYSTEM_FOLDER", system)
    monkeypatch.setattr(postgres_places, "find_binaries", lambda: packages / "embedded_postgres/pginstall/bin")
    old_umask = os.umask(0o077)
    try:
        cluster = join(closed / "pg", disposable=True)

        assert cluster.data.parent == system
        assert cluster.binaries.is_relative_to(system)
        assert ask(cluster, "select 1") == 1
        assert join(closed / "pg") == cluster
    finally:
        os.umask(old_umask)
        leave(closed / "pg")
