"""The reasons for which this app refuses."""

from collections.abc import Sequence
from dataclasses import replace

from core.problems import FieldError, InvalidInput, PermissionRefused
from users.rights import RIGHTS


class RightUnknown(InvalidInput):
    """A right is not one of the vocabulary's."""

    code = "right_unknown"
    title = "There is no such right."

    def __init__(self, rights: Sequence[str]) -> None:
        """Name the first that is unknown, and all that are known."""
        detail = f"There is no right {rights[0][:40]!r}; the rights are: {', '.join(RIGHTS)}."
        super().__init__(detail, errors=(FieldError(code=self.code, detail=detail, pointer=""),))


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
