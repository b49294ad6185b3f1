"""The log-in form of the admin, apart from its pages since the admin loads it before them; see users/backends.py."""

from typing import Any

from django import forms
from unfold.forms import AuthenticationForm

from core.problems import Problem


class LoginForm(AuthenticationForm):
    """E-mail and password; too many failures are told in the form."""

    def clean(self) -> dict[str, Any]:
        """Check, and tell why nobody may try again just yet."""
        try:
            return super().clean()
        except Problem as problem:
            raise forms.ValidationError(problem.detail) from problem
