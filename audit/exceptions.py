"""Refusals of the audit."""

from core.problems import Conflict, NotFound


class AuditRunNotFound(NotFound):
    """No run has this id."""

    code = "audit_run_not_found"
    title = "There is no such audit."


class AuditAsked(Conflict):
    """An audit waits for the worker, or is at work."""

    code = "audit_asked"
    title = "An audit is on its way already."
