"""Tells visitors from portraits, prints, screens and other faces that never live.

A person is never still: whoever walks in has travelled, and whoever stands sways, breathes and
blinks. The evidence is kept per track:

* **travel**: the face's centre or size, smoothed over some sightings, has left where it began;
* **micro-motion**: the picture at the face's place moves further over half a second than over one
  frame, and otherwise than the room does (``edge.camera_motion``). Sensor noise and compression do
  as much over one frame and cancel out; a change of light is told from motion; a passer-by in
  front changes more than motion can explain, and such moments don't count. A poster that swings in
  a draught takes its surroundings along, a head does not;
* **company**: a face that keeps its place below a walking one is a print (``edge.worn``);
* **repetition**: a face that moves in a loop is on a screen (``edge.loops``).

A confirmed track that shows no life for ``still_after_s`` marks a *still place*. The map of still
places outlives the track and knows nothing of light, so that a portrait which was hidden, or lost
in the dark, is known at once. Whoever is held to be alive for swaying is watched on: a gust or a
shadow that brought a poster to life is forgotten when nothing follows.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from edge.camera_motion import CameraMotion
from edge.loops import Trace
from edge.models import Box, Face, Image
from edge.registration import Patch, Shift, look, shift
from edge.tracker import Track
from edge.travel import Travel
from edge.worn import WornPrints

_FEWEST: Final = 3
"""Looks that a judgement needs, however far apart."""
_FEWEST_SHORT: Final = 2
"""The same for the final word on a track that ended before anything was known."""
_IDLE_S: Final = 0.25
"""Time between looks at a face that is known: portraits hang there all day."""
_AROUND: Final = ((-1.35, 0.0), (1.35, 0.0), (0.0, -1.35))
"""Where the surroundings of a face are looked at, in face sizes from its centre: beside and above
the head. Below it is the body, which sways, too."""
_AROUND_SIZE: Final = 0.7
"""How large these pieces are, in face sizes."""
_ALONG: Final = 0.5
"""A piece that moves as the face does but for this part of the way moves along with it."""
_MOST_PLACES: Final = 64


class Liveness(StrEnum):
    """What is known of a track."""

    UNKNOWN = "unknown"
    ALIVE = "alive"
    STILL = "still"
    WORN = "worn"
    """Printed on somebody's clothes: moves, and is nobody."""


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
        calm_s: A face that was held to be alive for its sway and has not moved for so long is a
            still one after all.
        calm_walker_s: The same for a face that has walked: whoever passed by a portrait may have
            left their track to it.
        calm_share: Share of that time in which it may move all the same.
        lived_share: A visitor who never walked has moved for this share of all looks.
        still_after_s: Without any sign of life for so long, a face is a still one.
        still_samples: Fewest looks for micro-motion before it is called that.
        same_place: Overlap (IoU) with a still place at which a new face is held to be that one.
        forget_s: A still place that shows no face for so long is forgotten: art is moved, too. It
            outlasts the nights and the days on which a museum is closed.
    """

    travel: float = 0.35
    growth: float = 1.4
    smooth_s: float = 0.5
    lag_s: float = 0.6
    sway: float = 0.004
    same_picture: float = 0.5
    moving_s: float = 0.5
    moving_share: float = 0.5
    revive_s: float = 5.0
    revive_share: float = 0.8
    calm_s: float = 20.0
    calm_walker_s: float = 90.0
    calm_share: float = 0.1
    lived_share: float = 0.3
    still_after_s: float = 3.0
    still_samples: int = 6
    same_place: float = 0.5
    forget_s: float = 3 * 86_400.0


@dataclass(slots=True)
class _Evidence:
    """What was seen of one track so far."""

    box: Box
    anchor: Box
    travel: Travel
    state: Liveness = Liveness.UNKNOWN
    walked: bool = False
    looks: deque["_Look"] = field(default_factory=deque)
    motions: deque[tuple[float, bool]] = field(default_factory=deque)
    compared: int = 0
    moved: int = 0
    trace: Trace = field(default_factory=Trace)
    place: "StillPlace | None" = None
    taught: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """A face and its surroundings at one moment."""

    now_s: float
    patch: Patch
    around: tuple[Patch | None, ...]


@dataclass(slots=True, eq=False)
class StillPlace:
    """Where a face is that doesn't live.

    Attributes:
        box: Its place, pixels of the full frame; of a screen all that its face moves in.
        last_s: When it was last seen there, on the frames' clock.
        screen: Whether it moves there.
    """

    box: Box
    last_s: float
    screen: bool = False

    def holds(self, box: Box, same_place: float) -> bool:
        """Whether a face there is this one."""
        if not self.screen:
            return self.box.iou(box) >= same_place
        x, y = box.centre
        inside = (
            self.box.x <= x <= self.box.x + self.box.width
            and self.box.y <= y <= self.box.y + self.box.height
        )
        return inside and box.size < self.box.size


class StillFaces:
    """Judges each track, and remembers the places of still faces."""

    def __init__(self, rules: StillnessRules | None = None) -> None:
        self._rules = rules or StillnessRules()
        self._evidence: dict[str, _Evidence] = {}
        self._places: list[StillPlace] = []
        self._camera = CameraMotion()
        self._worn = WornPrints()
        self._suppressed = 0
        self._tick_s = -math.inf

    @property
    def suppressed(self) -> int:
        """Number of still faces found so far; one that comes back counts once."""
        return self._suppressed + self._worn.found

    @property
    def places(self) -> tuple[StillPlace, ...]:
        """The map of still faces."""
        return tuple(self._places)

    def observe(self, track: Track, face: Face, image: Image, now_s: float) -> Liveness:
        """Takes in one sighting and says what is known by now."""
        evidence = self._evidence.get(track.track_id)
        if evidence is None:
            self._forget(now_s)
            evidence = self._evidence[track.track_id] = self._begin(face.box)
        evidence.box = face.box
        if evidence.place is not None:
            evidence.place.last_s = now_s
        self._judge(evidence, track, image, now_s)
        if evidence.state is not Liveness.STILL and self._worn.see(track.track_id, face.box, now_s):
            return Liveness.WORN
        return evidence.state

    def state(self, track: Track) -> Liveness:
        """What is known of a track."""
        evidence = self._evidence.get(track.track_id)
        if evidence is None:
            return Liveness.UNKNOWN
        return Liveness.WORN if self._worn.is_worn(track.track_id) else evidence.state

    def close(self, track: Track) -> Liveness:
        """The final word on a track that has ended; forgets its evidence."""
        state = self.state(track)
        evidence = self._evidence.pop(track.track_id, None)
        self._worn.close(track.track_id)
        if evidence is None or evidence.walked:
            return state
        moved, compared = evidence.moved, evidence.compared
        if state is Liveness.ALIVE and moved < self._rules.lived_share * compared:
            return Liveness.STILL
        # A short stay at a low frame rate: too few looks to be sure of, but they agree.
        agrees = compared >= _FEWEST_SHORT and moved >= self._rules.revive_share * compared
        if state is Liveness.UNKNOWN and track.confirmed and agrees:
            return Liveness.ALIVE
        return state

    def _judge(self, evidence: _Evidence, track: Track, image: Image, now_s: float) -> None:
        rules, box = self._rules, evidence.box
        if evidence.place is not None and evidence.place.screen:
            if not evidence.place.holds(box, rules.same_place):
                # Somebody who stood before the screen and walks away.
                self._evidence[track.track_id] = self._begin(box)
            return
        if not evidence.walked and evidence.travel.add(box, now_s):
            evidence.walked = True
            self._revive(evidence)
        if evidence.state is Liveness.ALIVE and evidence.trace.add(box, now_s):
            self._rest(evidence, evidence.trace.area, now_s, screen=True)
            return
        self._follow(evidence)
        self._note_change(evidence, image, now_s)
        if evidence.state is Liveness.ALIVE:
            if self._is_calm(evidence):
                self._rest(evidence, box, now_s)
        elif self._sways(evidence, now_s):
            self._revive(evidence)
        elif (
            evidence.state is Liveness.UNKNOWN
            and track.confirmed
            and len(evidence.motions) >= rules.still_samples
            and now_s - track.first_s >= rules.still_after_s
        ):
            self._rest(evidence, box, now_s)

    def _begin(self, box: Box) -> _Evidence:
        rules, place = self._rules, self._known_place(box)
        travel = Travel(rules.travel, rules.growth, rules.smooth_s)
        state = Liveness.UNKNOWN if place is None else Liveness.STILL
        return _Evidence(box, box, travel, state, place=place)

    def _known_place(self, box: Box) -> StillPlace | None:
        return next((p for p in self._places if p.holds(box, self._rules.same_place)), None)

    def _forget(self, now_s: float) -> None:
        oldest = now_s - self._rules.forget_s
        self._places = [p for p in self._places if p.last_s >= oldest]

    def _rest(self, evidence: _Evidence, box: Box, now_s: float, *, screen: bool = False) -> None:
        """A face that doesn't live; its place goes on the map unless it is there."""
        evidence.state, evidence.walked = Liveness.STILL, False
        evidence.travel.restart()
        evidence.place = None if screen else self._known_place(box)
        evidence.taught = evidence.place is None
        if evidence.place is None:
            evidence.place = StillPlace(box, now_s, screen)
            self._places = sorted(self._places, key=lambda p: p.last_s)[1 - _MOST_PLACES :]
            self._places.append(evidence.place)
            self._suppressed += 1

    def _revive(self, evidence: _Evidence) -> None:
        """A face that lives."""
        if evidence.place is not None and evidence.taught:
            # It was a visitor who stood very still.
            self._places = [p for p in self._places if p is not evidence.place]
            self._suppressed -= 1
        evidence.state, evidence.place, evidence.taught = Liveness.ALIVE, None, False

    def _follow(self, evidence: _Evidence) -> None:
        """Looks for micro-motion where the face is now, if it is no longer where it was."""
        if evidence.anchor.iou(evidence.box) < self._rules.same_place:
            evidence.anchor = evidence.box
            evidence.looks.clear()
            evidence.motions.clear()

    def _note_change(self, evidence: _Evidence, image: Image, now_s: float) -> None:
        """Compares the place with what it showed one frame and one lag ago."""
        rules, looks = self._rules, evidence.looks
        if evidence.state is not Liveness.UNKNOWN and not self._is_tick(now_s):
            return
        seen = self._look(evidence.anchor, image, now_s)
        if seen is None:
            return
        if looks:
            # At a low frame rate the longer lag is stretched, so that the two stay different.
            lag_s = max(rules.lag_s, 2 * (now_s - looks[-1].now_s))
            while len(looks) > 1 and now_s - looks[1].now_s >= lag_s:
                looks.popleft()
            if now_s - looks[0].now_s >= lag_s:
                moved, noise = (shift(old.patch, seen.patch) for old in (looks[0], looks[-1]))
                if moved.explained >= rules.same_picture:
                    sway = math.sqrt(max(0.0, moved.length**2 - noise.length**2))
                    sways = sway >= rules.sway and not _moves_along(looks[0], seen, moved)
                    evidence.motions.append((now_s, sways))
                    evidence.compared += 1
                    evidence.moved += sways
        looks.append(seen)
        longest_s = max(2 * rules.revive_s, rules.calm_s, rules.calm_walker_s)
        while evidence.motions and now_s - evidence.motions[0][0] > longest_s:
            evidence.motions.popleft()

    def _is_tick(self, now_s: float) -> bool:
        """Whether faces that are known are looked at in this frame: all of them at once."""
        if now_s - self._tick_s >= _IDLE_S:
            self._tick_s = now_s
        return now_s == self._tick_s

    def _look(self, anchor: Box, image: Image, now_s: float) -> _Look | None:
        """The face and what is around it, where they would be had the camera not moved."""
        living = [e.box for e in self._evidence.values() if e.state is not Liveness.STILL]
        right, down = self._camera.offset(image, now_s, living)
        box = Box(anchor.x + right, anchor.y + down, anchor.width, anchor.height)
        patch = look(image, box)
        if patch is None:
            return None
        (x, y), size = box.centre, box.size
        side = _AROUND_SIZE * size
        around = (
            Box(x + dx * size - side / 2, y + dy * size - side / 2, side, side)
            for dx, dy in _AROUND
        )
        return _Look(now_s, patch, tuple(look(image, piece) for piece in around))

    def _is_calm(self, evidence: _Evidence) -> bool:
        """Whether a face that was held to be alive has shown no life for long."""
        rules = self._rules
        least_s = rules.calm_walker_s if evidence.walked else rules.calm_s
        motions = evidence.motions
        if not motions or motions[-1][0] - motions[0][0] < 0.95 * least_s:
            return False
        recent = [moved for at, moved in motions if motions[-1][0] - at <= least_s]
        return sum(recent) <= rules.calm_share * len(recent)

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


def _moves_along(before: _Look, now: _Look, face: Shift) -> bool:
    """Whether most of what can be seen around a face has moved as it did: a poster in a draught."""
    shown = along = 0
    for one, other in zip(before.around, now.around, strict=True):
        if one is None or other is None:
            continue
        moved = shift(one, other)
        # Their motion is in their own sizes.
        right, down = moved.right * _AROUND_SIZE, moved.down * _AROUND_SIZE
        shown += 1
        along += math.hypot(right - face.right, down - face.down) <= _ALONG * face.length
    return shown >= _FEWEST - 1 and along > shown / 2
