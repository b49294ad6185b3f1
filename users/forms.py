"""The admin's log-in page. What it checks is users/backends.py's."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from core.problems import TooManyRequests


class AdminLogInForm(AuthenticationForm):
    """E-mail and password, saying so when there were too many failures."""

    def clean(self) -> dict[str, Any]:
        """Check the password; what the API answers with 429 is a sentence here."""
        try:
            return super().clean()
        except TooManyRequests as problem:
            raise ValidationError(problem.detail, code=problem.code) from problem
