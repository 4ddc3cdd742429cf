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
from typing import Final

from edge.models import Box, Face, Image
from edge.registration import Patch, look, shift
from edge.tracker import Track
from edge.travel import Travel

_FEWEST: Final = 3
"""Looks that a judgement needs, however far apart."""
_IDLE_S: Final = 0.25
"""Time between looks at a face held to be still: portraits hang there all day."""


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
    travel: Travel
    state: Liveness = Liveness.UNKNOWN
    patches: deque[tuple[float, Patch]] = field(default_factory=deque)
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
            evidence = self._begin(face.box)
            self._evidence[track.track_id] = evidence
        if evidence.state is Liveness.ALIVE:
            return evidence.state
        if evidence.travel.add(face.box, now_s):
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

    def _begin(self, box: Box) -> _Evidence:
        rules, place = self._rules, self._known_place(box)
        travel = Travel(rules.travel, rules.growth, rules.smooth_s)
        state = Liveness.UNKNOWN if place is None else Liveness.STILL
        return _Evidence(box, travel, state, place=place)

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

    def _follow(self, evidence: _Evidence, box: Box) -> None:
        """Looks for micro-motion where the face is now, if it is no longer where it was."""
        if evidence.anchor.iou(box) < self._rules.same_place:
            evidence.anchor = box
            evidence.patches.clear()
            evidence.motions.clear()

    def _note_change(self, evidence: _Evidence, image: Image, now_s: float) -> None:
        """Compares the place with what it showed one frame and one lag ago."""
        rules, patches = self._rules, evidence.patches
        if evidence.state is Liveness.STILL and patches and now_s - patches[-1][0] < _IDLE_S:
            return
        patch = look(image, evidence.anchor)
        if patch is None:
            return
        if patches:
            # At a low frame rate the longer lag is stretched, so that the two stay different.
            lag_s = max(rules.lag_s, 2 * (now_s - patches[-1][0]))
            while len(patches) > 1 and now_s - patches[1][0] >= lag_s:
                patches.popleft()
            if now_s - patches[0][0] >= lag_s:
                moved, explained = shift(patches[0][1], patch)
                noise, _ = shift(patches[-1][1], patch)
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
