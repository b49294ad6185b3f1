"""What the worker does for accounts: send their mails, and sweep out what has expired."""

from __future__ import annotations

from core import clock
from users.mails import mail_of
from users.models import Session, Throttle


def mail_send(*, mail: str, email: str) -> None:
    """Send one mail, if the address has an account. A worker that dies between sending and noting it sends twice."""
    message = mail_of(mail, email)
    if message is not None:
        message.send()


def sweep() -> None:
    """Delete log-ins and windows of counting that are over."""
    now = clock.now()
    Session.objects.filter(expire_date__lte=now).delete()
    Throttle.objects.filter(until__lte=now).delete()
