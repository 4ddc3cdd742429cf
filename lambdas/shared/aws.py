"""AWS clients and the translation of their errors.

Nothing else imports botocore: whatever did so first would import it with the collector at work.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from lambdas.shared.errors import ServiceError


@contextmanager
def _all_kept() -> Iterator[None]:
    """For making many objects of which none is garbage: the collector does not look for any.

    It would go over them again and again while they are made, a seventh of the SDK's import. They
    are set aside afterwards (``gc.freeze``), else the next collection would go over all of them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()


with _all_kept():
    # First, for its patterns take the longest to compile, and deep inside botocore's own imports
    # each call of the compiler's may ask the system for memory and give it back at once (Python's
    # frames lie in chunks of 16 KB): up to 25 ms, by chance of the depth. The SDK is the runtime's,
    # and may come one day without that module: then it is as slow as before.
    with suppress(ImportError):
        import urllib3.util.url  # noqa: F401  # for its place alone
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

__all__ = [
    "CONDITION_FAILED",
    "BotoCoreError",
    "ClientError",
    "error_code",
    "make_client",
    "service_errors",
]

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
"""DynamoDB's code where an item is not as the write demands."""

_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    s3={"addressing_style": "auto"},
)


def make_client(service: str) -> Any:  # noqa: ANN401  # a class made at run time
    """A client with bounded waits.

    It comes from botocore itself: boto3 adds resources, which no function uses, and import time.
    """
    return botocore.session.get_session().create_client(service, config=_CONFIG)


@contextmanager
def service_errors(action: str) -> Iterator[None]:
    """Turns the SDK's errors into ``ServiceError``."""
    try:
        yield
    except ClientError as exc:
        raise ServiceError(action, error_code(exc)) from exc
    except BotoCoreError as exc:
        raise ServiceError(action, type(exc).__name__) from exc


def error_code(error: ClientError) -> str:
    """The service's code of an error, e.g. ``ConditionalCheckFailedException``."""
    return error.response.get("Error", {}).get("Code", "Unknown")
