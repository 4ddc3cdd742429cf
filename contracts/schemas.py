"""JSON Schemas of everything that crosses: an allow-list, nothing else passes.

The committed copies in ``contracts/schema/`` are for readers and other languages; ``python -m
contracts`` writes them from here, and a test holds them in step.
"""

from typing import Any, Final

from contracts.camera_state import CameraState
from contracts.expressions import EXPRESSIONS
from contracts.status import MOST_DETECT_EVERY, STAGES, STATUS_FIELDS, DeviceState, WatchMode
from contracts.topics import SLUG_PATTERN
from contracts.visit import (
    EARLIEST_MS,
    LATEST_MS,
    LONGEST_DWELL_MS,
    LONGEST_MODEL,
    MAX_VISITS_PER_MESSAGE,
    MOST_SAMPLES,
    SLOWEST_INFERENCE_MS,
    UUID4_PATTERN,
    VISIT_FIELDS,
)

Schema = dict[str, Any]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_SLUG: Final[Schema] = {"type": "string", "pattern": SLUG_PATTERN}
_MODEL: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_MODEL,
    "pattern": "^[ -~]+$",
}
_TIME: Final[Schema] = {"type": "integer", "minimum": EARLIEST_MS, "maximum": LATEST_MS}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
_SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}


def _closed(title: str, properties: Schema, fields: frozenset[str]) -> Schema:
    if properties.keys() != fields:
        raise AssertionError(f"schema of {title} and its type differ: {properties.keys() ^ fields}")
    return {
        "$schema": _DRAFT,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "required": sorted(fields),
        "properties": properties,
    }


VISIT_SCHEMA: Final = _closed(
    "Visit, version 1",
    {
        "visit_id": {"type": "string", "pattern": UUID4_PATTERN},
        "museum_id": _SLUG,
        "artwork_id": _SLUG,
        "device_id": _SLUG,
        "detected_at": _TIME,
        "dwell_ms": {"type": "integer", "minimum": 0, "maximum": LONGEST_DWELL_MS},
        "emotion_id": {"type": "integer", "minimum": -1, "maximum": len(EXPRESSIONS) - 1},
        "confidence": _SHARE,
        "expressions": {
            "type": "array",
            "items": _SHARE,
            "minItems": len(EXPRESSIONS),
            "maxItems": len(EXPRESSIONS),
        },
        "samples": {"type": "integer", "minimum": 0, "maximum": MOST_SAMPLES},
        "inference_ms": {"type": "number", "minimum": 0, "maximum": SLOWEST_INFERENCE_MS},
        "model": _MODEL,
    },
    VISIT_FIELDS,
)

VISITS_SCHEMA: Final = _closed(
    "Message of visits, version 1",
    {
        "visits": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_VISITS_PER_MESSAGE,
            "items": {k: v for k, v in VISIT_SCHEMA.items() if k != "$schema"},
        }
    },
    frozenset({"visits"}),
)

STATUS_SCHEMA: Final = _closed(
    "Status of a device, version 1",
    {
        "museum_id": _SLUG,
        "device_id": _SLUG,
        "artwork_id": _SLUG,
        "sent_at": _TIME,
        "state": {"enum": [s.value for s in DeviceState]},
        "mode": {"enum": [m.value for m in WatchMode]},
        "camera": {"enum": [s.value for s in CameraState]},
        "frames_per_s": {"type": "number", "minimum": 0, "maximum": 10_000},
        "detect_every": {"type": "integer", "minimum": 0, "maximum": MOST_DETECT_EVERY},
        "stages_ms": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                stage: {"type": "number", "minimum": 0, "maximum": 3_600_000} for stage in STAGES
            },
        },
        "temperature_c": {"type": ["number", "null"], "minimum": -60, "maximum": 150},
        "throttled": {"type": ["boolean", "null"]},
        "outbox_depth": _COUNT,
        "outbox_oldest_s": _COUNT,
        "dropped": _COUNT,
        "held_back": _COUNT,
        "outboxes_set_aside": _COUNT,
        "clock_synced": {"type": ["boolean", "null"]},
        "still_faces_suppressed": _COUNT,
        "excluded": _COUNT,
        "passers_by": _COUNT,
        "visits": _COUNT,
        "model": _MODEL,
        "software": _MODEL,
        "uptime_s": _COUNT,
    },
    STATUS_FIELDS,
)

SCHEMAS: Final = {
    "visit.v1.json": VISIT_SCHEMA,
    "visits.v1.json": VISITS_SCHEMA,
    "status.v1.json": STATUS_SCHEMA,
}
"""File name in ``contracts/schema/`` → schema."""
