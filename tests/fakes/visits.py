"""Visits for tests that do not care what is in them."""

import random
import uuid
from typing import Final

from contracts.expressions import Expression
from contracts.visit import Visit, encode_visit

_RANDOM: Final = random.Random(20260612)  # noqa: S311 - ids for tests, no secret


def make_visit(visit_id: str | None = None, *, detected_at: int = 1_792_900_000_000) -> Visit:
    """A valid visit of device ``pi-1`` beside ``water-lilies``; a new id unless given."""
    return Visit(
        visit_id=visit_id or str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4)),
        museum_id="city-gallery",
        artwork_id="water-lilies",
        device_id="pi-1",
        detected_at=detected_at,
        dwell_ms=4200,
        emotion_id=Expression.HAPPINESS,
        confidence=0.7,
        expressions=(0.1, 0.7, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025),
        samples=21,
        inference_ms=1.5,
        model="0.1.0",
    )


def make_payload(visit_id: str | None = None) -> bytes:
    """Such a visit, encoded."""
    return encode_visit(make_visit(visit_id))
