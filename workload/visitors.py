"""Visits as a Pi would have measured them, drawn from a seeded generator."""

import uuid
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from contracts.expressions import EXPRESSIONS, Expression, Sentiment, sentiment_of
from contracts.museums import Museum
from contracts.visit import Visit
from workload.errors import WorkloadError
from workload.opening import Span
from workload.options import Options

Floats = npt.NDArray[np.float64]

_SLOT: Final = timedelta(minutes=15)
_BUSY: Final = dict(
    zip(
        range(24),
        (0.8, 0.8, 0.8, 0.5, 0.3, 0.3, 0.3, 0.3, 0.4, 0.5, 0.6, 1.0,
         0.8, 0.7, 1.1, 1.3, 1.2, 0.8, 0.7, 0.8, 0.9, 0.9, 0.9, 0.8),
        strict=True,
    )
)  # fmt: skip
"""How busy a local hour is, relative to the others."""
_WEEKEND: Final = 1.5
_SATURDAY: Final = 5

_DWELL_MEDIAN_S: Final = 24.0
_DWELL_SIGMA: Final = 0.85
_DWELL_RANGE_S: Final = (1.2, 900.0)
_SAMPLES_PER_S: Final = 4.0
_INFERENCE_MS: Final = (3.4, 0.35)

ABSTAIN_BELOW: Final = 0.4
"""Below that mean probability of the likeliest expression the generator's Pis abstain."""
_SURE: Final = 0.43
_CONCENTRATION: Final = 0.35
_PEAK: Final = 3.0
_NEVER_CLASSIFIED: Final = 0.15
"""Share of the uncertain visits in which no frame was good enough to classify."""

_UPSET_NEGATIVE: Final = 0.75
_UPSET_LASTS: Final = timedelta(minutes=50)


class Visitors:
    """Draws a museum's visits; one object, one reproducible sequence."""

    def __init__(self, museum: Museum, options: Options, spans: list[Span]) -> None:
        if not spans:
            raise WorkloadError("the museum is closed on all of these days: choose more --days")
        self._museum = museum
        self._options = options
        self._spans = spans
        self._rng = np.random.default_rng((options.seed, 1))
        self.artworks = _artworks(museum, options)
        popularity = 0.4 + self._rng.gamma(2.0, 0.5, len(self.artworks))
        self._popularity: Floats = popularity / popularity.sum()
        self._mixes = [self._mix_of_artwork() for _ in self.artworks]
        self.upset_artwork = int(self._rng.integers(len(self.artworks)))

    def visits(self) -> list[Visit]:
        """All visits, ``options.visits`` of them, in order of their detection."""
        upset = min(self._options.upset_visits, self._options.visits // 4)
        visits = [*self._usual(self._options.visits - upset), *self._upset(upset)]
        return sorted(visits, key=lambda v: (v.detected_at, v.visit_id))

    def most_visited(self) -> list[str]:
        """Ids of the artworks, the most popular first."""
        order = np.argsort(-self._popularity, kind="stable")
        return [self.artworks[int(i)] for i in order]

    def _usual(self, count: int) -> list[Visit]:
        slots, weights = self._slots()
        chosen = self._rng.choice(len(slots), count, p=weights)
        places = self._rng.choice(len(self.artworks), count, p=self._popularity)
        return [
            self._visit(int(place), slots[int(i)], self._mixes[int(place)])
            for i, place in zip(chosen, places, strict=True)
        ]

    def _upset(self, count: int) -> list[Visit]:
        """A crowd before one artwork that leaves most of its visitors with negative expressions."""
        span = self._spans[-1]
        middle = span.start + (span.end - span.start) * 0.5
        crowd = Span(span.day, middle, min(middle + _UPSET_LASTS, span.end))
        mix = _mix_array(self._options)
        negative = np.array(
            [sentiment_of(e) is Sentiment.NEGATIVE for e in EXPRESSIONS] + [False], bool
        )
        shares = np.where(negative, mix + 0.01, 0.0)
        rest = np.where(negative, 0.0, mix + 0.001)
        mix = _UPSET_NEGATIVE * shares / shares.sum() + (1 - _UPSET_NEGATIVE) * rest / rest.sum()
        return [self._visit(self.upset_artwork, crowd, mix) for _ in range(count)]

    def _slots(self) -> tuple[list[Span], Floats]:
        """Quarters of open hours and how likely a visit falls into each."""
        slots: list[Span] = []
        weights: list[float] = []
        for span in self._spans:
            start = span.start
            while start < span.end:
                end = min(start + _SLOT, span.end)
                slots.append(Span(span.day, start, end))
                local = start.astimezone(self._museum.zone)
                weekend = _WEEKEND if span.day.weekday() >= _SATURDAY else 1.0
                weights.append(weekend * _BUSY[local.hour] * ((end - start) / _SLOT))
                start = end
        total = np.array(weights)
        return slots, total / total.sum()

    def _visit(self, place: int, slot: Span, mix: Floats) -> Visit:
        rng, options = self._rng, self._options
        closes = next(s.end for s in self._spans if s.start <= slot.start < s.end)
        longest = (closes - slot.start) / timedelta(milliseconds=1)
        dwell_s = np.clip(rng.lognormal(np.log(_DWELL_MEDIAN_S), _DWELL_SIGMA), *_DWELL_RANGE_S)
        dwell_ms = int(min(dwell_s * 1000, longest))
        start_ms = round(slot.start.timestamp() * 1000)
        width_ms = (slot.end - slot.start) / timedelta(milliseconds=1)
        detected_at = start_ms + int(min(rng.random() * width_ms, longest - dwell_ms))
        emotion = _emotion(int(rng.choice(len(mix), p=mix)))
        samples = max(1, int(dwell_ms / 1000 * _SAMPLES_PER_S * rng.uniform(0.5, 1.0)))
        if emotion is Expression.UNCERTAIN and rng.random() < _NEVER_CLASSIFIED:
            samples = 0
        shares = self._shares(emotion) if samples else (0.0,) * len(EXPRESSIONS)
        confidence = max(shares) if emotion is Expression.UNCERTAIN else shares[emotion]
        artwork = self.artworks[place]
        return Visit(
            visit_id=str(uuid.UUID(bytes=rng.bytes(16), version=4)),
            museum_id=self._museum.id,
            artwork_id=artwork,
            device_id=device_of(artwork),
            detected_at=detected_at,
            dwell_ms=dwell_ms,
            emotion_id=emotion,
            confidence=confidence,
            expressions=shares,
            samples=samples,
            inference_ms=round(float(max(1.0, rng.normal(*_INFERENCE_MS))), 2) if samples else 0.0,
            model=options.model,
        )

    def _shares(self, emotion: Expression) -> tuple[float, ...]:
        """Mean probabilities that lead to that expression, or to abstention."""
        count = len(EXPRESSIONS)
        if emotion is Expression.UNCERTAIN:
            shares = self._rng.dirichlet(np.full(count, 2.0))
            highest = self._rng.uniform(0.2, ABSTAIN_BELOW - 0.01)
            flatten = min(1.0, (highest - 1 / count) / (shares.max() - 1 / count))
            shares = flatten * shares + (1 - flatten) / count
        else:
            alpha = np.full(count, _CONCENTRATION)
            alpha[emotion] += _PEAK
            shares = self._rng.dirichlet(alpha)
            if shares[emotion] < _SURE or int(shares.argmax()) != emotion:
                # Towards the expression itself, until more than half speaks for it.
                peak = self._rng.uniform(0.51, 0.75)
                shares *= (1 - peak) / (1 - shares[emotion])
                shares[emotion] = peak
        return tuple(round(float(s), 3) for s in shares)

    def _mix_of_artwork(self) -> Floats:
        mix = _mix_array(self._options)
        spread = self._options.artwork_spread
        if not spread:
            return mix
        drawn: Floats = self._rng.dirichlet(mix * (12 / spread) + 1e-3)
        return drawn


def device_of(artwork_id: str) -> str:
    """Id of the Pi beside an artwork."""
    return f"pi-{artwork_id}"[:48].rstrip("-")


def _artworks(museum: Museum, options: Options) -> tuple[str, ...]:
    ids = tuple(a.id for a in museum.artworks)
    unknown = [a for a in options.artworks if a not in ids]
    if unknown:
        raise WorkloadError(f"{unknown[0]!r} is no artwork of {museum.id}: choose of {ids}")
    return options.artworks or ids


def _mix_array(options: Options) -> Floats:
    """Weights in the order of the eight expressions and then uncertain, summing to 1."""
    order = (*EXPRESSIONS, Expression.UNCERTAIN)
    weights = np.array([options.emotion_mix.get(e, 0.0) for e in order], np.float64)
    normed: Floats = weights / weights.sum()
    return normed


def _emotion(index: int) -> Expression:
    return EXPRESSIONS[index] if index < len(EXPRESSIONS) else Expression.UNCERTAIN
