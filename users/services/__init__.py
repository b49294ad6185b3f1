"""Every write of people, their addresses, keys and roles. One file per area; these are the doors."""

from users.services.accounts import (
    account_sign_up,
    email_verify,
    log_in,
    password_change,
    password_reset,
    password_reset_request,
    profile_update,
)
from users.services.addresses import address_create, address_delete, address_update
from users.services.customers import customer_update
from users.services.groups import (
    customer_group_create,
    customer_group_delete,
    customer_group_members_change,
    customer_group_update,
)
from users.services.keys import api_key_create, api_key_revoke, api_key_touch
from users.services.roles import role_create, role_delete, role_update

__all__ = [
    "account_sign_up",
    "address_create",
    "address_delete",
    "address_update",
    "api_key_create",
    "api_key_revoke",
    "api_key_touch",
    "customer_group_create",
    "customer_group_delete",
    "customer_group_members_change",
    "customer_group_update",
    "customer_update",
    "email_verify",
    "log_in",
    "password_change",
    "password_reset",
    "password_reset_request",
    "profile_update",
    "role_create",
    "role_delete",
    "role_update",
]
