"""Mail through SNS."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from lambdas.shared.aws import service_errors

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_LONGEST_SUBJECT: Final = 99
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: fewer than 100 ASCII characters."""


class SnsTopics:
    """``Topics`` (see ports) on SNS."""

    def __init__(self, client: SNSClient) -> None:
        self._client = client

    def publish(self, topic: str, subject: str, body: str) -> None:
        """Publishes to the topic; the subject loses its accents, which SNS refuses."""
        with service_errors("sns:Publish"):
            self._client.publish(TopicArn=topic, Subject=plain_subject(subject), Message=body)


def plain_subject(subject: str) -> str:
    """A subject as SNS takes it: ASCII, printable, fewer than 100 characters, not empty."""
    ascii_only = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    printable = "".join(c for c in ascii_only if c.isprintable()).strip(" :,")
    return printable[:_LONGEST_SUBJECT] or "Museum"
