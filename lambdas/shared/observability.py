"""Structured logs, the same in every function. Payloads, images and visits never enter them."""

import logging
import sys
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

_CALLER: Final = 2
"""Frames from the logging library to the line that is told of."""


def make_logger() -> logging.Logger:
    """The function's logger: one JSON object a line on standard output, times in UTC.

    It stands beside the root logger, to which Lambda's runtime adds a handler of its own.
    """
    logger = logging.getLogger("smart-museum")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            ("levelname", "message", "module", "lineno"),
            rename_fields={"levelname": "level"},
            timestamp=True,
        )
    )
    logger.handlers = [handler]
    return logger


class StructuredLog:
    """``Log`` (see ports) on Python's logging: every fact is its own key."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def info(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that is normal."""
        self._logger.info(event, extra=facts, stacklevel=_CALLER)

    def warning(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that a person may want to look at."""
        self._logger.warning(event, extra=facts, stacklevel=_CALLER)
