"""Follows faces from frame to frame by place and motion alone; no appearance is ever compared."""

import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.assignment import assign
from edge.models import Box, Face
from edge.motion import Motion

_SAME_PLACE: Final = 0.5
"""Overlap (IoU) of two boxes of a face that doesn't move."""
_LONGEST_INTERVAL_S: Final = 0.35
"""Bound of the usual time between two calls, 3 frames/s: a longer one is a fault."""
_WIDE_REACH: Final = 2.0
"""How much wider is searched for a face that was seen just now, if nobody else claims it."""
_FRESH_S: Final = 0.25
_LEAVE_ALONE: Final = 10.0
"""Dearer than any pair within the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRules:
    """Times and thresholds of the tracker; none depends on the frame rate.

    Attributes:
        start_score: A detection begins a track only from this score on.
        keep_score: A weaker detection continues one from this score on (Zhang et al. 2022,
            ByteTrack: a face that is half hidden scores low but is still there).
        confirm_sightings: Sightings after which a track is believed.
        bridge_s: A believed track that is out of sight for longer has ended.
        forget_s: The same for a track that is not believed yet.
        pinned_s: The same for a face that is known not to move: visitors stand before portraits.
        largest_size_step: Ratio of sizes between two sightings of one face.
    """

    start_score: float = 0.6
    keep_score: float = 0.3
    confirm_sightings: int = 3
    bridge_s: float = 2.0
    forget_s: float = 0.6
    pinned_s: float = 300.0
    largest_size_step: float = 1.5


@dataclass(slots=True, eq=False)
class Track:
    """One face that is being followed.

    Attributes:
        track_id: Random, never reused, never leaves the process.
        first_s: First sighting, on the frames' clock.
        last_s: Last sighting.
        face: The last sighting.
        sightings: Number of sightings.
        frames: Number of frames between the first and the last sighting, both included.
        confirmed: Whether there were enough sightings to believe in it.
        pin: The place of a face that is known not to move, as a portrait doesn't; then only a face
            there continues it, however long it was hidden, and no visitor who passes in front is
            taken for it.
    """

    face: Face
    first_s: float
    last_s: float
    motion: Motion
    track_id: str = field(default_factory=lambda: secrets.token_hex(8))
    sightings: int = 1
    frames: int = 1
    confirmed: bool = False
    pin: Box | None = None
    unseen_frames: int = 0

    @property
    def box(self) -> Box:
        """Where it was last seen, pixels of the full frame."""
        return self.face.box

    @property
    def pinned(self) -> bool:
        """Whether the face is known not to move."""
        return self.pin is not None

    @pinned.setter
    def pinned(self, pinned: bool) -> None:
        """Holds it fast where it is by now, or lets it go."""
        if pinned != self.pinned:
            self.pin = self.motion.expect(self.last_s) if pinned else None

    @property
    def seen_share(self) -> float:
        """Share of its frames in which it was seen, 0 … 1; false detections flicker."""
        return self.sightings / self.frames

    def see(self, face: Face, now_s: float, *, half_hidden: bool) -> None:
        """Adds a sighting."""
        self.motion.update(face.box, now_s, half_hidden=half_hidden)
        self.face, self.last_s = face, now_s
        self.sightings += 1
        self.frames += self.unseen_frames + 1
        self.unseen_frames = 0


@dataclass(frozen=True, slots=True)
class TrackingStep:
    """What one frame changed.

    Attributes:
        seen: Tracks with a sighting in this frame.
        ended: Tracks that are over; they come up exactly once.
    """

    seen: list[Track]
    ended: list[Track]


class Tracker:
    """Associates detections with tracks in two stages, strong detections first."""

    def __init__(self, rules: TrackingRules | None = None) -> None:
        self._rules = rules or TrackingRules()
        self._tracks: list[Track] = []
        self._updated_s = -math.inf
        self._interval_s = 0.0

    @property
    def tracks(self) -> Sequence[Track]:
        """Tracks that have not ended, including those out of sight."""
        return self._tracks

    def update(self, faces: Iterable[Face], now_s: float) -> TrackingStep:
        """Takes in the faces of one frame; ``now_s`` must rise from call to call."""
        rules = self._rules
        self._note_interval(now_s)
        ended = self._end_lost(now_s)
        # Sorted, so that the order in which a detector lists its faces changes nothing.
        found = sorted(
            (f for f in faces if f.score >= rules.keep_score),
            key=lambda f: (-f.score, f.box.x, f.box.y, f.box.width, f.box.height),
        )
        found = _without_doubles(found)
        strong = [f for f in found if f.score >= rules.start_score]
        weak = [f for f in found if f.score < rules.start_score]
        seen: list[Track] = []
        rest = self._associate(self._tracks, strong, now_s, seen)
        free = [t for t in self._tracks if t not in seen]
        self._associate(free, weak, now_s, seen)
        # Whoever starts or turns suddenly is farther off than expected. A face that is nobody's
        # beside a track without a face is more likely that than somebody new.
        free = [t for t in self._tracks if t not in seen and self._is_fresh(t, now_s)]
        rest = self._associate(free, rest, now_s, seen, reach=_WIDE_REACH)
        for track in self._tracks:
            if track not in seen:
                track.unseen_frames += 1
        for face in rest:
            track = Track(face, now_s, now_s, Motion(face.box, now_s))
            self._tracks.append(track)
            seen.append(track)
        for track in seen:
            track.confirmed = track.confirmed or track.sightings >= rules.confirm_sightings
        return TrackingStep(seen, ended)

    def finish(self) -> list[Track]:
        """Ends every track; the camera has closed."""
        ended, self._tracks = self._tracks, []
        return ended

    def _note_interval(self, now_s: float) -> None:
        """Smooths the time between two calls; a single long gap is not the usual."""
        interval_s = min(now_s - self._updated_s, _LONGEST_INTERVAL_S)
        self._updated_s = now_s
        if self._interval_s == 0.0:
            self._interval_s = interval_s
        self._interval_s += 0.2 * (interval_s - self._interval_s)

    def _end_lost(self, now_s: float) -> list[Track]:
        ended = [t for t in self._tracks if now_s - t.last_s > self._patience_s(t)]
        self._tracks = [t for t in self._tracks if t not in ended]
        return ended

    def _patience_s(self, track: Track) -> float:
        rules = self._rules
        if track.pinned:
            return rules.pinned_s
        # Between two looks, a face may have gone just after the one and come just before the other.
        slack_s = 2 * self._interval_s
        return slack_s + (rules.bridge_s if track.confirmed else rules.forget_s)

    def _is_fresh(self, track: Track, now_s: float) -> bool:
        """Whether a believed track was seen just now."""
        return track.confirmed and now_s - track.last_s <= _FRESH_S + self._interval_s

    def _associate(
        self,
        tracks: Sequence[Track],
        faces: Sequence[Face],
        now_s: float,
        seen: list[Track],
        *,
        reach: float = 1.0,
    ) -> list[Face]:
        """Pairs ``tracks`` with ``faces``, notes the pairs in ``seen``, returns faces left over."""
        costs = [[self._cost(t, f, now_s, reach) for f in faces] for t in tracks]
        pairs = assign(costs, _LEAVE_ALONE)
        for row, column in pairs:
            weak = faces[column].score < self._rules.start_score
            tracks[row].see(faces[column], now_s, half_hidden=weak)
            seen.append(tracks[row])
        taken = {column for _, column in pairs}
        return [f for j, f in enumerate(faces) if j not in taken]

    def _cost(self, track: Track, face: Face, now_s: float, reach: float) -> float:
        """How badly a face fits a track, about 0 … 2.5; infinite when out of the question."""
        if track.pin is not None:
            overlap = track.pin.iou(face.box)
            return 2 * (1 - overlap) if overlap >= _SAME_PLACE else math.inf
        expected, gate = track.motion.expect(now_s), reach * track.motion.gate(now_s)
        # A face that leaves the picture, or goes behind something, gets smaller by and by.
        step = min(abs(math.log(face.box.size / b.size)) for b in (expected, track.box))
        if step > math.log(self._rules.largest_size_step):
            return math.inf
        # A visitor who went out of sight is either further on or, having turned back, where they
        # were; the second is the less likely.
        gap = min(now_s - track.last_s, self._rules.bridge_s)
        ahead = math.dist(expected.centre, face.box.centre)
        back = math.dist(track.box.centre, face.box.centre)
        away = min(ahead, back + 0.3 * face.box.size)
        if away > gate:
            return math.inf
        overlap = expected.iou(face.box)
        return (1 - overlap) + away / gate + step + 0.1 * gap


def _without_doubles(faces: Sequence[Face]) -> list[Face]:
    """Drops a face that lies mostly inside a stronger one; ``faces`` come strongest first."""
    kept: list[Face] = []
    for face in faces:
        if not any(_covered(face.box, other.box) for other in kept):
            kept.append(face)
    return kept


def _covered(box: Box, other: Box) -> bool:
    """Whether most of the smaller of two boxes lies in the other one."""
    width = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
    height = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
    smaller = min(box.size, other.size) ** 2
    return width > 0 and height > 0 and width * height > 0.6 * smaller
