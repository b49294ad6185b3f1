"""The mails about accounts: who gets which, and its text. They are sent by the worker (users/tasks.py)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from users.models import User

MAILS = frozenset({"welcome", "account_exists", "verify_email", "password_reset", "password_changed"})


def mail_of(which: str, email: str) -> EmailMessage | None:
    """Return the mail to send; None when the address has no account, or one that may not log in.

    Keys are made here, at the moment of sending, so that none lies in a table of jobs.
    """
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return None
    context = {"user": user, **_key(which, user)}
    text = render_to_string(f"users/mail/{which}.txt", context)
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(subject=subject.removeprefix("Subject: ").strip(), body=body.strip() + "\n", to=[user.email])


def _key(which: str, user: User) -> Mapping[str, str]:
    if which == "password_reset":
        key = f"{user.pk.hex}-{EmailAwarePasswordResetTokenGenerator().make_token(user)}"
        return _with_url(key, settings.PASSWORD_RESET_URL)
    if which in {"welcome", "verify_email"}:
        defaults = {"primary": True}
        address, _ = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults=defaults)
        return _with_url(EmailConfirmationHMAC(address).key, settings.EMAIL_VERIFICATION_URL)
    return {}


def _with_url(key: str, url: str) -> Mapping[str, str]:
    return {"key": key, "url": url.replace("{key}", quote(key))}
