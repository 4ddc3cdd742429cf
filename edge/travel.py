"""Whether a face has come from, or gone to, another place."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from edge.models import Box
from edge.motion import MEASUREMENT_SD

_FEWEST: Final = 3
"""Sightings that a median needs to smooth out an outlier."""
_STEP: Final = 2 * MEASUREMENT_SD
"""Least part of a walk, in face sizes, that is more than jitter."""


@dataclass(slots=True)
class Travel:
    """The way of one face: where it began, and where it was just now.

    Attributes:
        distance: Distance of the smoothed centre from where it began that is a journey, face sizes.
        growth: Ratio of the smoothed size to the first that is one.
        smooth_s: Time over which places are smoothed; detectors jitter.
    """

    distance: float
    growth: float
    smooth_s: float
    _first: list[Box] = field(default_factory=list)
    _recent: deque[tuple[float, Box]] = field(default_factory=deque)

    def restart(self) -> None:
        """Begins anew at the next sighting."""
        self._first.clear()
        self._recent.clear()

    def add(self, box: Box, now_s: float) -> bool:
        """Takes in a sighting; whether there has been a journey."""
        recent = self._recent
        recent.append((now_s, box))
        while len(recent) > _FEWEST and now_s - recent[0][0] > self.smooth_s:
            recent.popleft()
        if len(self._first) < _FEWEST:
            self._first.append(box)
        if len(recent) < _FEWEST:
            return False
        boxes = [b for _, b in recent]
        if _walks(boxes[-_FEWEST:], self.distance):
            return True
        begun, now = _middle(self._first), _middle(boxes)
        grown = max(now.size / begun.size, begun.size / now.size)
        gone = math.dist(begun.centre, now.centre) / begun.size
        return gone >= self.distance or grown >= self.growth


def _walks(boxes: Sequence[Box], distance: float) -> bool:
    """Whether three sightings lie in a row, well apart: the gait of someone who comes or goes.

    A stray detection followed by the face itself makes one jump, not two steps.
    """
    (x0, y0), (x1, y1), (x2, y2) = (b.centre for b in boxes)
    size = boxes[-1].size
    way = math.dist((x0, y0), (x2, y2))
    if way < distance * size:
        return False
    first = ((x1 - x0) * (x2 - x0) + (y1 - y0) * (y2 - y0)) / way
    return min(first, way - first) >= _STEP * size


def _middle(boxes: Sequence[Box]) -> Box:
    """Median of boxes, side by side."""
    return Box(
        median(b.x for b in boxes),
        median(b.y for b in boxes),
        median(b.width for b in boxes),
        median(b.height for b in boxes),
    )
