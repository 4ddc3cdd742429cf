"""Everything that an edge device can emit, as Hypothesis strategies."""

import itertools
import uuid
from collections.abc import Sequence

from hypothesis import strategies as st

from contracts.expressions import EXPRESSIONS, Expression
from contracts.visit import (
    LONGEST_DWELL_MS,
    LONGEST_MODEL,
    MOST_SAMPLES,
    SLOWEST_INFERENCE_MS,
    Visit,
)

NOON_MS = 1_792_836_000_000
"""2026-10-24T10:00Z, noon in Rome on the day before the clocks go back."""


def uuids4() -> st.SearchStrategy[str]:
    """Ids as the Pi makes them."""
    return st.integers(0, 2**128 - 1).map(lambda n: str(uuid.UUID(int=n, version=4)))


@st.composite
def shares(draw: st.DrawFn) -> tuple[float, ...]:
    """Eight shares of three decimals that sum to 1."""
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=7, max_size=7)))
    ends = [0, *cuts, 1000]
    return tuple((b - a) / 1000 for a, b in itertools.pairwise(ends))


@st.composite
def visits(
    draw: st.DrawFn,
    *,
    artworks: Sequence[str] = ("water-lilies", "harvest"),
    museum_id: str = "city-gallery",
    device_id: str = "pi-1",
    start_ms: int = NOON_MS,
    end_ms: int = NOON_MS + 3_600_000,
) -> Visit:
    """A valid visit that began in ``start_ms`` … ``end_ms``."""
    samples = draw(st.integers(0, MOST_SAMPLES) | st.just(0))
    emotion = draw(st.sampled_from(Expression)) if samples else Expression.UNCERTAIN
    return Visit(
        visit_id=draw(uuids4()),
        museum_id=museum_id,
        artwork_id=draw(st.sampled_from(artworks)),
        device_id=device_id,
        detected_at=draw(st.integers(start_ms, end_ms)),
        dwell_ms=draw(st.integers(0, LONGEST_DWELL_MS)),
        emotion_id=emotion,
        confidence=draw(st.floats(0, 1)),
        expressions=draw(shares()) if samples else (0.0,) * len(EXPRESSIONS),
        samples=samples,
        inference_ms=draw(st.floats(0, SLOWEST_INFERENCE_MS)),
        model=draw(
            st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).map(
                lambda text: text[:LONGEST_MODEL]
            )
        ),
    )
