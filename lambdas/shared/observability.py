"""Structured logs, the same in every function. Payloads, images and visits never enter them."""

from typing import Any, Final

from aws_lambda_powertools import Logger

_CALLER: Final = 3
"""Frames from the logging library to the line that is told of."""


def make_logger() -> Logger:
    """The function's logger; name and level come from Powertools' own variables."""
    return Logger(utc=True, log_uncaught_exceptions=False)


class StructuredLog:
    """``Log`` (see ports) on Powertools' logger: every fact is its own key."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def info(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that is normal."""
        self._logger.info(event, extra=facts, stacklevel=_CALLER)

    def warning(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that a person may want to look at."""
        self._logger.warning(event, extra=facts, stacklevel=_CALLER)
