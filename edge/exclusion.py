"""Who must not be measured: masked parts of the picture, and whoever wears a marker.

A worn marker is looked for below each face. Nobody's expression is measured before some looks have
found none; the first sighting of one stops it, and a second one takes the visitor out for good:
not measured, not counted, and what was measured is thrown away.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from edge.markers import FACE_MM, NUMBERS, Marker
from edge.models import Box, Face, Image
from edge.polygon import Polygon
from edge.ports import MarkerFinder
from edge.tracker import Track

_LEAST_PX: Final = 24.0
"""Side from which a soft lens still shows it in four looks of five (docs/not-everyone.md)."""
_WANTED_PX: Final = 40.0
"""Side to which the picture of the smallest marker is enlarged or shrunk."""
_LARGEST_SCALE: Final = 3.0

_ASIDE, _TOP, _BOTTOM = 1.5, 0.6, 4.5
"""Where is looked: so far to each side of the face's centre, and from so far to so far below it,
in face sizes of 16 cm. Lanyards hang 25 to 65 cm below a face's centre."""
_OFF_CENTRE: Final = 1.25
"""A marker further to the side is somebody else's: shoulders of people side by side are three
face sizes apart."""
_CHEST_ASIDE, _CHEST_BOTTOM = 0.75, 2.5
"""What of it must be in the picture for "no marker" to mean that none is worn: 40 cm below."""
_SIDE_RATIO: Final = (0.4, 2.0)
"""Side of a marker seen, in sides of the smallest and of the largest one at the face's distance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRules:
    """When a track is taken for that of a wearer.

    Attributes:
        smallest_mm: Side of the smallest marker in use.
        largest_mm: Side of the largest.
        measure_unseen: Whether those are measured on whom a marker could not be seen.
        numbers: The markers that count.
        clear_looks: Looks without a marker before the first measurement.
        doubtful_looks: The same, in a row, after a single sighting.
        sightings: Sightings from which a track is a wearer's.
        look_every_s: Time between looks while that is undecided; picture noise differs by then.
        relook_s: Time between later looks: a marker may have been hidden.
        heir_s: Who appears for the first time where a wearer was seen so shortly before is that
            wearer, who had turned away.
        heir_reach: How near that is, in face sizes.
    """

    smallest_mm: float = 64.0
    largest_mm: float = 80.0
    measure_unseen: bool = True
    numbers: Collection[int] = frozenset(NUMBERS.values())
    clear_looks: int = 3
    doubtful_looks: int = 10
    sightings: int = 2
    look_every_s: float = 0.15
    relook_s: float = 1.0
    heir_s: float = 5.0
    heir_reach: float = 1.0


class _Look(Enum):
    """What a look gave."""

    MARKER = auto()
    NONE = auto()
    BLIND = auto()


@dataclass(slots=True)
class _Known:
    """What is known of one track."""

    looked_s: float = -math.inf
    clear: int = 0
    sightings: int = 0
    is_wearer: bool = False


@dataclass(frozen=True, slots=True)
class _Wearer:
    """Where and when a wearer was seen last."""

    box: Box
    last_s: float


class Exclusions:
    """The pipeline's ``Exclusion``: masks, and markers if a finder is given."""

    def __init__(
        self,
        *,
        masks: Sequence[Polygon] = (),
        finder: MarkerFinder | None = None,
        rules: MarkerRules | None = None,
    ) -> None:
        """Takes what is excluded.

        Args:
            masks: Parts of the picture in which no face is looked at.
            finder: Finds markers; None looks for none.
            rules: When a track is taken for that of a wearer.
        """
        self._masks = tuple(masks)
        self._finder = finder
        self._rules = rules or MarkerRules()
        self._known: dict[str, _Known] = {}
        self._left: list[_Wearer] = []

    def unmasked(self, faces: Sequence[Face], image: Image) -> list[Face]:
        """The faces whose centre lies in no mask."""
        return [f for f in faces if not any(m.holds(f.box, image) for m in self._masks)]

    def excludes(self, track: Track, image: Image, now_s: float) -> bool:
        """Takes in one sighting; whether the track must not be measured, for now or for good."""
        if self._finder is None:
            return False
        known = self._known.get(track.track_id)
        if known is None:
            known = self._known[track.track_id] = _Known(is_wearer=self._is_heir(track, now_s))
        if not known.is_wearer and now_s - known.looked_s >= self._pause_s(known):
            known.looked_s = now_s
            self._note(known, self._look(self._finder, track, image))
        return known.is_wearer or self._is_open(known)

    def close(self, track: Track) -> bool:
        """Whether an ended track was a wearer's; forgets it, but for its place for some seconds."""
        known = self._known.pop(track.track_id, None)
        if known is None or not known.is_wearer:
            return False
        self._left.append(_Wearer(track.box, track.last_s))
        return True

    def _is_open(self, known: _Known) -> bool:
        """Whether there were too few looks without a marker yet."""
        rules = self._rules
        return known.clear < (rules.doubtful_looks if known.sightings else rules.clear_looks)

    def _pause_s(self, known: _Known) -> float:
        return self._rules.look_every_s if self._is_open(known) else self._rules.relook_s

    def _note(self, known: _Known, look: _Look) -> None:
        if look is _Look.MARKER:
            known.sightings += 1
            known.clear = 0
            known.is_wearer = known.sightings >= self._rules.sightings
        elif look is _Look.NONE or self._rules.measure_unseen:
            known.clear += 1

    def _look(self, finder: MarkerFinder, track: Track, image: Image) -> _Look:
        rules, box = self._rules, track.box
        (x, y), size = box.centre, box.size
        height, width = image.shape[:2]
        smallest = rules.smallest_mm / FACE_MM * size
        area = Box(x - _ASIDE * size, y + _TOP * size, 2 * _ASIDE * size, (_BOTTOM - _TOP) * size)
        scale = min(_WANTED_PX / smallest, _LARGEST_SCALE)
        if any(self._is_worn(m, box) for m in finder.find(image, area, scale)):
            return _Look.MARKER
        is_seen = (
            smallest >= _LEAST_PX
            and y + _CHEST_BOTTOM * size <= height
            and _CHEST_ASIDE * size <= x <= width - _CHEST_ASIDE * size
        )
        return _Look.NONE if is_seen else _Look.BLIND

    def _is_worn(self, marker: Marker, face: Box) -> bool:
        """Whether a marker is one of ours, near enough, and as large as it would be there."""
        per_mm, (low, high) = face.size / FACE_MM, _SIDE_RATIO
        return (
            marker.number in self._rules.numbers
            and abs(marker.x - face.centre[0]) <= _OFF_CENTRE * face.size
            and low * self._rules.smallest_mm <= marker.side / per_mm
            and marker.side / per_mm <= high * self._rules.largest_mm
        )

    def _is_heir(self, track: Track, now_s: float) -> bool:
        """Whether a track is that of a wearer who was gone for a moment; each has one heir."""
        rules = self._rules
        self._left = [w for w in self._left if now_s - w.last_s <= rules.heir_s]
        for wearer in self._left:
            away = math.dist(wearer.box.centre, track.box.centre)
            if away <= rules.heir_reach * max(wearer.box.size, track.box.size):
                self._left.remove(wearer)
                return True
        return False
