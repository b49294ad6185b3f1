"""What the worker does for the audit."""

from audit.services import audit_periodic, audit_record


def run(*, actor: str) -> None:
    """Audit everything, because somebody asked for it."""
    audit_record(actor=actor)


def run_periodic() -> None:
    """Audit what is due."""
    audit_periodic()
