"""Why a message or a visit was refused, and how it is kept."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

_UNDATED: Final = "undated"


class Reason(StrEnum):
    """The kinds of refusal, as they stand in logs and in the quarantine."""

    ENVELOPE = "envelope"  # not what our own rule puts into the queue
    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    CONTRACT = "contract"  # wrong type, range, missing or unknown field
    FOREIGN_DEVICE = "foreign-device"
    FOREIGN_MUSEUM = "foreign-museum"
    UNKNOWN_MUSEUM = "unknown-museum"
    UNKNOWN_ARTWORK = "unknown-artwork"
    CLOCK = "clock"  # measured in the future, or too long ago to be counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A message, or one visit of a message, that is not stored.

    Attributes:
        reason: Kind of refusal.
        field: The field that is wrong; chosen by the sender, so it is never logged.
        problem: What is wrong with it, in plain English; may quote the sender, never logged.
        payload: The refused bytes.
        museum_id: The sender's museum, or None where it is not known.
        client_id: MQTT client id of the sender, or None where it is not known.
        received_at: When the broker received it, ms since 1970 UTC, or None.
        position: Place of the visit in its message; None when the whole message is refused.
    """

    reason: Reason
    field: str
    problem: str
    payload: bytes
    museum_id: str | None
    client_id: str | None
    received_at: int | None
    position: int | None = None

    @property
    def key(self) -> str:
        """Name of the object that keeps it: a function of the content, so a retry overwrites."""
        origin = json.dumps([self.client_id, self.received_at, self.position]).encode()
        digest = hashlib.sha256(origin + b"\n" + self.payload).hexdigest()
        return f"visits/{self._folder()}/{digest}.json"

    def _folder(self) -> str:
        if self.received_at is None:
            return _UNDATED
        try:
            return datetime.fromtimestamp(self.received_at // 1000, UTC).strftime("%Y/%m/%d")
        except (OverflowError, ValueError, OSError):  # no calendar holds that year
            return _UNDATED

    def body(self) -> bytes:
        """What is kept: the reason, and the refused bytes so that they can be sent again."""
        kept = {
            "reason": self.reason.value,
            "field": self.field,
            "problem": self.problem,
            "museum_id": self.museum_id,
            "client_id": self.client_id,
            "received_at": self.received_at,
            "position": self.position,
            "payload": base64.b64encode(self.payload).decode(),
        }
        return json.dumps(kept, indent=1).encode()
