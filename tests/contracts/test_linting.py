"""spectral and redocly find nothing to say about the OpenAPI document. Slow, since it wants both on the PATH.

Without them: `npm install -g @stoplight/spectral-cli@6.16.3 @redocly/cli@2.77.0`, the versions of .ci/run.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the document and the rules in it."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    (tmp_path / "openapi.json").write_text(json.dumps(document, default=str))
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    (tmp_path / "redocly.yaml").write_text('extends: ["recommended"]\n')
    return tmp_path


def _run(folder: Path, name: str, *options: str) -> str:
    tool = shutil.which(name)
    assert tool, f"{name} is not on the PATH"
    finished = subprocess.run(
        [tool, *options],
        cwd=folder,
        # redocly would ask the network whether there is a newer one.
        env=os.environ | {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (finished.stdout + finished.stderr)[-8000:]
    assert finished.returncode == 0, said
    return said


def test_spectral_is_content(folder: Path) -> None:
    _run(folder, "spectral", "lint", "--fail-severity=hint", "openapi.json")


def test_redocly_is_content(folder: Path) -> None:
    # Its warnings don't fail it.
    assert "warning" not in _run(folder, "redocly", "lint", "--max-problems=1000", "openapi.json").replace(
        "Deprecation warning", ""
    )


def test_both_would_speak_up(folder: Path) -> None:
    (folder / "openapi.json").write_text(json.dumps({"openapi": "3.1.1", "info": {"title": "x"}, "paths": {}}))
    for name, options in (("spectral", ("--fail-severity=hint",)), ("redocly", ())):
        with pytest.raises(AssertionError):
            _run(folder, name, "lint", *options, "openapi.json")
