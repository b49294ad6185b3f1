"""Every write of the audit: its runs. The books themselves are never written here."""

from audit.services.running import (
    audit_periodic,
    audit_record,
    audit_runs_clear,
    audit_soon,
)

__all__ = ["audit_periodic", "audit_record", "audit_runs_clear", "audit_soon"]
