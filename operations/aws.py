"""AWS clients of the operator's own credentials, and its errors in plain English."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)

from operations.errors import OperationError

CONFIG: Final = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
_NO_CREDENTIALS: Final = (
    NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, SSOError,
)  # fmt: skip
_STALE: Final = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure",
}  # fmt: skip
_DENIED: Final = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException",
    "ForbiddenException", "NotAuthorized", "AuthorizationError",
}  # fmt: skip


def error_code(error: ClientError) -> str:
    """The service's code of an error, e.g. ``ResourceNotFoundException``."""
    return error.response.get("Error", {}).get("Code", "Unknown")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the SDK's errors into ``OperationError``."""
    try:
        yield
    except _NO_CREDENTIALS as exc:
        raise OperationError(
            "There are no AWS credentials. Log in (aws sso login) or set AWS_PROFILE, and run it "
            "again."
        ) from exc
    except ProfileNotFound as exc:
        raise OperationError(f"{exc}. Set AWS_PROFILE to one of ~/.aws/config.") from exc
    except NoRegionError as exc:
        raise OperationError(
            "It is not known which Region is meant. Give --region, or set region in museum.toml."
        ) from exc
    except EndpointConnectionError as exc:
        raise OperationError(f"AWS cannot be reached ({exc}). Check network and Region.") from exc
    except ClientError as exc:
        raise OperationError(_words(exc)) from exc
    except BotoCoreError as exc:
        raise OperationError(f"AWS did not answer as expected: {exc}. Run it again.") from exc


def _words(error: ClientError) -> str:
    code, action = error_code(error), error.operation_name
    message = " ".join(error.response.get("Error", {}).get("Message", "").split())
    if code in _STALE:
        return f"AWS does not take these credentials ({code}). Log in again."
    if code in _DENIED:
        return f"These credentials may not do {action}: {message:.300}. Ask for that permission."
    return f"AWS refused {action}: {code}: {message:.300}."


def make_session(region: str) -> boto3.Session:
    """The operator's session; an empty ``region`` leaves it to profile and environment."""
    with plain_errors():
        session = boto3.Session(region_name=region or None)
        if session.region_name is None:
            raise NoRegionError
        return session
