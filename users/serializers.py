"""What the endpoints of people take and give."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django.core.validators import EmailValidator, RegexValidator, validate_slug
from rest_framework import serializers

from core import clock
from core.serializers import AllOptional, BlankCountryField, BooleanField, StrictSerializer, TextField, UUIDField
from core.views import PageQuery
from users.addresses import AddressInput, AddressOutput, phone_example, phone_of, region_name
from users.models import Address, ApiKey, CustomerGroup, Role, User
from users.rights import RIGHTS

MAX_EMAIL = 254
MAX_PASSWORD = 200
MAX_MEMBERS = 1000


class EmailField(TextField):
    """An e-mail address, in lower case as accounts are found by it."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it as mail servers do."""
        super().__init__(max_length=MAX_EMAIL, **kwargs)
        self.validators.append(
            EmailValidator("This is not an e-mail address; give one such as ana@example.com.", code="email")
        )

    def to_internal_value(self, data: Any) -> str:
        """Take text and make it lower case, which may lengthen it: the bound is checked afterwards."""
        return super().to_internal_value(data).lower()


class PasswordField(TextField):
    """A password as it was typed: blanks count, and it is never given back."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it, so that nobody makes the server hash megabytes."""
        super().__init__(
            max_length=MAX_PASSWORD, trim_whitespace=False, write_only=True, style={"input_type": "password"}, **kwargs
        )


class NameField(TextField):
    """A person's name on one line."""

    default_error_messages = {"control": "A name can't hold control characters."}

    def to_internal_value(self, data: Any) -> str:
        """Collapse blanks."""
        name = " ".join(super().to_internal_value(data).split())
        if any(unicodedata.category(letter) == "Cc" for letter in name):
            self.fail("control")
        return name


class PhoneField(TextField):
    """A phone number with its country's prefix, kept in E.164."""

    default_error_messages = {"phone": "This is not a phone number; give it {example}."}

    def __init__(self, **kwargs: Any) -> None:
        """Bound it."""
        super().__init__(max_length=32, help_text="With + and the country's prefix; kept in E.164.", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take a number that can be dialled from anywhere."""
        text = super().to_internal_value(data)
        phone = phone_of(text, None) if text else ""
        if phone is None:
            self.fail("phone", example=phone_example(None))
        return phone


class LanguageField(TextField):
    """A language tag such as en or pt-br."""

    def __init__(self, **kwargs: Any) -> None:
        """Take BCP 47's short forms."""
        super().__init__(max_length=10, help_text="A language tag such as en or pt-br.", **kwargs)
        self.validators.append(RegexValidator(r"\A[a-z]{2,3}(-[a-zA-Z0-9]{2,6})?\Z", "Give a language tag such as en."))


class RightsField(serializers.ListField):
    """Rights out of the vocabulary."""

    def __init__(self, **kwargs: Any) -> None:
        """Document the vocabulary; the service names what it doesn't know."""
        super().__init__(child=TextField(max_length=40), max_length=len(RIGHTS), help_text=", ".join(RIGHTS), **kwargs)


class SignUpInput(StrictSerializer):
    """A new account."""

    email = EmailField()
    password = PasswordField(help_text="At least 10 characters, none of the common ones.")
    name = NameField(max_length=150, required=False, allow_blank=True, default="")
    language = LanguageField(required=False, default="en")


class LogInInput(StrictSerializer):
    """An account's e-mail address and password."""

    email = EmailField()
    password = PasswordField()


class RefreshInput(StrictSerializer):
    """A refresh token, which is good once."""

    refresh_token = TextField(max_length=4096)


class LogOutInput(StrictSerializer):
    """Which log-in ends: that of the access token in the header, or that of a refresh token."""

    refresh_token = TextField(max_length=4096, required=False)
    everywhere = BooleanField(required=False, default=False, help_text="End every log-in of the person.")


class PasswordResetInput(StrictSerializer):
    """The address whose password was forgotten."""

    email = EmailField()


class PasswordResetConfirmInput(StrictSerializer):
    """The key out of the mail, and a new password."""

    key = TextField(max_length=200)
    password = PasswordField(help_text="At least 10 characters, none of the common ones.")


class VerifyEmailInput(StrictSerializer):
    """The key out of the mail."""

    key = TextField(max_length=200)


class PasswordChangeInput(StrictSerializer):
    """The old password and the new one."""

    current_password = PasswordField()
    new_password = PasswordField(help_text="At least 10 characters, none of the common ones.")


class AcceptedOutput(serializers.Serializer[Any]):
    """What happens next, told alike whether or not the address has an account."""

    detail = serializers.CharField()


class AccountOutput(serializers.Serializer[Any]):
    """The account of the one who asks. `rights` are empty for customers."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    is_email_verified = serializers.BooleanField()
    name = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    is_staff = serializers.BooleanField()
    rights = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class LoggedInOutput(serializers.Serializer[Any]):
    """Tokens: send the access token as `Authorization: Bearer`, and exchange the refresh token before it expires."""

    user = AccountOutput()
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")


class ProfilePatch(StrictSerializer):
    """What people change of their own account."""

    name = NameField(max_length=150, required=False, allow_blank=True)
    phone = PhoneField(required=False, allow_blank=True)
    language = LanguageField(required=False)


class BookAddressInput(AddressInput):
    """An address of somebody's book."""

    is_default_shipping = BooleanField(required=False, help_text="The first address of a book is, if this is left out.")
    is_default_billing = BooleanField(required=False, help_text="The first address of a book is, if this is left out.")


class BookAddressPatch(AllOptional, BookAddressInput):
    """What changes of an address."""


class BookAddressOutput(AddressOutput):
    """An address of somebody's book."""

    id = serializers.UUIDField()
    region_name = serializers.SerializerMethodField(help_text="The region as people write it.")
    is_default_shipping = serializers.BooleanField()
    is_default_billing = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def get_region_name(self, address: Address) -> str:
        """Return it."""
        return region_name(address.country, address.region)


class CustomerQuery(PageQuery):
    """Filters of customers."""

    q = serializers.CharField(required=False, max_length=100, help_text="Words of the e-mail address or the name.")
    is_active = serializers.BooleanField(required=False, help_text="Whether they may log in.")
    group = serializers.CharField(required=False, max_length=30, help_text="The code of a customer group.")
    sort = serializers.ChoiceField(choices=["newest", "email"], required=False)


class CustomerOutput(serializers.ModelSerializer[User]):
    """A customer as staff see them in a list."""

    class Meta:
        """Nothing secret."""

        model = User
        fields: tuple[str, ...] = (
            "id",
            "email",
            "name",
            "phone",
            "language",
            "is_active",
            "note",
            "tax_exemption_reason",
            "tax_exemption_number",
            "tax_exemption_country",
            "tax_exemption_from",
            "tax_exemption_until",
            "created_at",
            "last_login",
        )


class CustomerDetailOutput(CustomerOutput):
    """A customer with their addresses, and the groups that they are in."""

    addresses = BookAddressOutput(many=True)
    groups = serializers.SerializerMethodField(help_text="Codes of customer groups.")

    class Meta(CustomerOutput.Meta):
        """Two more."""

        fields = (*CustomerOutput.Meta.fields, "addresses", "groups")

    def get_groups(self, customer: User) -> list[str]:
        """Return their codes."""
        return sorted(membership.group.code for membership in customer.memberships.all())


class CustomerPatch(StrictSerializer):
    """What staff change of a customer."""

    name = NameField(max_length=150, required=False, allow_blank=True)
    phone = PhoneField(required=False, allow_blank=True)
    language = LanguageField(required=False)
    note = TextField(max_length=5000, required=False, allow_blank=True, help_text="For staff only.")
    is_active = BooleanField(required=False, help_text="False locks the account and ends its log-ins.")
    tax_exemption_reason = TextField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="Why no tax is charged, as the invoice says it: embassy, reseller. Blank: it is charged.",
    )
    tax_exemption_number = TextField(max_length=40, required=False, allow_blank=True, help_text="The certificate's.")
    tax_exemption_country = BlankCountryField(required=False, help_text="Where it holds; blank: everywhere.")
    tax_exemption_from = serializers.DateField(required=False, allow_null=True, help_text="Its first day.")
    tax_exemption_until = serializers.DateField(required=False, allow_null=True, help_text="Its last day.")


class CustomerGroupOutput(serializers.ModelSerializer[CustomerGroup]):
    """A group of customers."""

    members_count = serializers.IntegerField(read_only=True)

    class Meta:
        """All of it."""

        model = CustomerGroup
        fields = ("id", "code", "name", "members_count", "created_at")
        read_only_fields = fields


class CustomerGroupInput(StrictSerializer):
    """A new group of customers."""

    code = TextField(max_length=30, validators=[validate_slug], help_text="Unique.")
    name = NameField(max_length=80)


class CustomerGroupPatch(AllOptional, CustomerGroupInput):
    """What can change of a group: any of it."""


class MembersInput(StrictSerializer):
    """Who comes into a group, and who leaves it, at once."""

    add = serializers.ListField(
        child=UUIDField(), required=False, default=list, max_length=MAX_MEMBERS, help_text="Ids of customers."
    )
    remove = serializers.ListField(
        child=UUIDField(), required=False, default=list, max_length=MAX_MEMBERS, help_text="Ids of customers."
    )


class ApiKeyInput(StrictSerializer):
    """A new key."""

    name = NameField(max_length=80, help_text="What it is for.")
    scopes = RightsField()
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """Refuse a key that would never open anything."""
        if value is not None and value <= clock.now():
            raise serializers.ValidationError(
                "Give a time in the future, or leave it out for a key without end.", "past"
            )
        return value


class ApiKeyOutput(serializers.ModelSerializer[ApiKey]):
    """A key, without its secret."""

    class Meta:
        """Nothing secret."""

        model = ApiKey
        fields: tuple[str, ...] = (
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        )


class NewApiKeyOutput(ApiKeyOutput):
    """A key just made: the only answer that shows its secret."""

    key = serializers.CharField(help_text="Send it as `Authorization: Bearer`; it is not shown again.")

    class Meta(ApiKeyOutput.Meta):
        """One more."""

        fields = (*ApiKeyOutput.Meta.fields, "key")


class RoleInput(StrictSerializer):
    """A new role."""

    name = NameField(max_length=60)
    rights = RightsField()


class RolePatch(StrictSerializer):
    """What changes of a role."""

    name = NameField(max_length=60, required=False)
    rights = RightsField(required=False)


class RoleOutput(serializers.ModelSerializer[Role]):
    """A role."""

    class Meta:
        """All of it."""

        model = Role
        fields = ("id", "name", "rights")
