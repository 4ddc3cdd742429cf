"""Turns what was seen of one visitor into the anonymous record of a visit."""

import statistics
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import EXPRESSIONS, Expression
from contracts.visit import LONGEST_DWELL_MS, SLOWEST_INFERENCE_MS, Visit
from edge.models import ModelInfo
from edge.tracker import Track

_THOUSANDTHS: Final = 1000
_MOST_TIMES: Final = 512
"""Durations kept per visit for the median; a visit of an hour must not grow without bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRules:
    """What makes a sighting a visit.

    Who only passes by is not counted: a face that was not turned to the artwork for at least
    ``min_dwell_s`` looked at something else.

    Attributes:
        min_dwell_s: Shortest stay, from first to last sighting, seconds.
        min_sightings: Fewest frames in which the face was seen.
        min_seen_share: Smallest share of the stay's frames in which it was seen; false detections
            (patterns on clothes, foliage) flicker, faces don't.
        min_samples: Fewest classified frames from which an expression is told.
    """

    min_dwell_s: float = 1.0
    min_sightings: int = 4
    min_seen_share: float = 0.3
    min_samples: int = 2

    def is_visit(self, track: Track) -> bool:
        """Whether a track was a stay and not a passer-by or a flicker."""
        return (
            track.confirmed
            and track.last_s - track.first_s >= self.min_dwell_s
            and track.sightings >= self.min_sightings
            and track.seen_share >= self.min_seen_share
        )


@dataclass(slots=True)
class Expressions:
    """Running mean of the classifier's answers for one visitor."""

    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(EXPRESSIONS)))
    samples: int = 0
    times_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_TIMES))

    def add(self, probabilities: Sequence[float], milliseconds: float) -> None:
        """Takes in one classified frame; eight probabilities, none negative."""
        self.total += probabilities
        self.samples += 1
        self.times_ms.append(milliseconds)

    def shares(self) -> tuple[float, ...]:
        """Mean probabilities, three decimals, that sum to 1; all zero without samples."""
        mass = float(self.total.sum())
        if self.samples == 0 or mass <= 0:
            return (0.0,) * len(EXPRESSIONS)
        exact = self.total / mass * _THOUSANDTHS
        whole = np.floor(exact).astype(int)
        # Largest remainders (Hamilton) get the thousandths that rounding down left over.
        order = np.argsort(whole - exact, kind="stable")
        whole[order[: _THOUSANDTHS - int(whole.sum())]] += 1
        return tuple(int(w) / _THOUSANDTHS for w in whole)

    def verdict(self, abstain_below: float, min_samples: int) -> tuple[Expression, float]:
        """The expression, or *uncertain*, and the top mean probability."""
        shares = self.shares()
        top = max(range(len(shares)), key=shares.__getitem__)
        if self.samples < max(min_samples, 1) or shares[top] < abstain_below:
            return Expression.UNCERTAIN, shares[top]
        return Expression(top), shares[top]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitBuilder:
    """Makes the records of one device.

    Attributes:
        museum_id: Slug.
        artwork_id: Slug.
        device_id: Slug.
        model: The expression model's version and threshold.
        rules: When a visit's expression is told.
        wall_ms: Wall-clock moment (ms since 1970 UTC) of a moment on the frames' clock (seconds).
    """

    museum_id: str
    artwork_id: str
    device_id: str
    model: ModelInfo
    rules: VisitRules
    wall_ms: Callable[[float], int]

    def build(self, track: Track, seen: Expressions, artwork_id: str | None = None) -> Visit:
        """The record of a track that was a visit; its id is new each time.

        Args:
            track: Who stayed, and for how long.
            seen: What the classifier said of them.
            artwork_id: Where they stood, if not before the device's own artwork.
        """
        emotion, confidence = seen.verdict(self.model.abstain_below, self.rules.min_samples)
        shares = seen.shares()
        samples = seen.samples if any(shares) else 0
        inference_ms = statistics.median(seen.times_ms) if samples else 0.0
        dwell_ms = round((track.last_s - track.first_s) * 1000)
        return Visit(
            visit_id=str(uuid.uuid4()),
            museum_id=self.museum_id,
            artwork_id=artwork_id or self.artwork_id,
            device_id=self.device_id,
            detected_at=self.wall_ms(track.first_s),
            dwell_ms=min(dwell_ms, LONGEST_DWELL_MS),
            emotion_id=emotion if samples else Expression.UNCERTAIN,
            confidence=confidence,
            expressions=shares,
            samples=samples,
            inference_ms=min(round(inference_ms, 3), SLOWEST_INFERENCE_MS),
            model=self.model.version,
        )
