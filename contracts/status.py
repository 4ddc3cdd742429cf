"""The heartbeat of a Pi."""

import json
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, TypeVar

from contracts._fields import check_keys, integer, number, text
from contracts.camera_state import SILENT_S, CameraState
from contracts.errors import ContractError
from contracts.topics import check_slug
from contracts.visit import EARLIEST_MS, LATEST_MS, LONGEST_MODEL

STAGES: Final = ("capture", "detect", "track", "classify", "frame")
"""Stages whose median time the heartbeat carries.

``capture`` includes waiting for the camera's next frame; ``frame`` is all that follows it.
"""
HEARTBEAT_S: Final = 60
LONGEST_HEARTBEAT_S: Final = SILENT_S / 2
"""No device may send them less often, seconds: one that is lost must not look like silence."""
MOST_DETECT_EVERY: Final = 1000
_MOST: Final = 2**53 - 1
_Choice = TypeVar("_Choice", bound=StrEnum)


class DeviceState(StrEnum):
    """What a device says of itself; ``OFFLINE`` is its last will."""

    ONLINE = "online"
    OFFLINE = "offline"


class WatchMode(StrEnum):
    """What a device does with what its camera sees."""

    FULL = "full"
    """Visits are counted and expressions measured."""
    COUNT_ONLY = "count-only"
    """Visits are counted; no expression is measured."""
    PAUSED = "paused"
    """Somebody, or the plan, paused it; the camera is closed."""
    CLOSED = "closed"
    """The museum is closed; so is the camera."""
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
        mode: What it does with what the camera sees; ``UNKNOWN`` in the last will.
        camera: State of the camera.
        frames_per_s: Frames handled per second since the last heartbeat; in the last one of an
            orderly stop, over the whole time with a working camera.
        detect_every: The face detector looks at every n-th frame; 0 in the last will.
        stages_ms: Median time per stage over the last 2,048 frames, ms; keys are ``STAGES``.
        temperature_c: Temperature of the processor, or None where it cannot be read.
        throttled: Whether the processor is throttled now, or None where it cannot be read.
        outbox_depth: Visits waiting on the device.
        outbox_oldest_s: Age of the oldest of them, seconds.
        dropped: Visits that fell off the outbox's bound since it was made.
        held_back: Visits that did not keep the contract and were not queued, since the start.
        outboxes_set_aside: Damaged outbox files that were set aside, and wait for an operator.
        clock_synced: Whether the wall clock follows a time server, or None where it can't be told.
        still_faces_suppressed: Faces of artworks that were not counted, since the start.
        excluded: Faces that a worn marker kept from being measured, since the start.
        passers_by: Living faces that did not stay long enough for a visit, since the start.
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
    mode: WatchMode
    camera: CameraState
    frames_per_s: float
    detect_every: int
    stages_ms: dict[str, float]
    temperature_c: float | None
    throttled: bool | None
    outbox_depth: int
    outbox_oldest_s: int
    dropped: int
    held_back: int
    outboxes_set_aside: int
    clock_synced: bool | None
    still_faces_suppressed: int
    excluded: int
    passers_by: int
    visits: int
    model: str
    software: str
    uptime_s: int

    def to_dict(self) -> dict[str, Any]:
        """The heartbeat as it crosses, ready for JSON."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        chosen = {"state": self.state, "mode": self.mode, "camera": self.camera}
        return plain | {name: choice.value for name, choice in chosen.items()}


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
    cold = d["temperature_c"] is None
    return Status(
        museum_id=check_slug("museum_id", d["museum_id"]),
        device_id=check_slug("device_id", d["device_id"]),
        artwork_id=check_slug("artwork_id", d["artwork_id"]),
        sent_at=integer(d, "sent_at", EARLIEST_MS, LATEST_MS),
        state=_choice(d["state"], DeviceState, "state"),
        mode=_choice(d["mode"], WatchMode, "mode"),
        camera=_choice(d["camera"], CameraState, "camera"),
        frames_per_s=number(d, "frames_per_s", 0.0, 10_000.0),
        detect_every=integer(d, "detect_every", 0, MOST_DETECT_EVERY),
        stages_ms={name: number(stages, name, 0.0, 3_600_000.0) for name in stages},
        temperature_c=None if cold else number(d, "temperature_c", -60.0, 150.0),
        throttled=_maybe(d["throttled"], "throttled"),
        outbox_depth=integer(d, "outbox_depth", 0, _MOST),
        outbox_oldest_s=integer(d, "outbox_oldest_s", 0, _MOST),
        dropped=integer(d, "dropped", 0, _MOST),
        held_back=integer(d, "held_back", 0, _MOST),
        outboxes_set_aside=integer(d, "outboxes_set_aside", 0, _MOST),
        clock_synced=_maybe(d["clock_synced"], "clock_synced"),
        still_faces_suppressed=integer(d, "still_faces_suppressed", 0, _MOST),
        excluded=integer(d, "excluded", 0, _MOST),
        passers_by=integer(d, "passers_by", 0, _MOST),
        visits=integer(d, "visits", 0, _MOST),
        model=text(d, "model", LONGEST_MODEL),
        software=text(d, "software", LONGEST_MODEL),
        uptime_s=integer(d, "uptime_s", 0, _MOST),
    )


def _maybe(value: object, field: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ContractError(field, "must be true, false or null")
    return value


def _choice(value: object, kind: type[_Choice], field: str) -> _Choice:
    allowed = [member.value for member in kind]
    if value not in allowed:
        raise ContractError(field, f"must be one of {', '.join(allowed)}, not {value!r:.80}")
    return kind(str(value))


def encode_status(status: Status) -> bytes:
    """Compact JSON of one heartbeat, UTF-8."""
    return json.dumps(status.to_dict(), separators=(",", ":")).encode()
