"""AWS clients and the translation of their errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.errors import ServiceError

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
