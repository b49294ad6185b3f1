"""Refusals of gift cards and store credit."""

from core.problems import Conflict, InvalidInput, NotFound


class GiftCardNotFound(NotFound):
    """No gift card has this id."""

    code = "gift_card_not_found"
    title = "There is no such gift card."


class CreditAmountInvalid(InvalidInput):
    """An amount that changes nothing, or in another currency than the balance."""

    code = "credit_amount_invalid"
    title = "That amount can't be put on or taken off here."


class CreditInsufficient(Conflict):
    """More is to be taken than there is, or more put on than a balance can count; nothing was changed."""

    code = "credit_insufficient"
    title = "The balance doesn't allow that."


class GiftCardExpiryPast(InvalidInput):
    """A card would be over before it is there."""

    code = "gift_card_expiry_past"
    title = "A gift card can't expire in the past; to stop one, make it inactive."
