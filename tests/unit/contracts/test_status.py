import json
from typing import Any

import fastjsonschema
import pytest

from contracts.errors import ContractError
from contracts.schemas import STATUS_SCHEMA
from contracts.status import encode_status, parse_status

validate = fastjsonschema.compile(STATUS_SCHEMA)


def good() -> dict[str, Any]:
    """A record that keeps the contract."""
    return {
        "museum_id": "city-gallery",
        "device_id": "pi-harvest",
        "artwork_id": "harvest",
        "sent_at": 1_774_000_000_000,
        "state": "online",
        "mode": "full",
        "camera": "ok",
        "frames_per_s": 14.8,
        "detect_every": 2,
        "stages_ms": {"detect": 6.1, "frame": 9.0},
        "temperature_c": 61.5,
        "throttled": False,
        "outbox_depth": 3,
        "outbox_oldest_s": 12,
        "dropped": 0,
        "held_back": 0,
        "outboxes_set_aside": 0,
        "clock_synced": True,
        "excluded": 2,
        "passers_by": 5,
        "still_faces_suppressed": 1,
        "visits": 17,
        "model": "1.0.0",
        "software": "0.1.0",
        "uptime_s": 4000,
    }


@pytest.mark.parametrize(
    "change", [{}, {"temperature_c": None, "throttled": None, "clock_synced": None}]
)
def test_a_heartbeat_survives_encoding_and_parsing(change: dict[str, object]) -> None:
    """A board without sensors sends null and is understood."""
    status = parse_status(good() | change)
    sent = json.loads(encode_status(status))
    validate(sent)
    assert parse_status(sent) == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "sleeping"),
        ("mode", "spying"),
        ("camera", None),
        ("detect_every", -1),
        ("clock_synced", 1),
        ("stages_ms", {"secret": 1.0}),
        ("stages_ms", []),
        ("throttled", "no"),
        ("outbox_depth", -1),
        ("temperature_c", 900),
        ("software", ""),
    ],
)
def test_a_bad_value_is_refused_by_its_field_name(field: str, value: object) -> None:
    """Parser and schema both refuse it; the parser names the field."""
    data = good() | {field: value}
    with pytest.raises(ContractError) as caught:
        parse_status(data)
    assert caught.value.field.startswith(field)
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate(data)
