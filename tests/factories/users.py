"""People and keys."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from users.models import CustomerGroup, GroupMembership, Role, User
from users.services import api_key_create

_number = count(1)
PASSWORD = "a-long-enough-password"


def user_make(*, email: str | None = None, password: str = PASSWORD, **fields: Any) -> User:
    """Make a customer."""
    return User.objects.create_user(email or f"person{next(_number)}@example.com", password, **fields)


def staff_make(*, rights: Sequence[str] = (), email: str | None = None, **fields: Any) -> User:
    """Make a member of staff with exactly these rights, by a role of their own."""
    user = user_make(email=email, is_staff=True, **fields)
    if rights:
        role = Role.objects.create(name=f"Role {next(_number)}", rights=list(rights))
        user.roles.add(role)
    return user


def group_make(code: str = "wholesale", *, members: Sequence[User] = ()) -> CustomerGroup:
    """Make a group of these customers."""
    group = CustomerGroup.objects.create(code=code, name=code.title())
    GroupMembership.objects.bulk_create([GroupMembership(group=group, user=user) for user in members])
    return group


def api_key_make(*, scopes: Sequence[str] = (), name: str = "Test key", **fields: Any) -> str:
    """Make an API key with exactly these rights and return its secret text."""
    return api_key_create(name=name, scopes=scopes, **fields)[1]
