"""The image and the composition, as far as they can be tried without an engine: their texts, and each step by hand."""

import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from runtime import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and argument, without comments, each on one line."""
    lines = "\n".join(line for line in DOCKERFILE.split("\n") if not line.strip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.split("\n")) if word]


def last(word: str) -> str:
    """The argument of the last instruction of this kind, which is the one that counts."""
    return [rest for each, rest in instructions() if each == word][-1]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(part.split("=", 1) for each, rest in instructions() if each == "ENV" for part in shlex.split(rest))


def context() -> set[str]:
    """The names beside the Dockerfile that .dockerignore lets in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return {line[1:] for line in lines if line.startswith("!")}


def composed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE)
    return found


def test_what_the_image_copies_is_there() -> None:
    copied = [rest.split() for word, rest in instructions() if word == "COPY"]

    assert ["requirements.lock", "."] in copied
    assert [".", "."] in copied
    assert all((ROOT / name).exists() for name in context())


def test_every_app_is_in_the_image_and_nothing_private() -> None:
    ours = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}

    assert ours | {"config", "core", "manage.py", "requirements.lock"} <= context()
    assert not context() & {".env", ".git", "var", "tests", ".venv", "requirements-dev.lock"}


def test_the_image_runs_without_root_on_packages_with_hashes() -> None:
    assert last("USER") == "10001"
    assert last("CMD").startswith('["granian", ')
    assert "--require-hashes" in DOCKERFILE
    assert environment()["DJANGO_SETTINGS_MODULE"] == "config.settings.production"
    assert not {"SECRET_KEY", "DATABASE_URL"} & environment().keys()


def test_secrets_have_no_default() -> None:
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"):
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", COMPOSE)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_only_the_web_server_can_be_reached_from_outside() -> None:
    services = composed()["services"]

    assert {name for name, service in services.items() if "ports" in service} == {"web"}
    assert services["web"]["ports"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]
    assert {name for name, service in services.items() if service.get("privileged")} == set()


def test_everything_waits_for_what_it_needs() -> None:
    services = composed()["services"]

    assert services["database"]["image"] == "postgres:18"
    assert services["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {
            "database": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_commands_of_the_composition_are_commands_of_tienda() -> None:
    services = composed()["services"]

    assert services["worker"]["command"] == ["python", "manage.py", "worker"]
    assert services["migrate"]["command"] == ["python", "manage.py", "migrate", "--no-input"]
    assert "command" not in services["web"]


def test_the_volumes_are_declared_and_are_where_the_image_keeps_things() -> None:
    found = composed()
    used = {volume.split(":")[0] for service in found["services"].values() for volume in service["volumes"]}

    assert used == set(found["volumes"])
    assert found["services"]["web"]["volumes"] == [f"data:{environment()['VAR_DIR']}"]


def tool(name: str) -> str:
    """The path of a tool; .ci/run installs those that a machine lacks, and without one a proof is not skipped."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: .ci/run shows how"
    return found


@pytest.mark.slow
def test_the_composition_follows_the_schema_of_compose(tmp_path: Path) -> None:
    rules = {
        "no-unbound-port-interfaces": 0,
        "require-quotes-in-ports": 0,
        "service-keys-order": 0,
        "top-level-properties-order": 0,
    }
    (tmp_path / "rules.json").write_text(json.dumps({"rules": rules}))  # About order, and blind to ${...} in ports.

    command = [tool("dclint"), "--config", str(tmp_path / "rules.json"), "--max-warnings", "0", "docker-compose.yml"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_the_dockerfile_follows_good_practice() -> None:
    ended = subprocess.run([tool("hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout


@pytest.fixture
def application(open_folder: Path) -> Path:
    """What `COPY . .` puts into the image, in a folder of its own: tracked files that .dockerignore lets in."""
    folder = open_folder / "app"
    listed = subprocess.run([tool("git"), "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if name.split("/")[0] in context() and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def address(open_folder: Path) -> Iterator[str]:
    """A database as the composition gives one: by DATABASE_URL."""
    cluster = embedded_postgres.join(open_folder / "pg", disposable=True)
    yield f"postgres://{cluster.url().removeprefix('postgresql://')}"
    embedded_postgres.leave(open_folder / "pg")


def answer(port: int, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        with contextlib.suppress(OSError):
            answer(port, "/healthz")
            return
        time.sleep(0.1)
    raise AssertionError(f"the server ended with status {server.returncode}")


@pytest.mark.slow
def test_the_image_s_steps_by_hand_make_a_shop_that_answers(application: Path, open_folder: Path, address: str) -> None:
    data, static = open_folder / "data", open_folder / "static"
    (data / "media").mkdir(parents=True)
    (data / "media" / "a.txt").write_text("a picture")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    given = {"SECRET_KEY": "s" * 60, "ALLOWED_HOSTS": "shop.example", "DATABASE_URL": address}
    image = environment() | {"VAR_DIR": str(data), "STATIC_ROOT": str(static), "PATH": os.environ["PATH"]}
    image["GRANIAN_STATIC_PATH_MOUNT"] = str(data / "media")
    image |= {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port)}

    def step(*command: str, **variables: str) -> None:
        subprocess.run([sys.executable, *command], cwd=application, env=image | variables, check=True)

    collecting = last("RUN").split(" && ")[0]
    assert "manage.py collectstatic" in collecting
    variables = dict(part.split("=", 1) for part in collecting.split(" python ")[0].split())
    step(*collecting.split(" python ")[1].split(), **variables)
    step(*composed()["services"]["migrate"]["command"][1:], **given)

    server = subprocess.Popen(
        [sys.executable, "-m", *json.loads(last("CMD"))], cwd=application, env=image | given, start_new_session=True
    )
    try:
        wait_for(port, server)
        style = next(static.glob("admin/css/base.*.css")).relative_to(static)
        secure = {"Host": "shop.example", "X-Forwarded-Proto": "https"}

        assert answer(port, "/readyz")[0] == 200
        assert answer(port, "/media/a.txt")[:2] == (200, b"a picture")
        assert answer(port, "/admin/login/", **secure)[0] == 200
        assert answer(port, f"/static/{style}", **secure)[0] == 200
        assert answer(port, "/api/v1/openapi.json", **secure)[0] == 200
        assert answer(port, "/admin/login/", Host="shop.example")[0] == 301
        assert answer(port, "/admin/login/", Host="other.example", **{"X-Forwarded-Proto": "https"})[0] == 400
        check = json.loads(last("HEALTHCHECK").split(" CMD ")[1])
        subprocess.run([sys.executable, *check[1:-1], check[-1].replace(":8000", f":{port}")], check=True)
    finally:
        server.terminate()
        server.wait(timeout=120)
    assert server.returncode == 0
