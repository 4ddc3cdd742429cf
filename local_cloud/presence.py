"""AWS IoT's lifecycle events, made of what Mosquitto logs about its clients.

Source: https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html; the lines are
those of Mosquitto 2.0.
"""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Final

LOG_FILTER: Final = "$SYS/broker/log/+"
"""Where Mosquitto publishes its log, with ``log_dest topic``."""
_LOG: Final = LOG_FILTER.removesuffix("+")
_GONE: Final = re.compile(r"Client (?P<client>\S+) (?P<how>.+?)\.?$")
_REASONS: Final = {
    "disconnected": "CLIENT_INITIATED_DISCONNECT",
    "closed its connection": "CONNECTION_LOST",
    "has exceeded timeout, disconnecting": "MQTT_KEEP_ALIVE_TIMEOUT",
    "already connected, closing old connection": "DUPLICATE_CLIENTID",
    "disconnected due to protocol error": "CLIENT_ERROR",
}


@dataclass(frozen=True, slots=True)
class Disconnected:
    """That a client is gone.

    Attributes:
        client_id: Its MQTT client id.
        reason: AWS IoT's word for why.
    """

    client_id: str
    reason: str

    @property
    def topic(self) -> str:
        """Where AWS IoT tells of it."""
        return f"$aws/events/presence/disconnected/{self.client_id}"

    def payload(self, timestamp_ms: int) -> bytes:
        """The event as AWS IoT words it."""
        event = {
            "clientId": self.client_id,
            "timestamp": timestamp_ms,
            "eventType": "disconnected",
            "clientInitiatedDisconnect": self.reason == "CLIENT_INITIATED_DISCONNECT",
            "sessionIdentifier": str(uuid.uuid4()),
            "principalIdentifier": "the certificate's id",
            "disconnectReason": self.reason,
            "versionNumber": 0,
        }
        return json.dumps(event).encode()


def is_log(topic: str) -> bool:
    """Whether a message is a line of Mosquitto's log."""
    return topic.startswith(_LOG)


def read_log(line: bytes) -> Disconnected | None:
    """What a line of the log says of a client that is gone; None where it says something else."""
    match = _GONE.search(line.decode(errors="replace").rstrip())
    reason = _REASONS.get(match["how"]) if match else None
    return Disconnected(match["client"], reason) if match and reason else None
