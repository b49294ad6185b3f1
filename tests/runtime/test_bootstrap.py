"""The making of `.venv`: real runs of manage.py and pip, on a small checkout whose packages are four empty modules."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from runtime import bootstrap

ROOT = Path(__file__).resolve().parents[2]
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))

# What the stand-in for Django does when manage.py hands over to it.
ECHO = """\
import json, os, sys
def execute_from_command_line(argv):
    print(json.dumps({"argv": argv[1:], "prefix": sys.prefix, "settings": os.environ["DJANGO_SETTINGS_MODULE"],
                      "version": VERSION}))
"""


def make_wheel(folder: Path, version: str, modules: tuple[str, ...] = bootstrap.RUNNING_MODULES) -> str:
    """Write a wheel called `shop` with these modules, and return its line for a lock."""
    folder.mkdir(exist_ok=True)
    path = folder / f"shop-{version}-py3-none-any.whl"
    info = f"shop-{version}.dist-info"
    files = {f"{module}/__init__.py": "" for module in modules}
    files |= {
        "django/core/__init__.py": "",
        "django/core/management.py": f"VERSION = {version!r}\n{ECHO}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: shop\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)
    return f"shop=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Checkout:
    """A folder with manage.py, the bootstrap and a lock, as a fresh clone has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        self.venv = folder / ".venv"
        (folder / "runtime").mkdir(parents=True)
        shutil.copy(ROOT / "manage.py", folder)
        for name in ("__init__.py", "bootstrap.py"):
            shutil.copy(ROOT / "runtime" / name, folder / "runtime")
        self.lock("requirements.lock", make_wheel(self.wheels, "1.0"))
        self.lock("requirements-dev.lock", make_wheel(self.wheels, "1.0"))

    def lock(self, name: str, line: str) -> None:
        (self.folder / name).write_text(line)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "HOME": str(self.wheels),
        }

    def start(self, *arguments: str, python: str = BASE_PYTHON, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [python, str(self.folder / "manage.py"), *arguments],
            env=self.environment,
            cwd="/",
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **options,
        )

    def run(self, *arguments: str, python: str = BASE_PYTHON, **options: Any) -> tuple[int, str, str]:
        process = self.start(*arguments, python=python, **options)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def answer(self, *arguments: str, python: str = BASE_PYTHON) -> dict[str, Any]:
        """Run a command that must succeed, and return what the stand-in for Django printed."""
        status, out, err = self.run(*arguments, python=python)
        assert status == 0, err
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a shop's folder")


@pytest.fixture
def prepared(tmp_path: Path) -> Checkout:
    """A checkout whose `.venv` is there."""
    made = Checkout(tmp_path / "prepared")
    made.answer("check")
    return made


def test_a_bare_python_gets_an_environment_and_the_command_runs_in_it(checkout: Checkout) -> None:
    status, out, err = checkout.run("up", "--port", "8000")

    assert status == 0
    assert json.loads(out) == {
        "argv": ["up", "--port", "8000"],
        "prefix": str(checkout.venv),
        "settings": "config.settings.development",
        "version": "1.0",
    }
    assert err.count("Installing the packages of requirements.lock") == 1

    status, again, err = checkout.run("up", "--port", "8000")
    assert (status, again, err) == (0, out, "")


@pytest.mark.slow
def test_a_changed_lock_renews_the_environment_also_from_inside(prepared: Checkout) -> None:
    prepared.lock("requirements.lock", make_wheel(prepared.wheels, "2.0"))
    assert prepared.answer("check")["version"] == "2.0"

    prepared.lock("requirements.lock", make_wheel(prepared.wheels, "3.0"))
    assert prepared.answer("check", python=str(prepared.venv / "bin/python"))["version"] == "3.0"


@pytest.mark.slow
def test_test_and_lint_install_the_lock_of_development_and_choose_the_test_settings(prepared: Checkout) -> None:
    modules = (*bootstrap.RUNNING_MODULES, *bootstrap.DEVELOPMENT_MODULES)
    prepared.lock("requirements-dev.lock", make_wheel(prepared.wheels, "1.0.1", modules))

    answer = prepared.answer("test", "-k", "money")

    assert answer["settings"] == "config.settings.test"
    assert answer["argv"] == ["test", "-k", "money"]
    assert answer["version"] == "1.0.1"
    # The larger lock holds the smaller one, so nothing is installed a second time.
    status, _, err = prepared.run("check")
    assert (status, err) == (0, "")
    status, _, err = prepared.run("lint")
    assert (status, err) == (0, "")


@pytest.mark.slow
def test_an_environment_cut_off_by_a_kill_is_made_anew(checkout: Checkout) -> None:
    process = checkout.start("check")
    marker = checkout.venv / bootstrap.MARKER
    deadline = time.monotonic() + 300
    while not marker.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert json.loads(marker.read_text()) == {"making": "requirements.lock"}
    leftover = checkout.venv / "half"
    leftover.write_text("")

    assert checkout.answer("check")["version"] == "1.0"
    assert not leftover.exists()
    assert not list((checkout.folder / "var").glob("old-venv-*"))


@pytest.mark.slow
def test_two_first_runs_at_once_make_one_environment(checkout: Checkout) -> None:
    runs = [checkout.start("check") for _ in range(3)]
    ended = [run.communicate(timeout=300) for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0]
    assert [json.loads(out)["prefix"] for out, _ in ended] == [str(checkout.venv)] * 3
    assert sum("Installing the packages" in err for _, err in ended) == 1


@pytest.mark.slow
def test_a_failed_install_says_why_and_keeps_what_worked(prepared: Checkout) -> None:
    good = (prepared.folder / "requirements.lock").read_text()
    prepared.lock("requirements.lock", f"shop==9.9 --hash=sha256:{'0' * 64}\n")

    status, out, err = prepared.run("check")

    assert (status, out) == (1, "")
    assert "shop==9.9" in err
    assert "The packages of requirements.lock could not be installed" in err
    prepared.lock("requirements.lock", good)
    status, out, err = prepared.run("check")
    assert (status, err) == (0, "")


@pytest.mark.slow
def test_a_package_with_another_hash_is_refused(checkout: Checkout) -> None:
    line = (checkout.folder / "requirements.lock").read_text()
    checkout.lock("requirements.lock", re.sub(r"sha256:\w{8}", "sha256:00000000", line))

    status, out, err = checkout.run("check")

    assert (status, out) == (1, "")
    assert "DO NOT MATCH THE HASHES" in err


def test_an_environment_of_the_users_own_is_left_alone(prepared: Checkout) -> None:
    theirs = prepared.folder.parent / "theirs"
    prepared.venv.rename(theirs)
    (theirs / bootstrap.MARKER).unlink()
    prepared.lock("requirements.lock", make_wheel(prepared.wheels, "2.0"))

    answer = prepared.answer("check", python=str(theirs / "bin/python"))

    assert (answer["prefix"], answer["version"]) == (str(theirs), "1.0")
    assert not prepared.venv.exists()


@pytest.mark.slow
def test_a_venv_of_the_users_own_beside_manage_py_is_used_as_it_is(prepared: Checkout) -> None:
    (prepared.venv / bootstrap.MARKER).unlink()
    prepared.lock("requirements.lock", make_wheel(prepared.wheels, "2.0"))

    status, out, err = prepared.run("check")

    assert (status, err) == (0, "")
    assert json.loads(out)["version"] == "1.0"
    status, out, err = prepared.run("lint")
    assert (status, out) == (1, "")
    assert "-m pip install -r requirements-dev.lock" in err


@pytest.mark.slow
def test_an_empty_venv_of_the_users_own_is_filled(checkout: Checkout) -> None:
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", checkout.venv], check=True)

    assert checkout.answer("check", python=str(checkout.venv / "bin/python"))["prefix"] == str(checkout.venv)


@pytest.mark.slow
def test_a_package_deleted_by_hand_is_said_not_looped_over(prepared: Checkout) -> None:
    shutil.rmtree(next(prepared.venv.glob("lib/python3*/site-packages/environ")))

    status, out, err = prepared.run("check")

    assert (status, out) == (1, "")
    assert err == f"{prepared.venv} is broken: delete it, and run the command again.\n"


@pytest.mark.slow
def test_another_version_of_python_makes_the_environment_anew(prepared: Checkout) -> None:
    marker = prepared.venv / bootstrap.MARKER
    marker.write_text(marker.read_text().replace(f'"python": "{sys.version_info[0]}.', '"python": "2.'))
    leftover = prepared.venv / "old"
    leftover.write_text("")

    assert prepared.answer("check")["version"] == "1.0"
    assert not leftover.exists()


@pytest.mark.slow
def test_without_pip_python_brings_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    monkeypatch.setattr(bootstrap, "_base_python", lambda: str(tmp_path / "no-such-python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap._find_pip(python) == [str(python), "-m", "pip"]
    assert bootstrap._pip_version([str(python), "-m", "pip"]) > (20, 0)


def test_without_any_pip_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What Debian's python3 without the package python3-venv answers, to -m pip and to -m ensurepip.
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\necho "$0: No module named $2" >&2\nexit 1\n')
    python.chmod(0o755)
    monkeypatch.setattr(bootstrap, "_base_python", lambda: str(python))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SystemExit) as caught:
        bootstrap._find_pip(python)

    assert "apt-get install python3-venv" in str(caught.value)


def test_an_old_pip_is_not_asked_for_what_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("python3", "22.2.9"), ("pip3", "22.3")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho 'pip {version} from somewhere'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(bootstrap, "_base_python", lambda: str(tmp_path / "python3"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap._find_pip(Path("/v/python")) == [str(tmp_path / "pip3"), "--python", "/v/python"]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 12)])
def test_an_older_python_is_told_so(version: tuple[int, ...]) -> None:
    run = f"runpy.run_path({str(ROOT / 'manage.py')!r}, run_name='__main__')"
    program = f"import sys, runpy; sys.version_info = {version}; {run}"

    ended = subprocess.run([BASE_PYTHON, "-c", program], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Tienda needs Python 3.11 or newer, and this is {version[0]}.{version[1]} (")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as somebody else")
def test_a_folder_of_somebody_else_is_said(open_folder: Path) -> None:
    checkout = Checkout(open_folder / "shop")

    status, out, err = checkout.run("check", python="/usr/bin/python3", user="nobody")

    assert (status, out) == (1, "")
    assert "Permission denied" in err
    assert "Run the command as the user who owns this folder" in err
    assert "Traceback" not in err


def test_the_lock_of_development_holds_the_lock_for_running() -> None:
    def packages(name: str) -> dict[str, frozenset[str]]:
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        return {entry.split(" ")[0]: frozenset(re.findall(r"sha256:\w+", entry)) for entry in entries if "==" in entry}

    running, development = packages("requirements.lock"), packages("requirements-dev.lock")

    assert len(running) > 50
    assert all(running.values())
    assert {name: development.get(name) for name in running} == running


def test_the_locks_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text()
