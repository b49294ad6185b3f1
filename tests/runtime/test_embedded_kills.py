"""The embedded server when it, its users or its keeper are killed, or many come at once."""

import os
import signal
from pathlib import Path

import pytest

from runtime import embedded_postgres
from runtime.embedded_postgres import is_running, join, leave
from runtime.postgres_places import EmbeddedPostgresError, locate
from tests.runtime.clusters import Users, ask, keepers, kill_server, server_pid, wait_until


def test_the_last_one_out_stops_it(data: Path, users: Users) -> None:
    first, second = users.started(data), users.started(data)
    pid = server_pid(data)

    first.communicate("")
    assert ask(locate(data), "select 1") == 1
    assert server_pid(data) == pid

    second.communicate("")
    assert wait_until(lambda: not is_running(data))
    assert wait_until(lambda: keepers(data) == [])


@pytest.mark.slow
def test_a_killed_user_does_not_leave_it_running(data: Path, users: Users) -> None:
    users.started(data).kill()

    assert wait_until(lambda: not is_running(data))


@pytest.mark.slow
def test_a_killed_keeper_is_replaced_by_the_next_user(data: Path, users: Users) -> None:
    users.started(data)
    [keeper] = keepers(data)
    os.kill(keeper, signal.SIGKILL)
    assert wait_until(lambda: keepers(data) == [])

    second = users.started(data)
    assert len(keepers(data)) == 1
    users.processes[0].kill()
    second.kill()
    assert wait_until(lambda: not is_running(data))


@pytest.mark.slow
def test_a_killed_server_comes_back_with_its_data(data: Path) -> None:
    cluster = join(data)
    ask(cluster, "create table kept as select 7 as number")
    kill_server(data)

    assert ask(join(data), "select number from kept") == 7


@pytest.mark.slow
def test_everything_killed_at_once_starts_again(data: Path, users: Users) -> None:
    user = users.started(data, kind="durable")
    ask(locate(data), "create table kept as select 7 as number")
    for pid in keepers(data):
        os.kill(pid, signal.SIGKILL)
    user.kill()
    kill_server(data)

    assert ask(join(data), "select number from kept") == 7


@pytest.mark.slow
def test_six_processes_at_once_get_one_server(data: Path, users: Users) -> None:
    started = [users.start(data) for _ in range(6)]
    answers = [process.stdout.readline() for process in started if process.stdout]

    assert answers == [f"postgresql://postgres@/tienda?host={data}\n"] * 6
    assert len(keepers(data)) == 1


@pytest.mark.slow
def test_a_start_killed_half_way_is_begun_anew(data: Path, users: Users) -> None:
    process = users.start(data)
    half = Path(f"{data}.new")
    assert wait_until((half / "PG_VERSION").exists)
    process.kill()
    assert not data.exists()

    assert ask(join(data, disposable=True), "select 1") == 1
    assert not half.exists()


@pytest.mark.slow
def test_a_pid_file_that_names_another_process_is_stale(data: Path) -> None:
    join(data, disposable=True)
    kill_server(data)
    pid_file = data / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().split("\n")[1:]]))

    assert not is_running(data)
    assert ask(join(data, disposable=True), "select 1") == 1


@pytest.mark.slow
def test_stop_cuts_off_whoever_uses_it_only_when_forced(data: Path, users: Users) -> None:
    users.started(data)

    with pytest.raises(EmbeddedPostgresError, match="Another process uses the database"):
        embedded_postgres.stop(data)
    assert is_running(data)

    assert embedded_postgres.stop(data, force=True)
    assert not is_running(data)
    assert not embedded_postgres.stop(data)


@pytest.mark.slow
def test_a_server_that_shall_stay_outlives_its_users_until_it_is_stopped(data: Path) -> None:
    embedded_postgres.stay(data)
    leave(data)
    assert wait_until(lambda: keepers(data) == [])
    assert is_running(data)

    join(data)
    leave(data)
    assert is_running(data)

    assert embedded_postgres.stop(data)
    join(data)
    leave(data)
    assert not is_running(data)
