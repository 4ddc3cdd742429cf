"""What the quarantine bucket holds, and the queue message that it was made of."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from contracts.museum_toml import DeploymentConfig
from contracts.visit import encode_visits

VISITS: Final = "visits/"
RULE_ERRORS: Final = "rule-errors/visits/"
UNDER_WAY: Final = "reinjecting/"
"""Objects that were taken out of the two others and wait for the queue to accept them."""
RULE_ERROR: Final = "rule-error"
"""The reason of what the rule could not put into the queue; the others are store_visits' own."""
ENVELOPE: Final = "envelope"
UNREADABLE: Final = "unreadable"
LARGEST_MESSAGE: Final = 256 * 1024
_SENDABLE: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
_SECOND_MS: Final = 1000
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One object of the quarantine.

    Attributes:
        key: Its key where it lay first, without ``UNDER_WAY``.
        reason: Why it is there.
        received_at: When the broker received it, ms since 1970 UTC; None where that is not known.
        body: What the queue is to get; None where nothing can be made of the object.
        oldest_visit: For the eyes of ``is_past_counting``: museum and ms of its oldest visit.
    """

    key: str
    reason: str
    received_at: int | None
    body: str | None
    oldest_visit: tuple[str, int] | None = None


def read_refused(key: str, content: bytes, stored_at: datetime) -> Refused:
    """Reads an object as ``store_visits`` or the rule's error action wrote it.

    Args:
        key: Its key, without ``UNDER_WAY``.
        content: Its bytes.
        stored_at: When it came into the bucket: what the error action says of a message has no
            time, and it comes at once.
    """
    try:
        fields = json.loads(content)
        if key.startswith(RULE_ERRORS):
            return _rule_error(key, fields, round(stored_at.timestamp() * _SECOND_MS))
        return _refusal(key, fields)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return Refused(key=key, reason=UNREADABLE, received_at=None, body=None)


def _rule_error(key: str, fields: dict[str, Any], received_at: int) -> Refused:
    """https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html."""
    payload = base64.b64decode(fields["base64OriginalPayload"], validate=True)
    *_, museum_id, _device, _visits = fields["topic"].split("/")
    return _wrapped(key, RULE_ERROR, payload, (museum_id, fields["clientId"]), received_at)


def _refusal(key: str, fields: dict[str, Any]) -> Refused:
    payload = base64.b64decode(fields["payload"], validate=True)
    sender, received_at = (fields["museum_id"], fields["client_id"]), fields["received_at"]
    if None in sender or received_at is None:  # what was in the queue had no envelope
        return Refused(
            key=key, reason=fields["reason"], received_at=None, body=_sendable(payload.decode())
        )
    if fields["position"] is not None:  # a single visit of a message
        payload = encode_visits([payload])
    return _wrapped(key, fields["reason"], payload, sender, received_at)


def _wrapped(
    key: str, reason: str, payload: bytes, sender: tuple[str, str], received_at: int
) -> Refused:
    """The message as the rule puts it into the queue; the sender is a museum and a device."""
    museum_id, client_id = sender
    body = json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "museum_id": museum_id,
            "client_id": client_id,
            "received_at": received_at,
        }
    )
    return Refused(
        key=key,
        reason=reason,
        received_at=received_at,
        body=_sendable(body),
        oldest_visit=min(_visits_of(payload), key=lambda one: one[1], default=None),
    )


def _sendable(body: str) -> str | None:
    return body if _SENDABLE.fullmatch(body) and len(body.encode()) <= LARGEST_MESSAGE else None


def _visits_of(payload: bytes) -> Iterator[tuple[str, int]]:
    """Museum and time of those visits that have both; whatever else is there is not its matter."""
    try:
        message = json.loads(payload)
    except ValueError:
        return
    visits = message.get("visits") if isinstance(message, dict) else None
    for one in visits if isinstance(visits, list) else []:
        if isinstance(one, dict):
            museum_id, at = one.get("museum_id"), one.get("detected_at")
            if isinstance(museum_id, str) and type(at) is int:
                yield museum_id, at


def is_past_counting(refused: Refused, config: DeploymentConfig, now: datetime) -> bool:
    """Whether a visit in it would be stored but never counted: its day's others have expired.

    The functions count a day again only while all of its visits are kept, and need a day for it.
    """
    if refused.oldest_visit is None:
        return False
    museum_id, at = refused.oldest_visit
    museum = config.museum(museum_id)
    if museum is None:
        return False
    try:
        day = datetime.fromtimestamp(at / _SECOND_MS, museum.zone).date()
    except (OverflowError, ValueError, OSError):  # no calendar holds it; it is refused again
        return False
    start = datetime.combine(day, time(), museum.zone).astimezone(UTC)
    return now + _DAY >= start + config.privacy.visit_retention_days * _DAY
