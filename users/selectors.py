"""Every read of people and keys, scoped to who asks."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, Func, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from core import clock
from core.problems import NotFound
from users.callers import Caller
from users.exceptions import RightsExceeded, RightUnknown
from users.keys import key_digest, key_prefix
from users.models import Address, ApiKey, CustomerGroup, GroupMembership, Role, Session, User
from users.rights import ALL_RIGHTS

M = TypeVar("M", bound=Model)

_TOUCH_AFTER = timedelta(minutes=1)
_MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class TokenUser:
    """The person behind an access token, and the session that the token belongs to."""

    user: User
    caller: Caller
    session_key: str


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """The machine behind an API key, and whether the time of its last use is due to be written."""

    key_id: uuid.UUID
    caller: Caller
    is_touch_due: bool


def user_of_access_token(token: str) -> TokenUser | None:
    """Return the active person whom a valid access token names, in one query; None for any other text.

    A token is good while its session is (log-out ends it at once) and while the password is the one that it was
    issued under.
    """
    payload = jwt.decode_token(token, "access")
    session_key = jwt.session_key_from_sid(payload["sid"]) if payload else None
    user_id = _uuid_of(payload["sub"]) if payload else None
    if payload is None or session_key is None or user_id is None:
        return None
    sessions = Session.objects.filter(session_key=session_key, user=OuterRef("pk"), expire_date__gt=clock.now())
    user = _with_rights(User.objects.filter(Exists(sessions), pk=user_id, is_active=True)).first()
    if user is None or not hmac.compare_digest(str(payload.get("pwd", "")), password_mark(user)):
        return None
    return TokenUser(user=user, caller=caller_of_user(user), session_key=session_key)


def session_user(session_key: str) -> User | None:
    """Return the person whose log-in a session is."""
    return User.objects.filter(sessions=session_key).first()


def password_mark(user: User) -> str:
    """Return what an access token carries of the password's hash, so that changing it ends every token."""
    return user.get_session_auth_hash()[:16]


def caller_of_user(user: User) -> Caller:
    """Return the person as a caller: staff with their roles' rights (superusers with all), customers with none."""
    return Caller(user_id=user.pk, rights=rights_of(user), is_staff=user.is_staff)


def user_with_rights(user_id: uuid.UUID) -> User | None:
    """Return a person with the rights of their roles loaded, in one query."""
    return _with_rights(User.objects.filter(pk=user_id)).first()


def rights_of(user: User) -> frozenset[str]:
    """Return the rights of a person; no query when `role_rights` was loaded with them."""
    if not (user.is_staff and user.is_active):
        return frozenset()
    return ALL_RIGHTS if user.is_superuser else role_rights_of(user)


def role_rights_of(user: User) -> frozenset[str]:
    """Return the rights of a person's roles, whether or not the person may use them just now."""
    loaded: Iterable[str] | None = getattr(user, "role_rights", None)
    if loaded is None:
        loaded = {right for role in user.roles.all() for right in role.rights}
    return ALL_RIGHTS & frozenset(loaded)


def caller_of_key(secret: str, *, now: datetime | None = None) -> KeyCaller | None:
    """Return the machine behind a key, in one query; None when it is unknown, revoked or expired."""
    now = now or clock.now()
    prefix = key_prefix(secret)
    key = ApiKey.objects.filter(prefix=prefix).first() if prefix else None
    if key is None or not hmac.compare_digest(bytes(key.digest), key_digest(secret)):
        return None
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    caller = Caller(key_prefix=key.prefix, rights=ALL_RIGHTS & frozenset(key.scopes))
    is_touch_due = key.last_used_at is None or key.last_used_at <= now - _TOUCH_AFTER
    return KeyCaller(key_id=key.pk, caller=caller, is_touch_due=is_touch_due)


def rights_check(
    rights: Collection[str], *, giver: Caller | None, pointer: str, is_removal_of: Collection[str] = ()
) -> None:
    """Refuse rights that are not in the vocabulary, or that the giver doesn't have (None is the shell, who has all).

    A right of `is_removal_of` may be one that the vocabulary has lost: taking it away must stay possible.

    Raises:
        RightUnknown, RightsExceeded: as said.
    """
    unknown = sorted(set(rights) - ALL_RIGHTS - set(is_removal_of))
    if unknown:
        raise RightUnknown(unknown, pointer)
    missing = sorted((set(rights) & ALL_RIGHTS) - giver.rights) if giver is not None else []
    if missing:
        raise RightsExceeded(missing)


def account_get(user_id: uuid.UUID) -> User:
    """Return a person as their own account page shows them: with rights, and whether the address is verified."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    found: User = _with_rights(User.objects.annotate(is_email_verified=Exists(verified))).get(pk=user_id)
    return found


def address_list(user_id: uuid.UUID) -> QuerySet[Address]:
    """Return the addresses of one person's book."""
    return Address.objects.filter(user_id=user_id)


def address_get(user_id: uuid.UUID, address_id: uuid.UUID) -> Address:
    """Return an address of one person's book.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    return _found(address_list(user_id).filter(pk=address_id).first())


def customer_list(
    caller: Caller, *, q: str = "", is_active: bool | None = None, group: str | None = None
) -> QuerySet[User]:
    """Return customers for staff who may see them; `q` is looked for anywhere in address and name; `group` is a code.

    Accounts of staff are not among them: who may change customers must not reach those who may do more.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:read`.
    """
    caller.require("customers:read")
    customers = User.objects.filter(is_staff=False, is_superuser=False)
    for word in q.split()[:_MAX_WORDS]:
        customers = customers.filter(Q(email__icontains=word) | Q(name__icontains=word))
    if group is not None:
        customers = customers.filter(Exists(GroupMembership.objects.filter(user=OuterRef("pk"), group__code=group)))
    return customers if is_active is None else customers.filter(is_active=is_active)


def customer_get(caller: Caller, customer_id: uuid.UUID) -> User:
    """Return one customer, with their addresses and groups.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:read`.
        NotFound: there is no such customer.
    """
    return _found(
        customer_list(caller).prefetch_related("addresses", "memberships__group").filter(pk=customer_id).first()
    )


def customer_group_list(caller: Caller) -> QuerySet[CustomerGroup]:
    """Return all groups of customers, each with its `members_count`.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:read`.
    """
    caller.require("customers:read")
    members = GroupMembership.objects.filter(group=OuterRef("pk")).order_by().values("group")
    count = Subquery(members.annotate(number=Count("*")).values("number"))
    return CustomerGroup.objects.annotate(members_count=Coalesce(count, 0))


def customer_group_get(caller: Caller, group_id: uuid.UUID) -> CustomerGroup:
    """Return one group of customers, with its `members_count`.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `customers:read`.
        NotFound: there is none.
    """
    return _found(customer_group_list(caller).filter(pk=group_id).first())


@dataclass(frozen=True, slots=True)
class TaxExemption:
    """Why a customer pays no tax, and the number of the certificate, blank if it has none."""

    user_id: uuid.UUID
    reason: str
    number: str


def tax_exemption_of(user_id: uuid.UUID | None, *, country: str, day: date) -> TaxExemption | None:
    """Return why a customer pays no tax in a country on a day; None if they do. One query, none for a guest."""
    if user_id is None:
        return None
    found = (
        User.objects.filter(pk=user_id, tax_exemption_country__in=("", country))
        .exclude(tax_exemption_reason="")
        .exclude(tax_exemption_from__gt=day)
        .exclude(tax_exemption_until__lt=day)
        .values_list("tax_exemption_reason", "tax_exemption_number")
        .first()
    )
    return None if found is None else TaxExemption(user_id, *found)


def group_ids_of(user_id: uuid.UUID | None) -> frozenset[uuid.UUID]:
    """Return the groups that a customer is in; a guest is in none. One query, none for a guest."""
    if user_id is None:
        return frozenset()
    return frozenset(GroupMembership.objects.filter(user_id=user_id).order_by().values_list("group_id", flat=True))


def api_key_list(caller: Caller) -> QuerySet[ApiKey]:
    """Return all keys, for those who manage access.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `access:write`.
    """
    caller.require("access:write")
    return ApiKey.objects.all()


def api_key_get(caller: Caller, key_id: uuid.UUID) -> ApiKey:
    """Return one key, for those who manage access.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `access:write`.
        NotFound: there is none.
    """
    return _found(api_key_list(caller).filter(pk=key_id).first())


def role_list(caller: Caller) -> QuerySet[Role]:
    """Return all roles, for those who manage access.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `access:write`.
    """
    caller.require("access:write")
    return Role.objects.all()


def role_get(caller: Caller, role_id: uuid.UUID) -> Role:
    """Return one role, for those who manage access.

    Raises:
        NotAuthenticated, PermissionRefused: the caller lacks `access:write`.
        NotFound: there is none.
    """
    return _found(role_list(caller).filter(pk=role_id).first())


def _found(row: M | None) -> M:
    if row is None:
        raise NotFound
    return row


def _with_rights(users: QuerySet[User]) -> QuerySet[Any]:
    each = Role.objects.filter(users=OuterRef("pk")).order_by()
    right = Func(F("rights"), function="unnest", output_field=TextField())
    return users.annotate(role_rights=ArraySubquery(each.annotate(right=right).values("right"), default=Value([])))


def _uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
