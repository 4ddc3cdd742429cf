"""Faces printed on clothes: they go wherever the face above them goes.

A print is told by its place alone: below another face, within the width of the shoulders, and at
the same distance from it all the way while that one walks. Two people who walk together keep no
such distance. What a print was found at is remembered for its wearer, since detectors lose prints
more often than faces.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from edge.models import Box

_ASIDE: Final = 0.9
_BELOW: Final = (0.8, 3.2)
_RATIO: Final = (0.2, 1.05)
"""Where a print may be: off the wearer's centre line, below the face, and how large, in the
wearer's face sizes. A larger face below is a parent's with a child on the shoulders."""
_RIGID: Final = 0.15
"""Standard deviation of its place, in the wearer's face sizes: clothes move a little, and so do
detectors."""
_APART: Final = 0.6
"""A face that is so far from its usual place is no print."""
_SAME_PLACE: Final = 0.35
"""Another detection so near to a known print is that print."""
_WALK: Final = 0.8
"""How far the wearer must have walked, in face sizes: who stands close together, side by side or
one before the other, keeps a distance as well."""
_LEAST_S: Final = 0.8
_FEWEST: Final = 4
_MEMORY_S: Final = 3.0
"""Time constant of the size, and of what is the usual place."""


@dataclass(slots=True)
class _Wearer:
    """A face that others may hang below."""

    box: Box
    now_s: float
    size: float
    prints: list[tuple[float, float]] = field(default_factory=list)

    def see(self, box: Box, now_s: float) -> None:
        share = 1 - math.exp(-(now_s - self.now_s) / (_MEMORY_S / 3))
        self.size *= (box.size / self.size) ** share
        self.box, self.now_s = box, now_s


@dataclass(slots=True)
class _Pair:
    """Where one face was, seen from another."""

    first_s: float
    from_: tuple[float, float]
    x: float
    y: float
    variance: float = 0.0
    sightings: int = 0
    last_s: float = 0.0
    walked: float = 0.0
    apart: int = 0
    worn: bool = False


class WornPrints:
    """Finds out which tracks are prints on somebody's clothes."""

    def __init__(self) -> None:
        self._faces: dict[str, _Wearer] = {}
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self.found = 0

    def see(self, track_id: str, box: Box, now_s: float) -> bool:
        """Takes in a sighting; whether the face is a print, as far as is known."""
        face = self._faces.get(track_id)
        if face is None:
            face = self._faces[track_id] = _Wearer(box, now_s, box.size)
        face.see(box, now_s)
        for other_id, other in self._faces.items():
            if other_id == track_id or other.now_s != now_s:
                continue
            if other.box.centre[1] < box.centre[1]:
                self._compare(other_id, track_id, now_s)
            else:
                self._compare(track_id, other_id, now_s)
        return self.is_worn(track_id)

    def is_worn(self, track_id: str) -> bool:
        """Whether the face is a print, as far as is known."""
        return any(pair.worn for (_, lower), pair in self._pairs.items() if lower == track_id)

    def close(self, track_id: str) -> None:
        """Forgets a track that has ended."""
        self._faces.pop(track_id, None)
        # A print stays one when its wearer has turned away.
        gone = [
            key
            for key, pair in self._pairs.items()
            if key[1] == track_id or (key[0] == track_id and not pair.worn)
        ]
        for key in gone:
            del self._pairs[key]

    def _compare(self, upper_id: str, lower_id: str, now_s: float) -> None:
        upper, lower = self._faces[upper_id], self._faces[lower_id].box
        x = (lower.centre[0] - upper.box.centre[0]) / upper.size
        y = (lower.centre[1] - upper.box.centre[1]) / upper.size
        key = (upper_id, lower_id)
        pair = self._pairs.get(key)
        ratio = self._faces[lower_id].size / upper.size
        if pair is None:
            if _hangs_below(x, y, ratio):
                pair = _Pair(now_s, upper.box.centre, x, y, last_s=now_s)
                pair.worn = any(math.dist((x, y), known) < _SAME_PLACE for known in upper.prints)
                self._pairs[key] = pair
            return
        pair.apart = pair.apart + 1 if math.dist((x, y), (pair.x, pair.y)) > _APART else 0
        if pair.apart >= _FEWEST or not (pair.worn or _hangs_below(x, y, ratio)):
            del self._pairs[key]
            return
        share = max(1 / (pair.sightings + 2), 1 - math.exp(-(now_s - pair.last_s) / _MEMORY_S))
        off_x, off_y = x - pair.x, y - pair.y
        pair.x, pair.y = pair.x + share * off_x, pair.y + share * off_y
        pair.variance = (1 - share) * (pair.variance + share * (off_x**2 + off_y**2))
        pair.sightings += 1
        pair.last_s = now_s
        pair.walked = max(pair.walked, math.dist(upper.box.centre, pair.from_) / upper.size)
        if not pair.worn and _is_print(pair):
            pair.worn = True
            self.found += 1
            upper.prints.append((pair.x, pair.y))


def _hangs_below(x: float, y: float, ratio: float) -> bool:
    return abs(x) <= _ASIDE and _BELOW[0] <= y <= _BELOW[1] and _RATIO[0] <= ratio <= _RATIO[1]


def _is_print(pair: _Pair) -> bool:
    return (
        pair.last_s - pair.first_s >= _LEAST_S
        and pair.sightings >= _FEWEST
        and pair.walked >= _WALK
        and pair.variance <= _RIGID**2
    )
