"""The functions of AWS IoT SQL that the rules use, and the message they look at.

Source: https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from local_cloud.json_value import Json

UNDEFINED: Final = object()
"""What AWS calls Undefined: a column with it is left out, a comparison with it does not hold."""


class RuleSqlError(Exception):
    """A statement cannot be evaluated for this message; AWS IoT logs that and drops the message."""


@dataclass(frozen=True, slots=True)
class RuleMessage:
    """What the rules engine knows of one message.

    Attributes:
        topic: Without Basic Ingest's ``$aws/rules/<rule>/``, as ``topic()`` sees it.
        published_topic: The topic that the device named.
        payload: As published.
        client_id: MQTT client id of the sender.
        timestamp_ms: When the engine took it, ms since 1970 UTC.
        clock_offset_s: How far that clock was ahead of real time; None if it was real.
    """

    topic: str
    published_topic: str
    payload: bytes
    client_id: str
    timestamp_ms: int
    clock_offset_s: float | None = None

    def document(self) -> Json:
        """The payload as JSON.

        Raises:
            RuleSqlError: It is none.
        """
        try:
            return json.loads(self.payload, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise RuleSqlError(f"the payload is no JSON: {error}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _topic(message: RuleMessage, *arguments: Json) -> Json:
    if not arguments:
        return message.topic
    segments = message.topic.split("/")
    (index,) = arguments
    if not isinstance(index, int) or not 1 <= index <= len(segments):
        return UNDEFINED
    return segments[index - 1]


def _encode(_message: RuleMessage, *arguments: Json) -> Json:
    value, scheme = arguments
    if scheme != "base64":
        raise RuleSqlError(f"encode() knows base64 only, not {scheme!r:.40}")
    if value is UNDEFINED:
        return UNDEFINED
    raw = value if isinstance(value, bytes) else str(value).encode()
    return base64.b64encode(raw).decode()


def _client_id(message: RuleMessage, *_arguments: Json) -> Json:
    return message.client_id


def _timestamp(message: RuleMessage, *_arguments: Json) -> Json:
    return message.timestamp_ms


def _new_uuid(_message: RuleMessage, *_arguments: Json) -> Json:
    return str(uuid.uuid4())


FUNCTIONS: Final[Mapping[str, Callable[..., Json]]] = {
    "clientid": _client_id,
    "encode": _encode,
    "newuuid": _new_uuid,
    "timestamp": _timestamp,
    "topic": _topic,
}
"""By lower-case name; each takes the message and the evaluated arguments."""

ARGUMENT_COUNTS: Final[Mapping[str, frozenset[int]]] = {
    "clientid": frozenset({0}),
    "encode": frozenset({2}),
    "newuuid": frozenset({0}),
    "timestamp": frozenset({0}),
    "topic": frozenset({0, 1}),
}
