"""Entry point of send_mail: one letter of the queue at a time."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from lambdas.send_mail.logic import SendMail
from lambdas.shared.aws import make_client
from lambdas.shared.notifier import SnsTopics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.settings import read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    curator_topics: str
    operator_topic: str


@cache
def build() -> SendMail:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    return SendMail(
        topics=SnsTopics(make_client("sns")),
        curator_topics=settings.curator_topics,
        operator_topic=settings.operator_topic,
        log=StructuredLog(make_logger()),
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Publishes the letter; a failure brings it back, and after some tries it is a dead letter."""
    for record in event["Records"]:  # one: the event source's batch size
        build().send(record["body"])
