#!/usr/bin/env python3
"""The one door to Tienda: `python3 manage.py up`, `test`, `lint`, `db`, and every command of Django.

It works on a machine with nothing but Python 3.11: what is missing is installed into `.venv` beside this file first
(`runtime/bootstrap.py`). Nothing else belongs here.
"""

import os
import sys
from pathlib import Path

# Said before anything else is imported, because an older Python fails on the syntax of the files below.
if sys.version_info < (3, 11):  # noqa: UP036 - the person who runs an older Python is whom this line is for
    sys.exit(
        f"Tienda needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]} "
        f"({sys.executable}). Install a newer one and name it: python3.11 manage.py up"
    )
if os.name != "posix":
    sys.exit("Tienda runs on Linux and macOS. On Windows run it in WSL 2, or with `docker compose up`.")

from runtime import bootstrap

if __name__ == "__main__":
    bootstrap.prepare(Path(__file__).resolve().parent, sys.argv)

    # Only now is Django certain to be there.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
