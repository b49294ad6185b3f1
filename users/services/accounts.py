"""Signing up, logging in, passwords and profiles.

Nothing here tells a stranger whether an address has an account: sign-up and reset answer alike, do the same work
(hash, write, ask for a mail), and leave the difference to the worker that sends it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import HttpRequest

from core.problems import FieldError, Problem, TooManyRequests
from core.transactions import assert_in_transaction, entry
from events.services import event_record, job_enqueue
from users.exceptions import (
    CurrentPasswordWrong,
    EmailUnverified,
    LogInRefused,
    MailedKeyInvalid,
    PasswordTooWeak,
)
from users.models import User
from users.selectors import account_get
from users.sessions import LoggedIn, Tokens, session_begin, session_begin_by_password, sessions_end
from users.throttling import Take, throttle_give_back, throttle_take


def account_sign_up(*, email: str, password: str, name: str = "", language: str = "en") -> None:
    """Make an account, unless the address has one; its owner gets a mail either way.

    Raises:
        PasswordTooWeak: by the validators of the settings.
    """
    user = User(email=email, name=name, language=language)
    _check_password(password, user, pointer="/password")
    # Hashing takes longest by far: it is done for an address that has an account too, and outside the transaction.
    user.set_password(password)
    _add_account(user=user)


@entry
def _add_account(*, user: User) -> None:
    # ON CONFLICT DO NOTHING: of two sign-ups at once one waits for the other, and then finds the address taken.
    User.objects.bulk_create([user], ignore_conflicts=True)
    holder = User.objects.annotate(lowered=Lower("email")).values_list("pk", flat=True).get(lowered=user.email)
    is_new = holder == user.pk
    _tell("user.signed_up" if is_new else "user.sign_up_repeated", holder)
    _mail("welcome" if is_new else "account_exists", user.email)


def log_in(request: HttpRequest, *, email: str, password: str) -> LoggedIn:
    """Check a password and begin a session.

    Raises:
        LogInRefused: no such account, a wrong password or a locked account; not told apart.
        TooManyRequests: too many failures.
        EmailUnverified: the address must be verified first; the mail was sent again.
        SecondFactorRequired: the password was right, and the account has a second factor.
    """
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User):
        raise LogInRefused
    outcome = _open_session(request, user=user)
    if isinstance(outcome, Problem):
        raise outcome
    return LoggedIn(user=user, tokens=outcome)


@entry
def _open_session(request: HttpRequest, *, user: User) -> Tokens | Problem:
    outcome = session_begin_by_password(request, user=user)
    if isinstance(outcome, EmailUnverified):
        with contextlib.suppress(TooManyRequests):
            throttle_take(Take("mail_email", user.email))
            _mail("verify_email", user.email)
    return outcome


@entry
def password_reset_request(*, email: str) -> None:
    """Ask for the mail with a reset key. Whether the address has an account is looked up by the worker only."""
    _mail("password_reset", email)


@entry
def password_reset(*, key: str, password: str) -> None:
    """Set a new password by the key out of a mail, end every log-in, and take the address as verified.

    Raises:
        MailedKeyInvalid: malformed, used, expired, or the account has changed since.
        PasswordTooWeak: by the validators of the settings; the key stays good.
    """
    uid, _, token = key.partition("-")
    try:
        user_id = uuid.UUID(uid)
    except ValueError as error:
        raise MailedKeyInvalid from error
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
    if user is None or not EmailAwarePasswordResetTokenGenerator().check_token(user, token):
        raise MailedKeyInvalid
    _check_password(password, user, pointer="/password")
    _set_password(user, password, "user.password_reset")
    EmailAddress.objects.filter(user=user, email=user.email).update(verified=True)


def password_change(*, user_id: uuid.UUID, current_password: str, new_password: str) -> LoggedIn:
    """Set a new password for somebody who knows the old one. Every log-in ends, and a new one begins for them.

    Raises:
        CurrentPasswordWrong: it isn't the old one.
        PasswordTooWeak: by the validators of the settings.
        TooManyRequests: the old one was given wrongly too often.
    """
    take = Take("password_user", str(user_id))
    throttle_take(take)
    logged_in = _change_password(user_id=user_id, current_password=current_password, new_password=new_password)
    throttle_give_back(take)
    return logged_in


@entry
def _change_password(*, user_id: uuid.UUID, current_password: str, new_password: str) -> LoggedIn:
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.check_password(current_password):
        raise CurrentPasswordWrong
    _check_password(new_password, user, pointer="/new_password")
    _set_password(user, new_password, "user.password_changed")
    return LoggedIn(user=user, tokens=session_begin(user=user))


@entry
def email_verify(*, key: str) -> None:
    """Take an address as verified by the key out of a mail; the same key again changes nothing.

    Raises:
        MailedKeyInvalid: malformed, expired, or the account has another address by now.
    """
    try:
        age = timedelta(days=account_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
        number = signing.loads(key, max_age=age, salt=account_settings.SALT)
    except signing.BadSignature as error:
        raise MailedKeyInvalid from error
    # allauth finds unverified addresses only, and so refuses whoever clicks twice.
    address = EmailAddress.objects.select_related("user").filter(pk=number).first()
    if address is None or address.user.email != address.email:
        raise MailedKeyInvalid
    if EmailAddress.objects.filter(pk=address.pk, verified=False).update(verified=True):
        _tell("user.email_verified", address.user_id)


@entry
def profile_update(*, user_id: uuid.UUID, changes: Mapping[str, Any], precondition: Callable[[User], None]) -> User:
    """Change what people may change of their own account; `precondition` is called with it under its lock."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    user = account_get(user_id)
    precondition(user)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=list(changes))
    _tell("user.updated", user_id, changed=sorted(changes))
    return user


def _check_password(password: str, user: User, *, pointer: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors = [
            FieldError(code=str(leaf.code), detail=" ".join(leaf.messages), pointer=pointer)
            for leaf in error.error_list
        ]
        raise PasswordTooWeak(" ".join(found.detail for found in errors), errors=tuple(errors)) from error


def _set_password(user: User, password: str, what: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions_end(user=user)
    _tell(what, user.pk)
    _mail("password_changed", user.email)


def _mail(which: str, email: str) -> None:
    assert_in_transaction()
    job_enqueue(kind="mail", payload={"mail": which, "email": email})


def _tell(what: str, user_id: uuid.UUID, **data: Any) -> None:
    event_record(type=what, aggregate_type="user", aggregate_id=user_id, data=data, actor=f"user:{user_id}")
