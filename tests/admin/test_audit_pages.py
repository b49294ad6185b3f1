"""The audit in the admin: the start page's red line, the runs, and the button that asks for one."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditRun
from audit.services import audit_record
from events.models import Job
from inventory.models import StockLevel
from tests.audit.books import stocked_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]

RUN = "/admin/audit/auditrun/run/"
LIST = "/admin/audit/auditrun/"


def alarm_of(browser: Client) -> str:
    page = browser.get("/admin/").content.decode()
    return page.partition('id="audit-alarm"')[2].partition("</section>")[0]


def test_what_does_not_add_up_is_a_red_line_that_leads_to_the_run(
    boss: Client, browser_of: Callable[..., Client]
) -> None:
    assert f'<a href="{LIST}">The books have not been audited yet.' in alarm_of(boss)
    stocked_make("CUP", 5)
    audit_record()
    assert alarm_of(boss) == ""

    StockLevel.objects.update(on_hand=6)
    run = audit_record()
    page = reverse("admin:audit_auditrun_change", args=[run.pk])
    assert f'<a href="{page}">The books don&#x27;t add up: the last audit found 1 difference.</a>' in alarm_of(boss)
    assert alarm_of(browser_of(["orders:read", "stock:read"])) == ""
    auditor = browser_of(["audit:read"])
    assert "1 difference" in alarm_of(auditor)
    shown = auditor.get(page).content.decode()
    assert "CUP @ main" in shown
    assert "What a level has on hand, reserved and incoming is the sum of its movements." in shown
    assert auditor.post(page, {"difference_count": "0"}).status_code == 403
    listed = auditor.get(LIST).content.decode()
    assert "differs" in listed
    assert "adds up" in listed
    found = auditor.get(reverse("admin:audit_auditdifference_changelist"), {"q": str(StockLevel.objects.get().pk)})
    assert "CUP @ main" in found.content.decode()


def test_the_button_asks_the_worker_once(boss: Client, browser_of: Callable[..., Client]) -> None:
    assert f'action="{RUN}"' in boss.get(LIST).content.decode()
    response = boss.post(RUN, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "The worker will audit everything in a moment; come back to see what it found."
    ]
    response = boss.post(RUN, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["An audit is on its way already."]
    assert Job.objects.filter(kind="audit").count() == 1
    assert not AuditRun.objects.exists()

    assert boss.get(RUN).status_code == 403
    assert browser_of(["orders:write", "stock:write"]).post(RUN).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    assert strict.post(RUN).status_code == 403
    assert Job.objects.filter(kind="audit").count() == 1
