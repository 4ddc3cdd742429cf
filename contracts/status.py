"""The heartbeat of a Pi."""

import json
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, TypeVar

from contracts._fields import check_keys, integer, number, text
from contracts.errors import ContractError
from contracts.topics import check_slug
from contracts.visit import EARLIEST_MS, LATEST_MS, LONGEST_MODEL

STAGES: Final = ("capture", "detect", "track", "classify", "frame")
"""Stages whose median time the heartbeat carries.

``capture`` includes waiting for the camera's next frame; ``frame`` is all that follows it.
"""
HEARTBEAT_S: Final = 60
_MOST: Final = 2**53 - 1
_Choice = TypeVar("_Choice", bound=StrEnum)


class DeviceState(StrEnum):
    """What a device says of itself; ``OFFLINE`` is its last will."""

    ONLINE = "online"
    OFFLINE = "offline"


class CameraState(StrEnum):
    """What a device says of its camera."""

    OK = "ok"
    STARTING = "starting"
    FAILED = "failed"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One heartbeat.

    Attributes:
        museum_id: Slug.
        device_id: Slug; equals the MQTT client id.
        artwork_id: Slug.
        sent_at: ms since 1970 UTC.
        state: Online, or offline in the last will.
        camera: State of the camera.
        frames_per_s: Frames handled per second since the last heartbeat; in the last one of an
            orderly stop, over the whole time with a working camera.
        stages_ms: Median time per stage over the last 2,048 frames, ms; keys are ``STAGES``.
        temperature_c: Temperature of the processor, or None where it cannot be read.
        throttled: Whether the processor is throttled now, or None where it cannot be read.
        outbox_depth: Visits waiting on the device.
        outbox_oldest_s: Age of the oldest of them, seconds.
        dropped: Visits that fell off the outbox's bound since it was made.
        still_faces_suppressed: Faces of artworks that were not counted, since the start.
        visits: Visits completed since the start.
        model: Version of the CNN.
        software: Version of the edge package.
        uptime_s: Seconds since the start.
    """

    museum_id: str
    device_id: str
    artwork_id: str
    sent_at: int
    state: DeviceState
    camera: CameraState
    frames_per_s: float
    stages_ms: dict[str, float]
    temperature_c: float | None
    throttled: bool | None
    outbox_depth: int
    outbox_oldest_s: int
    dropped: int
    still_faces_suppressed: int
    visits: int
    model: str
    software: str
    uptime_s: int

    def to_dict(self) -> dict[str, Any]:
        """The heartbeat as it crosses, ready for JSON."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {"state": self.state.value, "camera": self.camera.value}


STATUS_FIELDS: Final = frozenset(f.name for f in fields(Status))


def parse_status(data: object) -> Status:
    """Reads one heartbeat from a decoded JSON object.

    Raises:
        ContractError: A field is missing, unknown, of a wrong type or out of range.
    """
    d = check_keys(data, STATUS_FIELDS, "status")
    stages = d["stages_ms"]
    if not isinstance(stages, dict) or not stages.keys() <= set(STAGES):
        raise ContractError("stages_ms", f"must be an object with keys among {', '.join(STAGES)}")
    throttled = d["throttled"]
    if throttled is not None and not isinstance(throttled, bool):
        raise ContractError("throttled", "must be true, false or null")
    cold = d["temperature_c"] is None
    return Status(
        museum_id=check_slug("museum_id", d["museum_id"]),
        device_id=check_slug("device_id", d["device_id"]),
        artwork_id=check_slug("artwork_id", d["artwork_id"]),
        sent_at=integer(d, "sent_at", EARLIEST_MS, LATEST_MS),
        state=_choice(d["state"], DeviceState, "state"),
        camera=_choice(d["camera"], CameraState, "camera"),
        frames_per_s=number(d, "frames_per_s", 0.0, 10_000.0),
        stages_ms={name: number(stages, name, 0.0, 3_600_000.0) for name in stages},
        temperature_c=None if cold else number(d, "temperature_c", -60.0, 150.0),
        throttled=throttled,
        outbox_depth=integer(d, "outbox_depth", 0, _MOST),
        outbox_oldest_s=integer(d, "outbox_oldest_s", 0, _MOST),
        dropped=integer(d, "dropped", 0, _MOST),
        still_faces_suppressed=integer(d, "still_faces_suppressed", 0, _MOST),
        visits=integer(d, "visits", 0, _MOST),
        model=text(d, "model", LONGEST_MODEL),
        software=text(d, "software", LONGEST_MODEL),
        uptime_s=integer(d, "uptime_s", 0, _MOST),
    )


def _choice(value: object, kind: type[_Choice], field: str) -> _Choice:
    allowed = [member.value for member in kind]
    if value not in allowed:
        raise ContractError(field, f"must be one of {', '.join(allowed)}, not {value!r:.80}")
    return kind(str(value))


def encode_status(status: Status) -> bytes:
    """Compact JSON of one heartbeat, UTF-8."""
    return json.dumps(status.to_dict(), separators=(",", ":")).encode()
