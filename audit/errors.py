"""What can stop the audit."""


class AuditError(Exception):
    """The audit cannot be written; the message says what happened and what to do."""
