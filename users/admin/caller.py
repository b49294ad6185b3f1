"""Who sits at the admin, as services and ledgers name them."""

from typing import cast

from django.http import HttpRequest

from users.callers import Caller
from users.models import User
from users.selectors import caller_of_user


def admin_caller(request: HttpRequest) -> Caller:
    """Return the person at the admin as a caller; pages are only shown to people who are logged in."""
    return caller_of_user(cast(User, request.user))
