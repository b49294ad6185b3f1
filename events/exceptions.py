"""Refusals of the idempotency key and of cases."""

from core.problems import Conflict, InvalidInput, NotFound, Problem


class IdempotencyKeyRequired(InvalidInput):
    """This request is only taken with a key."""

    code = "idempotency_key_required"
    title = "Send an Idempotency-Key header: any text that is new for each new intention, such as a UUID."


class IdempotencyKeyInvalid(InvalidInput):
    """The key is empty, too long, too short for a guest, or not printable ASCII."""

    code = "idempotency_key_invalid"
    title = "The Idempotency-Key must be 1 to 255 printable ASCII characters; a guest's, 16 at least (a UUID)."


class IdempotencyInFlight(Conflict):
    """The first request with this key is still being worked on."""

    code = "idempotency_in_flight"
    title = "A request with this Idempotency-Key is being worked on; repeat it in a second for its answer."
    retryable = True


class IdempotencyKeyReused(Problem):
    """The key has been used for something else."""

    status = 422
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used with another body; send a new one."


class CaseNotFound(NotFound):
    """There is no such case."""

    code = "case_not_found"
    title = "There is no such case."


class CaseResolved(Conflict):
    """Somebody has resolved it already."""

    code = "case_resolved"
    title = "This case has been resolved already."
