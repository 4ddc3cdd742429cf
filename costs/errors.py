"""Errors of the estimate."""


class CostError(Exception):
    """The estimate cannot be made; the message says why and what to do."""
