"""A letter goes to those who shall read it, and to nobody else."""

import json

import pytest

from lambdas.send_mail.logic import SendMail
from lambdas.shared.errors import EventError
from lambdas.shared.letters import Audience
from tests.fakes.function_log import InMemoryLog
from tests.fakes.outgoing import InMemoryNotifier, Mail


def _send(topics: InMemoryNotifier, letter: str) -> None:
    SendMail(
        topics=topics,
        curator_topics="arn:aws:sns:eu-west-1:1:my-museums-curators-",
        operator_topic="arn:aws:sns:eu-west-1:1:operators",
        log=InMemoryLog(),
    ).send(letter)


def _letter(audience: str, **changes: object) -> str:
    letter = {"museum_id": "old-harbour", "subject": "Hello", "body": "How are you?"}
    return json.dumps(letter | {"audience": audience} | changes)


@pytest.mark.parametrize(
    ("audience", "topic"),
    [
        (Audience.CURATORS, "arn:aws:sns:eu-west-1:1:my-museums-curators-old-harbour"),
        (Audience.OPERATORS, "arn:aws:sns:eu-west-1:1:operators"),
    ],
)
def test_each_audience_has_its_topic(audience: Audience, topic: str) -> None:
    """Curators their museum's own, operators one for all museums."""
    topics = InMemoryNotifier()
    _send(topics, _letter(audience))
    assert topics.mails == [Mail(topic, "Hello", "How are you?")]


@pytest.mark.parametrize(
    "letter",
    [
        "",
        "[]",
        "{}",
        _letter("everybody"),
        _letter(Audience.CURATORS, more=1),
        _letter(Audience.CURATORS, museum_id="old-harbour/../x"),
        _letter(Audience.CURATORS, museum_id=7),
    ],
)
def test_what_is_no_letter_goes_nowhere(letter: str) -> None:
    """After some tries it is a dead letter, and an alarm tells."""
    topics = InMemoryNotifier()
    with pytest.raises(EventError):
        _send(topics, letter)
    assert topics.mails == []
