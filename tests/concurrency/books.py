"""Whether the books add up: the shop's own audit, as a list that should be empty."""

from audit.selectors import Difference, audit


def differences() -> list[str]:
    """Return everything that the audit finds, each as "check: row, field, what is stored and what should be"."""
    found: list[Difference] = []
    audit(tell=found.append)
    return [f"{one.check}: {one.label} {one.field} {one.stored}, not {one.recomputed}" for one in found]
