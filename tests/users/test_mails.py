"""The texts of mails: plain, complete, and without anything that a stranger wrote."""

import pytest

from tests.factories.users import user_make
from users.mails import MAILS, mail_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("which", sorted(MAILS))
def test_every_mail_has_a_subject_and_a_text(which: str) -> None:
    user_make(email="ana@example.com", name="<b>http://evil.example</b>")
    message = mail_of(which, "ana@example.com")
    assert message is not None
    assert message.subject
    assert "\n" not in message.subject
    assert message.to == ["ana@example.com"]
    for trace in ("{", "%", "evil", "&amp;", "Subject:"):
        assert trace not in message.body
    assert message.body.startswith("Hello,\n")


@pytest.mark.parametrize("which", sorted(MAILS))
def test_nobody_without_an_account_is_written_to(which: str) -> None:
    user_make(email="gone@example.com", is_active=False)
    assert mail_of(which, "nobody@example.com") is None
    assert mail_of(which, "gone@example.com") is None
