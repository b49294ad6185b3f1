"""Limits that hold in a race: so many of a thing per customer, so many uses of a code. What is limited, callers say.

A claim is one conditional statement for any number of limits: whoever comes at the same moment waits for the row, and
then counts what the other one took. Rows are locked in the order of their keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.transactions import assert_in_transaction
from promotions.exceptions import LimitExcess, LimitReached


@dataclass(frozen=True, slots=True)
class LimitRequest:
    """Use so much of what a holder may have of a subject; `pointer` is where the order speaks of it.

    `detail` is what a refusal says; without it, how many of `title` are left.
    """

    scope: str
    subject_id: uuid.UUID
    holder: str
    quantity: int
    allowed: int
    pointer: str
    title: str
    detail: str = ""


# A new row is no conflict, so that its limit is asked for before. The rows that a claim finds used up stay locked until
# the refusal has rolled it back.
CLAIM = """
WITH wanted AS (
    SELECT w.* FROM unnest(%(numbers)s::int[], %(scopes)s::text[], %(subjects)s::uuid[], %(holders)s::text[],
                           %(quantities)s::bigint[], %(allowed)s::bigint[])
        AS w (number, scope, subject_id, holder, quantity, allowed)
), used AS (
    INSERT INTO orders_limituse AS u (scope, subject_id, holder, used, allowed)
    SELECT w.scope, w.subject_id, w.holder, w.quantity, w.allowed FROM wanted w
    WHERE w.quantity <= w.allowed
    ORDER BY w.scope, w.subject_id, w.holder
    ON CONFLICT (scope, subject_id, holder) DO UPDATE
        SET used = u.used + EXCLUDED.used, allowed = EXCLUDED.allowed
        WHERE u.used::bigint + EXCLUDED.used <= EXCLUDED.allowed
    RETURNING u.id, u.scope, u.subject_id, u.holder
), got AS (
    SELECT w.number, u.id, w.quantity FROM used u JOIN wanted w USING (scope, subject_id, holder)
), claims AS (
    INSERT INTO orders_limitclaim (order_id, use_id, quantity) SELECT %(order)s, g.id, g.quantity FROM got g
)
SELECT w.number FROM wanted w WHERE w.number NOT IN (SELECT g.number FROM got g) ORDER BY w.number
"""

USED = """
SELECT w.number, u.used
FROM unnest(%(numbers)s::int[], %(scopes)s::text[], %(subjects)s::uuid[], %(holders)s::text[])
    AS w (number, scope, subject_id, holder)
JOIN orders_limituse u USING (scope, subject_id, holder)
"""

GIVE_BACK = """
WITH locked AS MATERIALIZED (
    SELECT u.id FROM orders_limituse u
    WHERE u.id IN (SELECT c.use_id FROM orders_limitclaim c WHERE c.order_id = %(order)s)
    ORDER BY u.scope, u.subject_id, u.holder
    FOR NO KEY UPDATE
)
UPDATE orders_limituse u SET used = u.used - c.quantity
FROM locked k JOIN orders_limitclaim c ON c.use_id = k.id AND c.order_id = %(order)s
WHERE u.id = k.id
"""


def limits_claim(requests: Sequence[LimitRequest], *, order_id: uuid.UUID) -> None:
    """Use limits for an order, all of them or none. One statement, and none without requests.

    Part of the caller's transaction, which makes the order. Locks the limits' rows in the order of their keys until the
    commit, so that this comes late, before the stock. No holder may be asked twice for one thing.

    Raises:
        LimitReached: with each place that wants more than is left. The caller must let it roll the transaction back.
        ValueError: a limit stands in two requests, or a quantity isn't positive.
    """
    assert_in_transaction()
    keys = {(request.scope, request.subject_id, request.holder) for request in requests}
    if len(keys) < len(requests) or any(request.quantity < 1 for request in requests):
        message = "each limit must be asked for once, and with a positive quantity"
        raise ValueError(message)
    if not requests:
        return
    parameters: Mapping[str, Any] = {
        "numbers": list(range(len(requests))),
        "scopes": [request.scope for request in requests],
        "subjects": [request.subject_id for request in requests],
        "holders": [request.holder for request in requests],
        "quantities": [request.quantity for request in requests],
        "allowed": [request.allowed for request in requests],
        "order": order_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, parameters)
        refused = [requests[number] for (number,) in cursor.fetchall()]
        if not refused:
            return
        cursor.execute(USED, parameters)
        used = {requests[number]: count for number, count in cursor.fetchall()}
    raise LimitReached(_excesses(refused, used))


def limits_give_back(*, order_id: uuid.UUID) -> None:
    """Give back what an order has used of limits. One statement.

    Part: the caller holds the order's lock, and cancels the order in this transaction, which happens once.
    """
    assert_in_transaction()
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"order": order_id})


def _excesses(refused: Sequence[LimitRequest], used: Mapping[LimitRequest, int]) -> list[LimitExcess]:
    """Return what is too much, once per place: of several holders, whoever has least left is told."""
    excesses: dict[str, LimitExcess] = {}
    for request in refused:
        left = max(request.allowed - used.get(request, 0), 0)
        excess = LimitExcess(request.pointer, request.title, request.allowed, left, request.detail)
        known = excesses.get(request.pointer)
        if known is None or left < known.left:
            excesses[request.pointer] = excess
    return list(excesses.values())
