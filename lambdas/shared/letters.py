"""Letters on their way to people, through a queue that takes each of them once.

SNS takes no key by which a repeated ``Publish`` would be known, so a function that died after it
and was retried would mail twice. Functions therefore put letters into an SQS FIFO queue, which
drops what comes again under the same key within five minutes; Lambda's first retry comes after
one. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from contracts.topics import check_slug
from lambdas.shared.aws import service_errors
from lambdas.shared.errors import EventError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Audience(StrEnum):
    """Who reads a letter."""

    CURATORS = "curators"
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One e-mail to be sent.

    Attributes:
        museum_id: The museum that it is about.
        audience: Who reads it.
        subject: Its subject.
        body: Its text.
    """

    museum_id: str
    audience: Audience
    subject: str
    body: str


def parse_letter(text: str) -> Letter:
    """Reads what ``LetterQueue`` wrote.

    Raises:
        EventError: It is something else.
    """
    try:
        fields = json.loads(text)
        check_slug("museum_id", fields["museum_id"])  # it becomes a part of a topic's name
        return Letter(**(fields | {"audience": Audience(fields["audience"])}))
    except (ValueError, TypeError, KeyError) as exc:
        raise EventError("body", "must be a letter as lambdas/shared/letters.py writes it") from exc


class LetterQueue:
    """``Notifier`` (see ports) on an SQS FIFO queue."""

    def __init__(self, client: SQSClient, queue_url: str, audience: Audience) -> None:
        self._client = client
        self._queue_url = queue_url
        self._audience = audience

    def send(self, museum_id: str, subject: str, body: str, *, key: str) -> None:
        """Queues a letter, in the order of a museum's and audience's letters."""
        letter = Letter(museum_id=museum_id, audience=self._audience, subject=subject, body=body)
        with service_errors("sqs:SendMessage"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(asdict(letter)),
                MessageGroupId=f"{museum_id}.{self._audience.value}",
                MessageDeduplicationId=hashlib.sha256(
                    f"{museum_id}\0{self._audience.value}\0{key}".encode()
                ).hexdigest(),
            )
