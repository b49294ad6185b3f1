"""A secret that a checkout makes for itself at its first start and keeps: for development, where nobody gives one."""

import contextlib
import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """Return the secret kept in this file, making it first if need be.

    Whole or not there at all, the same for processes that start at once, and readable by its owner only.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - a descriptor
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # Another process was first, and its secret counts.
            os.link(made, path)
        made.unlink()
    return path.read_text()
