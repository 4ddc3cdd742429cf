"""Tells visitors from portraits, prints and other faces that never live.

A person is never still: whoever walks in has travelled, and whoever stands sways, breathes and
blinks. The evidence is kept per track:

* **travel**: the face's centre or size, smoothed over some sightings, has left where it began;
* **micro-motion**: the picture at the face's place changes more over a second than over one frame.
  Sensor noise and compression change it over one frame as much as over a second, and cancel out; a
  change of light changes brightness and contrast, which are divided out; a passer-by in front
  changes it far more than any living face does, and such moments don't count.

A confirmed track without either after ``still_after_s`` marks a *still place*. The map of still
places outlives the track, so that a portrait which was hidden for a while is known at once.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.crop import resample
from edge.models import Box, Face, Image
from edge.tracker import Track

_PATCH_PX: Final = 32
_PATCH_SCALE: Final = 1.2
"""The patch takes in the outline of the head, whose edge moves when the head does."""
_FEWEST: Final = 3
"""Sightings that a median needs to smooth out an outlier."""
_FLATTEST: Final = 2.0
"""Contrast (grey levels) below which a patch shows nothing to compare."""


class Liveness(StrEnum):
    """What is known of a track."""

    UNKNOWN = "unknown"
    ALIVE = "alive"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class StillnessRules:
    """Thresholds; lengths are in face sizes, so that distance from the camera doesn't matter.

    Attributes:
        travel: Distance of the smoothed centre from where it began that shows a person.
        growth: Ratio of the smoothed size to the first that shows a person.
        smooth_s: Time over which places are smoothed; detectors jitter.
        lag_s: Time over which micro-motion is looked for.
        sway: Least micro-motion over that time. People who try to stand still sway by several
            millimetres in a second; 0.006 is one millimetre of a face of 16 cm.
        occlusion: Change that no living face makes by itself; something is in front.
        moving_s: Time for which a face must be seen to move, at least.
        moving_share: Share of that time in which it moves.
        still_after_s: Without any sign of life for so long, a face is a still one.
        same_place: Overlap (IoU) with a still place at which a new face is held to be that one.
    """

    travel: float = 0.35
    growth: float = 1.25
    smooth_s: float = 0.5
    lag_s: float = 1.0
    sway: float = 0.006
    occlusion: float = 0.10
    moving_s: float = 0.8
    moving_share: float = 0.5
    still_after_s: float = 3.0
    same_place: float = 0.5


@dataclass(slots=True)
class _Evidence:
    """What was seen of one track so far."""

    anchor: Box
    state: Liveness = Liveness.UNKNOWN
    first: list[Box] = field(default_factory=list)
    recent: deque[tuple[float, Box]] = field(default_factory=deque)
    patches: deque[tuple[float, NDArray[np.float32]]] = field(default_factory=deque)
    motions: deque[tuple[float, bool]] = field(default_factory=deque)
    place: "StillPlace | None" = None
    taught: bool = False


@dataclass(slots=True, eq=False)
class StillPlace:
    """Where a face hangs that doesn't live.

    Attributes:
        box: Its place, pixels of the full frame.
    """

    box: Box


class StillFaces:
    """Judges each track, and remembers the places of still faces."""

    def __init__(self, rules: StillnessRules | None = None) -> None:
        self._rules = rules or StillnessRules()
        self._evidence: dict[str, _Evidence] = {}
        self._places: list[StillPlace] = []

    @property
    def suppressed(self) -> int:
        """Number of still faces found so far; one that comes back counts once."""
        return len(self._places)

    @property
    def places(self) -> tuple[StillPlace, ...]:
        """The map of still faces."""
        return tuple(self._places)

    def observe(self, track: Track, face: Face, image: Image, now_s: float) -> Liveness:
        """Takes in one sighting and says what is known by now. Life, once shown, stays."""
        evidence = self._evidence.get(track.track_id)
        if evidence is None:
            evidence = _Evidence(face.box, place=self._known_place(face.box))
            self._evidence[track.track_id] = evidence
            if evidence.place is not None:
                evidence.state = Liveness.STILL
        if evidence.state is Liveness.ALIVE:
            return evidence.state
        if self._has_travelled(evidence, face.box, now_s):
            return self._revive(evidence)
        self._note_change(evidence, image, now_s)
        if evidence.place is None and self._sways(evidence):
            return self._revive(evidence)
        if (
            evidence.state is Liveness.UNKNOWN
            and track.confirmed
            and now_s - track.first_s >= self._rules.still_after_s
        ):
            evidence.state = Liveness.STILL
            evidence.place, evidence.taught = self._learn(face.box)
        return evidence.state

    def state(self, track: Track) -> Liveness:
        """What is known of a track."""
        evidence = self._evidence.get(track.track_id)
        return evidence.state if evidence else Liveness.UNKNOWN

    def close(self, track: Track) -> Liveness:
        """The final word on a track that has ended; forgets its evidence."""
        evidence = self._evidence.pop(track.track_id, None)
        return evidence.state if evidence else Liveness.UNKNOWN

    def _known_place(self, box: Box) -> StillPlace | None:
        return next((p for p in self._places if p.box.iou(box) >= self._rules.same_place), None)

    def _learn(self, box: Box) -> tuple[StillPlace, bool]:
        """The still place at ``box``, and whether it is new."""
        known = self._known_place(box)
        if known is not None:
            return known, False
        place = StillPlace(box)
        self._places.append(place)
        return place, True

    def _revive(self, evidence: _Evidence) -> Liveness:
        """A face that lives; what was measured is no longer needed."""
        if evidence.place is not None and evidence.taught:
            self._places.remove(evidence.place)  # it was a visitor who stood very still
        evidence.state, evidence.place = Liveness.ALIVE, None
        evidence.patches.clear()
        evidence.motions.clear()
        return evidence.state

    def _has_travelled(self, evidence: _Evidence, box: Box, now_s: float) -> bool:
        rules, recent = self._rules, evidence.recent
        recent.append((now_s, box))
        while len(recent) > _FEWEST and now_s - recent[0][0] > rules.smooth_s:
            recent.popleft()
        if len(evidence.first) < _FEWEST:
            evidence.first.append(box)
            return False
        begun, now = _middle(evidence.first), _middle([b for _, b in recent])
        travelled = math.dist(begun.centre, now.centre) / begun.size
        grown = max(now.size / begun.size, begun.size / now.size)
        return travelled >= rules.travel or grown >= rules.growth

    def _note_change(self, evidence: _Evidence, image: Image, now_s: float) -> None:
        """Compares the place with what it showed one frame and one lag ago."""
        rules, patches = self._rules, evidence.patches
        patch = _patch(image, evidence.anchor)
        if patch is None:
            return
        while len(patches) > 1 and now_s - patches[1][0] >= rules.lag_s:
            patches.popleft()
        if patches and now_s - patches[0][0] >= rules.lag_s:
            change = _shift(patch, patches[0][1])
            noise = _shift(patch, patches[-1][1])
            if change <= rules.occlusion:
                sway = math.sqrt(max(0.0, change**2 - noise**2))
                evidence.motions.append((now_s, sway >= rules.sway))
        patches.append((now_s, patch))
        while evidence.motions and now_s - evidence.motions[0][0] > 2 * rules.moving_s:
            evidence.motions.popleft()

    def _sways(self, evidence: _Evidence) -> bool:
        motions, rules = evidence.motions, self._rules
        if not motions or motions[-1][0] - motions[0][0] < rules.moving_s:
            return False
        return sum(moved for _, moved in motions) >= rules.moving_share * len(motions)


def _middle(boxes: list[Box]) -> Box:
    """Median of boxes, side by side."""
    return Box(
        median(b.x for b in boxes),
        median(b.y for b in boxes),
        median(b.width for b in boxes),
        median(b.height for b in boxes),
    )


def _patch(image: Image, box: Box) -> NDArray[np.float32] | None:
    """The place of a face at zero mean and unit contrast, softened; None when it shows nothing."""
    (x, y), side = box.centre, _PATCH_SCALE * box.size
    grey = resample(image, Box(x - side / 2, y - side / 2, side, side), _PATCH_PX)
    # The softening keeps noise and compression from looking like motion of fine detail.
    soft = (grey[:-2] + 2 * grey[1:-1] + grey[2:]) / 4
    soft = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    contrast = float(soft.std())
    return (soft - soft.mean()) / contrast if contrast >= _FLATTEST else None


def _shift(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The motion, in face sizes, that would explain how two patches differ.

    First-order (Lucas and Kanade 1981): a small shift v changes a picture by v times its gradient,
    so |v|^2 = 2 * mean(change^2) / mean(|gradient|^2), v in patch pixels and of any direction.
    """
    down, across = np.gradient((one + other) / 2)
    slope = float(np.mean(down**2 + across**2))
    change = float(np.mean((one - other) ** 2))
    return math.sqrt(2 * change / slope) / _PATCH_PX * _PATCH_SCALE if slope > 0 else 0.0
