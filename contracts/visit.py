"""One visit, and the message that carries visits from a Pi to the cloud."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from contracts._fields import check_keys, integer, number, text
from contracts.errors import ContractError
from contracts.expressions import EXPRESSIONS, Expression
from contracts.topics import check_slug

EARLIEST_MS: Final = 1_577_836_800_000
"""2020-01-01T00:00Z: no Pi of ours ran before."""
LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01T00:00Z: a clock that says more is broken."""
LONGEST_DWELL_MS: Final = 24 * 3_600_000
MOST_SAMPLES: Final = 10_000_000
SLOWEST_INFERENCE_MS: Final = 60_000.0
LONGEST_MODEL: Final = 64
SHARES_TOLERANCE: Final = 0.01
"""Eight shares rounded to three decimals can miss 1 by at most 0.004; the rest is slack."""

MAX_MESSAGE_BYTES: Final = 5 * 1024
"""AWS IoT Core meters messages in steps of 5 KB (5,120 bytes)."""
MAX_VISITS_PER_MESSAGE: Final = 64

UUID4_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_UUID4: Final = re.compile(UUID4_PATTERN)
_HEAD: Final = b'{"visits":['
_TAIL: Final = b"]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visitor's stay in front of one artwork.

    Attributes:
        visit_id: UUID4 made on the Pi; the idempotency key.
        museum_id: Slug.
        artwork_id: Slug.
        device_id: Slug; equals the MQTT client id.
        detected_at: First confirmed sighting, ms since 1970 UTC.
        dwell_ms: First to last confirmed sighting, ms.
        emotion_id: The visit's expression; ``UNCERTAIN`` when the model abstained.
        confidence: Calibrated probability of that expression, 0 … 1.
        expressions: Mean probability of each of the eight expressions, three decimals; sums to 1,
            or all zero when ``samples`` is 0.
        samples: Number of classified frames.
        inference_ms: Median time per classified face, ms.
        model: Version of the CNN.
    """

    visit_id: str
    museum_id: str
    artwork_id: str
    device_id: str
    detected_at: int
    dwell_ms: int
    emotion_id: Expression
    confidence: float
    expressions: tuple[float, ...]
    samples: int
    inference_ms: float
    model: str

    @property
    def ended_at(self) -> int:
        """Last confirmed sighting, ms since 1970 UTC."""
        return self.detected_at + self.dwell_ms

    def to_dict(self) -> dict[str, Any]:
        """The record as it crosses, ready for JSON."""
        return {
            f.name: (
                list(self.expressions)
                if f.name == "expressions"
                else int(self.emotion_id)
                if f.name == "emotion_id"
                else getattr(self, f.name)
            )
            for f in fields(self)
        }


VISIT_FIELDS: Final = frozenset(f.name for f in fields(Visit))


def parse_visit(data: object) -> Visit:
    """Reads one visit from a decoded JSON object.

    Raises:
        ContractError: A field is missing, unknown, of a wrong type, out of range, or two fields
            contradict each other; the error names the field.
    """
    d = check_keys(data, VISIT_FIELDS, "visit")
    visit_id = d["visit_id"]
    if not isinstance(visit_id, str) or not _UUID4.fullmatch(visit_id):
        raise ContractError("visit_id", f"must be a lower-case UUID4, not {visit_id!r:.80}")
    samples = integer(d, "samples", 0, MOST_SAMPLES)
    shares = _parse_shares(d, samples)
    emotion = Expression(integer(d, "emotion_id", -1, len(EXPRESSIONS) - 1))
    if samples == 0 and emotion is not Expression.UNCERTAIN:
        raise ContractError("emotion_id", "must be -1 when no frame was classified")
    return Visit(
        visit_id=visit_id,
        museum_id=check_slug("museum_id", d["museum_id"]),
        artwork_id=check_slug("artwork_id", d["artwork_id"]),
        device_id=check_slug("device_id", d["device_id"]),
        detected_at=integer(d, "detected_at", EARLIEST_MS, LATEST_MS),
        dwell_ms=integer(d, "dwell_ms", 0, LONGEST_DWELL_MS),
        emotion_id=emotion,
        confidence=number(d, "confidence", 0.0, 1.0),
        expressions=shares,
        samples=samples,
        inference_ms=number(d, "inference_ms", 0.0, SLOWEST_INFERENCE_MS),
        model=text(d, "model", LONGEST_MODEL),
    )


def _parse_shares(d: Mapping[str, Any], samples: int) -> tuple[float, ...]:
    shares = d["expressions"]
    if not isinstance(shares, list) or len(shares) != len(EXPRESSIONS):
        raise ContractError("expressions", f"must be a list of {len(EXPRESSIONS)} numbers")
    named = {f"expressions[{i}]": share for i, share in enumerate(shares)}
    parsed = tuple(number(named, name, 0.0, 1.0) for name in named)
    expected = 1.0 if samples else 0.0
    if abs(sum(parsed) - expected) > SHARES_TOLERANCE:
        raise ContractError("expressions", f"must sum to {expected:g}, not {sum(parsed):.3f}")
    return parsed


def encode_visit(visit: Visit) -> bytes:
    """Compact JSON of one visit, UTF-8."""
    return json.dumps(visit.to_dict(), separators=(",", ":")).encode()


def encode_visits(encoded: Sequence[bytes]) -> bytes:
    """The message that carries visits which ``encode_visit`` made, in their order."""
    return _HEAD + b",".join(encoded) + _TAIL


def split_into_messages(
    encoded: Iterable[bytes], max_bytes: int = MAX_MESSAGE_BYTES
) -> Iterator[list[bytes]]:
    """Groups encoded visits, in order, so that each group's message has at most ``max_bytes``.

    A single visit that is larger than that travels alone.
    """
    group: list[bytes] = []
    size = len(_HEAD) + len(_TAIL)
    for one in encoded:
        if group and (size + len(one) + 1 > max_bytes or len(group) == MAX_VISITS_PER_MESSAGE):
            yield group
            group, size = [], len(_HEAD) + len(_TAIL)
        size += len(one) + bool(group)
        group.append(one)
    if group:
        yield group
