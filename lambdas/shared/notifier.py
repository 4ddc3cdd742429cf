"""Mail to curators and operators through SNS."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lambdas.shared.aws import service_errors
from lambdas.shared.errors import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_LONGEST_SUBJECT: Final = 99
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: fewer than 100 ASCII characters."""


class SnsNotifier:
    """``Notifier`` (see ports) on SNS, one topic per museum."""

    def __init__(self, client: SNSClient, topics: Mapping[str, str]) -> None:
        self._client = client
        self._topics = topics

    def send(self, museum_id: str, subject: str, body: str) -> None:
        """Publishes to the museum's topic; the subject loses its accents, which SNS refuses.

        Raises:
            SettingsError: The museum has no topic.
        """
        if museum_id not in self._topics:
            raise SettingsError("the topics", f"have none for {museum_id}")
        with service_errors("sns:Publish"):
            self._client.publish(
                TopicArn=self._topics[museum_id], Subject=plain_subject(subject), Message=body
            )


def plain_subject(subject: str) -> str:
    """A subject as SNS takes it: ASCII, printable, fewer than 100 characters, not empty."""
    ascii_only = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    printable = "".join(c for c in ascii_only if c.isprintable()).strip(" :,")
    return printable[:_LONGEST_SUBJECT] or "Museum"
