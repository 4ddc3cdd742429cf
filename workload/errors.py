"""The one error of this package."""


class WorkloadError(Exception):
    """The workload cannot be made as asked; the message says why and what to do."""
