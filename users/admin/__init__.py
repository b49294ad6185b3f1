"""Pages of people, roles, keys and log-ins."""

from users.admin.access import ApiKeyAdmin, RoleAdmin
from users.admin.groups import CustomerGroupAdmin, GroupMembershipAdmin
from users.admin.people import AddressAdmin, UserAdmin
from users.admin.technical import SessionAdmin, ThrottleAdmin

__all__ = [
    "AddressAdmin",
    "ApiKeyAdmin",
    "CustomerGroupAdmin",
    "GroupMembershipAdmin",
    "RoleAdmin",
    "SessionAdmin",
    "ThrottleAdmin",
    "UserAdmin",
]
