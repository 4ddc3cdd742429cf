"""Faces on screens: a film that is shown in a loop repeats itself exactly, and nobody else does."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.models import Box

_STEP_S: Final = 0.2
"""Time between two places of the trace."""
_LONGEST: Final = 1500
"""Places that are kept: five minutes."""
_GAP_S: Final = 1.0
"""A trace with a longer gap begins anew."""
_CHECK_S: Final = 10.0
_SHORTEST_LOOP_S: Final = 5.0
_REPEATS: Final = 3
"""The film must come back to where it was so often: people rock to and fro, too, but not in time
for long."""
_MOVES: Final = 0.03
"""Least standard deviation of the place, in face sizes; detectors jitter by less."""
_SAME: Final = 0.15
_OTHER: Final = 0.5
"""Part of the trace's variance in which it may differ from itself a loop later, and must differ
at some moment in between."""


@dataclass(slots=True)
class Trace:
    """Where one face was over the last minutes; in memory only, and gone with the track."""

    _seen: deque[tuple[float, Box]] = field(default_factory=lambda: deque(maxlen=_LONGEST))
    _checked_s: float = 0.0

    def add(self, box: Box, now_s: float) -> bool:
        """Takes in a sighting; whether the face has been found to move in a loop."""
        seen = self._seen
        if seen and now_s - seen[-1][0] > _GAP_S:
            seen.clear()
        if not seen:
            self._checked_s = now_s
        if not seen or now_s - seen[-1][0] >= _STEP_S * 0.99:
            seen.append((now_s, box))
        if now_s - self._checked_s < _CHECK_S:
            return False
        self._checked_s = now_s
        return loop_s(self._places()) is not None

    @property
    def area(self) -> Box:
        """The rectangle that holds all of its boxes."""
        boxes = [box for _, box in self._seen]
        left, top = min(b.x for b in boxes), min(b.y for b in boxes)
        right = max(b.x + b.width for b in boxes)
        return Box(left, top, right - left, max(b.y + b.height for b in boxes) - top)

    def _places(self) -> NDArray[np.float64]:
        """Centre and size at even steps, in face sizes; [n, 3]."""
        times = np.array([at for at, _ in self._seen])
        rows = np.array([(*box.centre, box.size) for _, box in self._seen])
        even = np.arange(times[0], times[-1], _STEP_S)
        places = [np.interp(even, times, column) for column in rows.T]
        return np.stack(places, axis=1) / float(np.median(rows[:, 2]))


def loop_s(places: NDArray[np.float64]) -> float | None:
    """Length of the loop in which a trace repeats itself, seconds; None if it doesn't.

    Args:
        places: One row for each step of 0.2 s, in face sizes.
    """
    spread = 2 * float(places.var(axis=0).sum())
    if spread < 2 * _MOVES**2:
        return None
    most = len(places) // (_REPEATS + 1)
    differs = [
        float(((places[lag:] - places[:-lag]) ** 2).sum(axis=1).mean()) / spread
        for lag in range(1, _REPEATS * most + 1)
    ]
    for lag in range(round(_SHORTEST_LOOP_S / _STEP_S), most + 1):
        again = [differs[lag * n - 1] for n in range(1, _REPEATS + 1)]
        if max(again) <= _SAME and max(differs[: lag - 1]) >= _OTHER:
            return lag * _STEP_S
    return None
