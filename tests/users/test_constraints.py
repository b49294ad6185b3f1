"""The schema is the last line of defence: each of its named rules, broken by hand."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.users import group_make, user_make
from tests.schema import constraints_of
from users.models import User

pytestmark = pytest.mark.django_db

ADDRESS = (
    "INSERT INTO users_address (id, user_id, name, company, line1, line2, city, region, postal_code, country, phone,"
    " is_default_shipping, is_default_billing, created_at)"
    " VALUES (gen_random_uuid(), %(user)s, '', '', '', '', '', '', '', 'DE', '', {}, {}, now())"
)
MEMBERSHIP = (
    "INSERT INTO users_groupmembership (id, group_id, user_id, created_at)"
    " SELECT gen_random_uuid(), id, %(user)s, now() FROM users_customergroup"
)
BROKEN = {
    "users_user_email": (
        "INSERT INTO users_user (id, password, is_superuser, email, name, phone, language, is_active, is_staff, note,"
        " created_at, tax_exemption_reason, tax_exemption_number, tax_exemption_country)"
        " VALUES (%(new)s, '', false, 'ANA@example.com', '', '', 'en', true, false, '', now(), '', '', '')"
    ),
    "users_user_tax_exemption": (
        "UPDATE users_user SET tax_exemption_from = '2026-02-01', tax_exemption_until = '2026-01-01'"
    ),
    "users_address_default_shipping": f"{ADDRESS.format('true', 'false')}; {ADDRESS.format('true', 'false')}",
    "users_address_default_billing": f"{ADDRESS.format('false', 'true')}; {ADDRESS.format('false', 'true')}",
    "users_groupmembership_once": f"{MEMBERSHIP}; {MEMBERSHIP}",
}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("users")


@pytest.mark.parametrize("rule", BROKEN)
def test_rule_holds_in_the_database(rule: str) -> None:
    user = user_make(email="ana@example.com")
    group_make()
    with pytest.raises(IntegrityError, match=f'"{rule}"'), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[rule], {"user": user.pk, "new": uuid.uuid4()})


def test_accounts_are_found_by_an_index(django_assert_num_queries: object) -> None:
    user_make(email="ana@example.com")
    assert User.objects.get_by_natural_key(" ANA@example.com").email == "ana@example.com"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for rows, index in (
            (User.objects.filter(email__icontains="example"), "users_user_email_words"),
            (User.objects.filter(name__icontains="pérez"), "users_user_name_words"),
        ):
            assert index in rows.explain()
        cursor.execute("EXPLAIN SELECT id FROM users_user WHERE lower(email) = 'ana@example.com'")
        assert "users_user_email" in str(cursor.fetchall())
