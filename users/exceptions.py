"""The reasons for which this app refuses."""

from collections.abc import Sequence
from dataclasses import replace

from core.problems import Conflict, FieldError, InvalidInput, NotAuthenticated, PermissionRefused
from users.rights import RIGHTS


class RightUnknown(InvalidInput):
    """A right is not one of the vocabulary's."""

    code = "right_unknown"
    title = "There is no such right."

    def __init__(self, rights: Sequence[str], pointer: str) -> None:
        """Name the first that is unknown, and all that are known."""
        detail = f"There is no right {rights[0][:40]!r}; the rights are: {', '.join(RIGHTS)}."
        super().__init__(detail, errors=(FieldError(code=self.code, detail=detail, pointer=pointer),))


class RightsExceeded(PermissionRefused):
    """Nobody gives away rights that they don't have."""

    code = "rights_exceeded"
    title = "You can't give a right that you don't have."

    def __init__(self, rights: Sequence[str]) -> None:
        """Name what the giver lacks."""
        super().__init__(f"You can't give what you don't have: {', '.join(rights)}.", missing_rights=list(rights))


class AddressInvalid(InvalidInput):
    """An address breaks its country's rules."""

    code = "address_invalid"
    title = "The address is not valid in its country."

    def __init__(self, pointer: str, errors: Sequence[FieldError]) -> None:
        """Place each error below where the address lies in the body."""
        placed = tuple(replace(error, pointer=f"{pointer}{error.pointer}") for error in errors)
        super().__init__(" ".join(error.detail for error in placed), errors=placed)


class LogInRefused(NotAuthenticated):
    """The address or the password is wrong, or the account is locked; a stranger isn't told which."""

    code = "log_in_refused"
    title = "The e-mail address or the password is wrong."


class RefreshRefused(NotAuthenticated):
    """A refresh token is no longer good."""

    code = "refresh_refused"
    title = "The refresh token has expired or was used before; log in again."


class RefreshUsedJustNow(Conflict):
    """A refresh token was exchanged a moment ago: by another tab, or by a try whose answer was lost."""

    code = "refresh_used_just_now"
    title = "This refresh token was used a moment ago; go on with the tokens that it gave, or log in again."


class EmailUnverified(PermissionRefused):
    """The shop wants addresses verified before the first log-in."""

    code = "email_unverified"
    title = "Verify your e-mail address first; the mail was sent again."


class SecondFactorRequired(PermissionRefused):
    """The password was right, and the account asks for a second factor."""

    code = "second_factor_required"
    title = "This account needs a second factor to log in."


class PasswordTooWeak(InvalidInput):
    """A new password breaks the shop's rules for passwords."""

    code = "password_too_weak"
    title = "The password is too weak."


class CurrentPasswordWrong(InvalidInput):
    """The old password, which a change of it needs, is wrong."""

    code = "current_password_wrong"
    title = "The current password is wrong; reset it by mail if it is forgotten."

    def __init__(self) -> None:
        """Point at it."""
        super().__init__(errors=(FieldError(code=self.code, detail=self.title, pointer="/current_password"),))


class MailedKeyInvalid(InvalidInput):
    """A key out of a mail is malformed, used or expired."""

    code = "mailed_key_invalid"
    title = "This key is not valid, was used, or has expired; ask for a new mail."

    def __init__(self) -> None:
        """Point at it."""
        super().__init__(errors=(FieldError(code=self.code, detail=self.title, pointer="/key"),))


class AddressBookFull(Conflict):
    """A person has as many addresses as are kept."""

    code = "address_book_full"
    title = "The address book is full."


class CustomerGroupCodeTaken(Conflict):
    """Groups are named by their codes."""

    code = "customer_group_code_taken"
    title = "There is a customer group of that code."


class CustomerGroupInUse(Conflict):
    """A price list or a promotion is for this group; without the group it would be for everybody."""

    code = "customer_group_in_use"
    title = "A price list or a promotion is for this customer group; change that first."


class RoleNameTaken(Conflict):
    """Roles are known by their names."""

    code = "role_name_taken"
    title = "There is a role of that name."


class RoleInUse(Conflict):
    """Somebody has the role."""

    code = "role_in_use"
    title = "Somebody has this role; take it from them first."


class VatIdInvalid(InvalidInput):
    """A VAT id breaks its country's rules."""

    code = "vat_id_invalid"
    title = "This is not a VAT id of the European Union."
