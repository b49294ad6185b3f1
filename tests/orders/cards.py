"""Gift cards as goods: what tests of selling them share."""

from promotions.models import CreditEntry, GiftCard

PRICE = 5000


def entries_of(card: GiftCard) -> list[tuple[str, int]]:
    return list(CreditEntry.objects.filter(card=card).order_by("id").values_list("kind", "amount"))
