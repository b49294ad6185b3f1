"""`manage.py create_api_key NAME --scopes A B`: a machine's first key, made by the operator of the shop."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.problems import Problem
from users.rights import RIGHTS
from users.services import api_key_create


class Command(BaseCommand):
    """Make an API key and print it; it is not kept anywhere and can't be shown again."""

    help = "Make an API key and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a name, the rights, and how long it is good."""
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--scopes", nargs="+", required=True, help=f"out of: {', '.join(RIGHTS)}")
        parser.add_argument("--days", type=int, help="how many days it is good; without end if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it. Standard output has the key and nothing else, so that a script can read it."""
        name, days = options["name"].strip(), options["days"]
        if not 0 < len(name) <= 80 or not name.isprintable():  # noqa: PLR2004 (as the table has it)
            raise CommandError("Give the key a name of 80 characters at the most.")
        if days is not None and not 0 < days <= 36500:  # noqa: PLR2004 (a hundred years)
            raise CommandError("Give --days a number from 1 to 36500.")
        scopes = [scope for word in options["scopes"] for scope in word.replace(",", " ").split()]
        try:
            key, secret = api_key_create(
                name=name, scopes=scopes, expires_at=clock.now() + timedelta(days=days) if days else None
            )
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stderr.write(f"{key.name}: {', '.join(key.scopes) or 'no rights'}. Keep it now; it is not shown again.")
        self.stdout.write(secret)
