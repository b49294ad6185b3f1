"""What the tests of accounts share."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage

from events.models import Job
from events.worker import Worker


@pytest.fixture
def mails() -> Callable[[], list[EmailMessage]]:
    """Return a function that lets the worker send what is waiting, and returns it."""

    def send() -> list[EmailMessage]:
        Worker(handlers=settings.JOB_HANDLERS, periodic={}).run_due()
        assert not Job.objects.exclude(status=Job.Status.DONE).exists()
        sent, mail.outbox = mail.outbox, []
        return sent

    return send
