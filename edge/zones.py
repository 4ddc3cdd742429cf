"""Which of several artworks in the picture a visitor stands before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.models import Image
from edge.polygon import Polygon
from edge.tracker import Track

_LONGEST_GAP_S: Final = 1.0
"""Nobody knows where a visitor was who was out of sight for longer."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Where the faces of those are who stand before an artwork."""

    artwork_id: str
    polygon: Polygon


@dataclass(slots=True)
class _Stay:
    """How long one visitor stood before which artwork, seconds."""

    seen_s: float
    artwork_id: str | None
    times_s: dict[str, float] = field(default_factory=dict)


class ArtworkZones:
    """Adds up for each track how long it stood where."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = tuple(zones)
        self._stays: dict[str, _Stay] = {}

    def observe(self, track: Track, image: Image, now_s: float) -> None:
        """Takes in one sighting: where it is counts until the next one."""
        artwork_id = next(
            (z.artwork_id for z in self._zones if z.polygon.holds(track.box, image)), None
        )
        stay = self._stays.get(track.track_id)
        if stay is None:
            stay = self._stays[track.track_id] = _Stay(now_s, artwork_id)
        elif stay.artwork_id is not None:
            stay.times_s[stay.artwork_id] += min(now_s - stay.seen_s, _LONGEST_GAP_S)
        stay.seen_s, stay.artwork_id = now_s, artwork_id
        if artwork_id is not None:
            stay.times_s.setdefault(artwork_id, 0.0)

    def close(self, track: Track) -> str | None:
        """The artwork before which an ended track stood longest, None for the device's own."""
        stay = self._stays.pop(track.track_id, None)
        if stay is None or not stay.times_s:
            return None
        return max(stay.times_s, key=stay.times_s.__getitem__)
