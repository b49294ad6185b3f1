"""Every setting from outside is in .env.example and in docs/operating.md, and production takes nothing for granted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.kept_secret import kept_secret

ROOT = Path(__file__).resolve().parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCUMENTED = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATING, re.MULTILINE))
GIVEN = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "DATABASE_URL": "postgres://nobody@/none?host=/nowhere",
    "SECRET_KEY": "9d-K2h_yQx71mVbZ0sRw5cLtE8nPaGfUjXoIv4Y6T3BqHrMkDzNlWeCgSiJuFpAO",
    "ALLOWED_HOSTS": "shop.example",
}


def read_by_settings() -> set[str]:
    sources = "".join(path.read_text() for path in (ROOT / "config" / "settings").glob("*.py"))
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', sources))


def read_by_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))


def test_every_setting_is_in_the_example_and_in_the_documentation() -> None:
    expected = read_by_settings() | read_by_compose()

    assert len(expected) > 20
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == expected
    assert expected == DOCUMENTED, "name it in the table of docs/operating.md, and in .env.example"


def test_the_composition_hands_on_what_production_needs() -> None:
    handed_on = set(re.findall(r"^    ([A-Z_]+): ", COMPOSE, re.MULTILINE))

    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"} <= handed_on <= read_by_settings()
    assert "env_file:\n    - path: .env\n" in COMPOSE


def manage(*arguments: str, given: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run manage.py with these settings only: not those of this machine."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_passes_the_check_for_deployment() -> None:
    ended = manage("check", "--deploy", "--tag", "security", "--fail-level", "WARNING", given=GIVEN)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_production_does_not_start_without(name: str) -> None:
    ended = manage("showmigrations", given={key: value for key, value in GIVEN.items() if key != name})

    assert ended.returncode == 1
    assert f"ImproperlyConfigured: Set {'the ' if name != 'DATABASE_URL' else ''}{name}" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://db.example/shop", "DATABASE_URL must read postgres://"),
        ("DATABASE_URL", "postgres://", "DATABASE_URL must read postgres://"),
        ("VAR_DIR", __file__, "VAR_DIR cannot be used: "),
    ],
)
def test_what_cannot_be_used_is_said(name: str, value: str, sentence: str) -> None:
    ended = manage("showmigrations", given={"DJANGO_SETTINGS_MODULE": "config.settings.development", name: value})

    assert ended.returncode == 1
    assert f"ImproperlyConfigured: {sentence}" in ended.stderr


def test_production_cannot_be_made_to_show_its_inside() -> None:
    program = "from django.conf import settings; print(settings.DEBUG)"

    ended = manage("shell", "-v0", "-c", program, given={**GIVEN, "DEBUG": "1"})

    assert (ended.returncode, ended.stdout) == (0, "False\n"), ended.stderr


def test_the_documentation_quotes_what_is_really_said() -> None:
    files = [path for app in ("runtime", "config") for path in (ROOT / app).rglob("*.py")]
    sources = "".join(path.read_text() for path in files)
    quoted = re.findall(r"^\| `([^`]+)`", OPERATING.split("## When it doesn't start")[1], re.MULTILINE)

    assert len(quoted) == 12
    assert [message for message in quoted if message not in sources] == []


def test_processes_that_start_at_once_keep_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    program = "import sys, pathlib, runtime.kept_secret as k; print(k.kept_secret(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(path)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    secrets = {process.communicate()[0].strip() for process in started}

    assert len(secrets) == 1
    assert {kept_secret(path)} == secrets
    assert len(kept_secret(path)) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]
