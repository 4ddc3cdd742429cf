"""What can stop an operator's command."""


class OperationError(Exception):
    """A command cannot go on; the message says what happened and what to do, in one line."""
