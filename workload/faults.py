"""What a broken or hostile device may send: one malformed visit or message of each kind."""

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from contracts.visit import Visit, encode_visits

_TEN_YEARS_MS: Final = 3652 * 24 * 3_600_000
_HUGE: Final = 100_000
"""Characters; the message stays below IoT Core's 128 KB."""


class Fault(StrEnum):
    """A kind of malformed visit or message."""

    BROKEN_JSON = "broken_json"
    NOT_TEXT = "not_text"
    NOT_A_NUMBER = "not_a_number"
    HUGE_PAYLOAD = "huge_payload"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    FOREIGN_DEVICE = "foreign_device"
    UNKNOWN_ARTWORK = "unknown_artwork"
    CLOCK_BEHIND = "clock_behind"
    CLOCK_AHEAD = "clock_ahead"


DEFAULT_KINDS: Final = tuple(Fault)
"""Every kind once."""

UNREADABLE: Final = frozenset(
    {Fault.BROKEN_JSON, Fault.NOT_TEXT, Fault.NOT_A_NUMBER, Fault.HUGE_PAYLOAD}
)
"""Kinds that spoil their whole message, which therefore carries no good visit.

NaN is among them as RFC 8259 knows no such number: a strict reader refuses the whole text.
"""


def unreadable_message(fault: Fault, visit: Visit) -> bytes:
    """A message that no visit can be read from, of a kind in ``UNREADABLE``."""
    good = visit.to_dict()
    if fault is Fault.NOT_TEXT:
        return b"\xff\xfe\x00\x9f" + visit.visit_id.encode("utf-16-le")
    if fault is Fault.NOT_A_NUMBER:
        return encode_visits([_dumps(good | {"confidence": float("nan")})])
    if fault is Fault.HUGE_PAYLOAD:
        return encode_visits([_dumps(good | {"model": "x" * _HUGE})])
    return encode_visits([_dumps(good)])[:-25]


def bad_visit(fault: Fault, visit: Visit, other_device: str) -> bytes:
    """A visit, encoded, that must be refused while the rest of its message is kept."""
    return _dumps(_SPOIL[fault](visit.to_dict(), other_device))


def _dumps(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _without(data: dict[str, Any], field: str) -> dict[str, Any]:
    return {k: v for k, v in data.items() if k != field}


_SPOIL: Final[dict[Fault, Callable[[dict[str, Any], str], dict[str, Any]]]] = {
    Fault.WRONG_TYPE: lambda v, _: v | {"dwell_ms": str(v["dwell_ms"])},
    Fault.UNKNOWN_FIELD: lambda v, _: v | {"age": 34},
    Fault.MISSING_FIELD: lambda v, _: _without(v, "emotion_id"),
    Fault.OUT_OF_RANGE: lambda v, _: v | {"confidence": 1.7},
    Fault.FOREIGN_DEVICE: lambda v, other: v | {"device_id": other},
    Fault.UNKNOWN_ARTWORK: lambda v, _: v | {"artwork_id": "no-such-artwork"},
    Fault.CLOCK_BEHIND: lambda v, _: v | {"detected_at": v["detected_at"] - _TEN_YEARS_MS},
    Fault.CLOCK_AHEAD: lambda v, _: v | {"detected_at": v["detected_at"] + _TEN_YEARS_MS},
}
