"""Tells visitors from portraits, prints and other faces that never live.

A person is never still: whoever walks in has travelled, and whoever stands sways, breathes and
blinks. The evidence is kept per track:

* **travel**: the face's centre or size, smoothed over some sightings, has left where it began;
* **micro-motion**: the picture at the face's place moves further over half a second than over one
  frame. Sensor noise and compression do as much over one frame and cancel out; a change of light
  is told from motion; a passer-by in front changes more than motion can explain, and such moments
  don't count.

A confirmed track that shows neither for ``still_after_s`` marks a *still place*. The map of still
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
from edge.motion import MEASUREMENT_SD
from edge.tracker import Track

_PATCH_PX: Final = 32
_PATCH_SCALE: Final = 1.2
"""The patch takes in the outline of the head, whose edge moves when the head does."""
_FEWEST: Final = 3
"""Sightings that a median needs to smooth out an outlier."""
_IDLE_S: Final = 0.25
"""Time between looks at a face held to be still: portraits hang there all day."""
_STEP: Final = 2 * MEASUREMENT_SD
"""Least part of a walk, in face sizes, that is more than jitter."""
_FLATTEST: Final = 2.0
"""Contrast (grey levels) below which a patch shows nothing to compare."""
_DOWN, _ACROSS = np.mgrid[-1 : 1 : (_PATCH_PX - 2) * 1j, -1 : 1 : (_PATCH_PX - 2) * 1j]


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
        sway: Least micro-motion over that time; people who stand still sway by millimetres, and
            0.004 is 0.6 mm on a face of 16 cm.
        same_picture: Least share of a place's picture that motion and light must explain;
            otherwise something else is in front of it.
        moving_s: Time for which a face must be seen to move, at least.
        moving_share: Share of that time in which it moves.
        revive_s: The same for a face held to be still: a mistake heals, a shadow on a portrait
            doesn't count.
        revive_share: The same share.
        still_after_s: Without any sign of life for so long, a face is a still one.
        still_samples: Fewest looks for micro-motion before it is called that.
        same_place: Overlap (IoU) with a still place at which a new face is held to be that one.
        forget_s: A still place that shows no face for so long is forgotten: art is moved, too.
    """

    travel: float = 0.35
    growth: float = 1.25
    smooth_s: float = 0.5
    lag_s: float = 0.6
    sway: float = 0.004
    same_picture: float = 0.5
    moving_s: float = 0.5
    moving_share: float = 0.5
    revive_s: float = 5.0
    revive_share: float = 0.8
    still_after_s: float = 3.0
    still_samples: int = 6
    same_place: float = 0.5
    forget_s: float = 1800.0


@dataclass(slots=True)
class _Evidence:
    """What was seen of one track so far."""

    anchor: Box
    state: Liveness = Liveness.UNKNOWN
    first: list[Box] = field(default_factory=list)
    recent: deque[tuple[float, Box]] = field(default_factory=deque)
    patches: deque[tuple[float, NDArray[np.float64]]] = field(default_factory=deque)
    motions: deque[tuple[float, bool]] = field(default_factory=deque)
    place: "StillPlace | None" = None
    taught: bool = False


@dataclass(slots=True, eq=False)
class StillPlace:
    """Where a face hangs that doesn't live.

    Attributes:
        box: Its place, pixels of the full frame.
        last_s: When it was last seen there, on the frames' clock.
    """

    box: Box
    last_s: float


class StillFaces:
    """Judges each track, and remembers the places of still faces."""

    def __init__(self, rules: StillnessRules | None = None) -> None:
        self._rules = rules or StillnessRules()
        self._evidence: dict[str, _Evidence] = {}
        self._places: list[StillPlace] = []
        self._suppressed = 0

    @property
    def suppressed(self) -> int:
        """Number of still faces found so far; one that comes back counts once."""
        return self._suppressed

    @property
    def places(self) -> tuple[StillPlace, ...]:
        """The map of still faces."""
        return tuple(self._places)

    def observe(self, track: Track, face: Face, image: Image, now_s: float) -> Liveness:
        """Takes in one sighting and says what is known by now. Life, once shown, stays."""
        evidence = self._evidence.get(track.track_id)
        if evidence is None:
            self._forget(now_s)
            evidence = _Evidence(face.box, place=self._known_place(face.box))
            self._evidence[track.track_id] = evidence
            if evidence.place is not None:
                evidence.state = Liveness.STILL
        if evidence.state is Liveness.ALIVE:
            return evidence.state
        if self._has_travelled(evidence, face.box, now_s):
            return self._revive(evidence)
        self._follow(evidence, face.box)
        self._note_change(evidence, image, now_s)
        if self._sways(evidence, now_s):
            return self._revive(evidence)
        if evidence.place is not None:
            evidence.place.last_s = now_s
        if (
            evidence.state is Liveness.UNKNOWN
            and track.confirmed
            and len(evidence.motions) >= self._rules.still_samples
            and now_s - track.first_s >= self._rules.still_after_s
        ):
            evidence.state = Liveness.STILL
            evidence.place, evidence.taught = self._learn(face.box, now_s)
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

    def _forget(self, now_s: float) -> None:
        oldest = now_s - self._rules.forget_s
        self._places = [p for p in self._places if p.last_s >= oldest]

    def _learn(self, box: Box, now_s: float) -> tuple[StillPlace, bool]:
        """The still place at ``box``, and whether it is new."""
        known = self._known_place(box)
        if known is not None:
            return known, False
        place = StillPlace(box, now_s)
        self._places.append(place)
        self._suppressed += 1
        return place, True

    def _revive(self, evidence: _Evidence) -> Liveness:
        """A face that lives; what was measured is no longer needed."""
        if evidence.place is not None and evidence.taught:
            # It was a visitor who stood very still.
            self._places = [p for p in self._places if p is not evidence.place]
            self._suppressed -= 1
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
        if len(recent) < _FEWEST:
            return False
        if _walks([b for _, b in recent][-_FEWEST:], rules.travel):
            return True
        begun, now = _middle(evidence.first), _middle([b for _, b in recent])
        travelled = math.dist(begun.centre, now.centre) / begun.size
        grown = max(now.size / begun.size, begun.size / now.size)
        return travelled >= rules.travel or grown >= rules.growth

    def _follow(self, evidence: _Evidence, box: Box) -> None:
        """Looks for micro-motion where the face is now, if it is no longer where it was."""
        if evidence.anchor.iou(box) < self._rules.same_place:
            evidence.anchor = box
            evidence.patches.clear()
            evidence.motions.clear()

    def _note_change(self, evidence: _Evidence, image: Image, now_s: float) -> None:
        """Compares the place with what it showed one frame and one lag ago."""
        rules, patches = self._rules, evidence.patches
        patch = _patch(image, evidence.anchor)
        if patch is None:
            return
        if evidence.state is Liveness.STILL and patches and now_s - patches[-1][0] < _IDLE_S:
            return
        if patches:
            # At a low frame rate the longer lag is stretched, so that the two stay different.
            lag_s = max(rules.lag_s, 2 * (now_s - patches[-1][0]))
            while len(patches) > 1 and now_s - patches[1][0] >= lag_s:
                patches.popleft()
            if now_s - patches[0][0] >= lag_s:
                moved, explained = _shift(patches[0][1], patch)
                noise, _ = _shift(patches[-1][1], patch)
                if explained >= rules.same_picture:
                    sway = math.sqrt(max(0.0, moved**2 - noise**2))
                    evidence.motions.append((now_s, sway >= rules.sway))
        patches.append((now_s, patch))
        while evidence.motions and now_s - evidence.motions[0][0] > 2 * rules.revive_s:
            evidence.motions.popleft()

    def _sways(self, evidence: _Evidence, now_s: float) -> bool:
        """Whether the face moved for long enough; a face held to be still must for longer."""
        rules = self._rules
        still = evidence.state is Liveness.STILL
        least_s = rules.revive_s if still else rules.moving_s
        least_share = rules.revive_share if still else rules.moving_share
        recent = [(at, moved) for at, moved in evidence.motions if now_s - at <= 2 * least_s]
        if len(recent) < _FEWEST or recent[-1][0] - recent[0][0] < least_s:
            return False
        return sum(moved for _, moved in recent) >= least_share * len(recent)


def _walks(boxes: list[Box], travel: float) -> bool:
    """Whether three sightings lie in a row, well apart: the gait of someone who comes or goes.

    A stray detection followed by the face itself makes one jump, not two steps.
    """
    (x0, y0), (x1, y1), (x2, y2) = (b.centre for b in boxes)
    size = boxes[-1].size
    way = math.dist((x0, y0), (x2, y2))
    if way < travel * size:
        return False
    first = ((x1 - x0) * (x2 - x0) + (y1 - y0) * (y2 - y0)) / way
    return min(first, way - first) >= _STEP * size


def _middle(boxes: list[Box]) -> Box:
    """Median of boxes, side by side."""
    return Box(
        median(b.x for b in boxes),
        median(b.y for b in boxes),
        median(b.width for b in boxes),
        median(b.height for b in boxes),
    )


def _patch(image: Image, box: Box) -> NDArray[np.float64] | None:
    """The place of a face, softened; None when there is nothing to be seen in it."""
    (x, y), side = box.centre, _PATCH_SCALE * box.size
    grey = resample(image, Box(x - side / 2, y - side / 2, side, side), _PATCH_PX)
    # The softening keeps noise and compression from looking like motion of fine detail.
    soft = (grey[:-2] + 2 * grey[1:-1] + grey[2:]) / 4
    soft = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    return soft.astype(np.float64) if float(soft.std()) >= _FLATTEST else None


def _shift(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """How far the picture moved between two patches, and how well that explains the change.

    First-order registration (Lucas and Kanade 1981): the least-squares motion v for which
    ``other - one = v . gradient + light``, where the light may change in brightness, contrast and
    slope all over the patch; a cloud, a lamp or the camera's exposure moves nothing.

    Returns:
        The motion in face sizes, and the share of the second patch's variance explained.
    """
    down, across = np.gradient((one + other) / 2)
    level = one - one.mean()
    flat = np.ones_like(one)
    causes = (across, down, flat, _ACROSS, _DOWN, level, _ACROSS * level, _DOWN * level)
    columns = np.stack([cause.ravel() for cause in causes], axis=1)
    change = (other - one).ravel()
    products = columns.T @ columns
    # A trace of ridge keeps patches with edges in one direction only from blowing up.
    products[np.diag_indices_from(products)] *= 1 + 1e-4
    weights = np.linalg.solve(products, columns.T @ change)
    rest = float(np.var(change - columns @ weights))
    moved = math.hypot(weights[0], weights[1]) / _PATCH_PX * _PATCH_SCALE
    return moved, 1 - rest / max(float(other.var()), _FLATTEST**2)
