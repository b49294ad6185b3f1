"""Making codes: one that somebody has thought of, or very many that nobody can guess."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from core import clock
from core.ids import uuid7
from core.transactions import entry
from promotions.exceptions import CodeTaken, PromotionCodesFull
from promotions.models import MAX_CODES, Code
from promotions.selectors import code_get, promotion_for_update

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 and O, 1, I and L, and U, which looks like V: codes are read out and typed."""
LENGTH = 13
"""63 random bits."""
_CHUNK = 10_000

# A code that is there already is left out, so that the next round makes another one in its place.
_INSERT = """
INSERT INTO promotions_code (id, promotion_id, code, use_limit, batch, created_at)
SELECT n.id, %(promotion)s, n.code, %(use_limit)s, %(batch)s, %(at)s
FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS n (id, code)
ON CONFLICT (code) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes that were generated together, and how many there are."""

    batch: uuid.UUID
    count: int


@entry
def code_create(*, promotion_id: uuid.UUID, code: str, use_limit: int | None = None) -> Code:
    """Make one code, in capitals however it is written.

    Raises:
        PromotionNotFound: there is no such promotion.
        CodeTaken: the code exists already, of this promotion or another.
        PromotionCodesFull: the promotion has as many as it can take.
    """
    promotion = promotion_for_update(promotion_id)
    _check_room(promotion.id, 1)
    try:
        with transaction.atomic():
            made = Code.objects.create(promotion_id=promotion.id, code=code.strip().upper(), use_limit=use_limit)
    except IntegrityError as error:
        if "promotions_code_code" not in str(error):
            raise
        raise CodeTaken from error
    return code_get(promotion_id, made.code)


@entry
def code_delete(*, promotion_id: uuid.UUID, code: str) -> None:
    """Delete a code: carts lose it, orders keep what they had by it.

    Raises:
        CodeNotFound: the promotion has no such code.
    """
    code_get(promotion_id, code).delete()


@entry
def codes_generate(*, promotion_id: uuid.UUID, count: int, prefix: str = "", use_limit: int | None = 1) -> Batch:
    """Make many codes at once, all or none: the prefix, a dash, and 63 bits that nobody can guess.

    One statement for each ten thousand. A code that exists already is made anew.

    Raises:
        PromotionNotFound: there is no such promotion.
        PromotionCodesFull: the promotion can't take so many more.
    """
    promotion = promotion_for_update(promotion_id)
    _check_room(promotion.id, count)
    batch = uuid7()
    start = f"{prefix.strip().upper()}-" if prefix.strip() else ""
    missing = count
    with connection.cursor() as cursor:
        while missing:
            codes = {f"{start}{_random()}" for _ in range(min(missing, _CHUNK))}
            parameters = {
                "promotion": promotion.id,
                "use_limit": use_limit,
                "batch": batch,
                "at": clock.now(),
                "ids": [uuid7() for _ in codes],
                "codes": list(codes),
            }
            cursor.execute(_INSERT, parameters)
            missing -= cursor.rowcount
    return Batch(batch, count)


def _check_room(promotion_id: uuid.UUID, count: int) -> None:
    """Refuse codes beyond what a promotion takes; its row is locked, so nobody else adds any meanwhile."""
    if Code.objects.filter(promotion_id=promotion_id).count() + count > MAX_CODES:
        raise PromotionCodesFull


def _random() -> str:
    """Return 13 characters of the alphabet, each as likely as any other."""
    number = secrets.randbelow(len(ALPHABET) ** LENGTH)
    characters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return "".join(characters)
