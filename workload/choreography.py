"""Who walks where and when in the gallery film, and the truth that follows from it."""

import bisect
import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from workload.errors import WorkloadError
from workload.gallery import HEIGHT, PILLAR, WIDTH

SHORTEST_S: Final = 43.0
LONGEST_S: Final = 600.0
_HOLDS: Final = (7.0, 30.0)
"""Moments of the script at which everybody in view stands; a longer film waits there."""
_FACE_HEIGHT: Final = 1.25
"""A face box's height in widths."""
_COVERED: Final = 0.4
"""A face counts as hidden from this covered share on."""
_SHORTEST_EMPTY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Stand:
    """A point of a path: from ``start`` to ``end`` (script seconds) the face stays at ``x`` px."""

    start: float
    end: float
    x: float


@dataclass(frozen=True, slots=True)
class Pose:
    """A face in one frame: centre and width in px, tilt in degrees."""

    x: float
    y: float
    size_px: float
    tilt: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the face, px."""
        half, tall = self.size_px / 2, self.size_px * _FACE_HEIGHT / 2
        return self.x - half, self.y - tall, self.x + half, self.y + tall

    @property
    def in_view(self) -> bool:
        """Whether the whole face is inside the picture."""
        left, top, right, bottom = self.box
        return left >= 0 and top >= 0 and right <= WIDTH and bottom <= HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One visitor on one visit.

    Attributes:
        who: Name of the cut-out.
        mirrored: Whether it is shown as in a mirror.
        size_px: Width of the face; a larger one is nearer and covers a smaller one.
        path: Where the visitor stands; between two stands they walk.
        phases: Three phases of the sway, radians.
        sway_hz: Frequency of the sway.
    """

    who: str
    mirrored: bool
    size_px: float
    path: tuple[Stand, ...]
    phases: tuple[float, float, float]
    sway_hz: float

    def pose(self, script_s: float, film_s: float) -> Pose | None:
        """Where the face is; None before the path begins and after it ends."""
        if not self.path[0].start <= script_s <= self.path[-1].end:
            return None
        x, walking = self._place(script_s)
        sway = [math.sin(2 * math.pi * self.sway_hz * f * film_s + p)
                for f, p in zip((1.0, 0.73, 1.31), self.phases, strict=True)]  # fmt: skip
        still = 1 - walking
        size = self.size_px * (1 + 0.015 * sway[1] * still)
        # A camera above eye height sees nearer people lower.
        y = 345 + (self.size_px - 90) * 1.15
        y += 0.035 * size * walking * abs(math.sin(2 * math.pi * 0.9 * film_s + self.phases[0]))
        return Pose(
            x=x + 0.05 * size * sway[0] * still,
            y=y + 0.02 * size * sway[1] * still,
            size_px=size,
            tilt=2.0 * sway[2] * (0.4 + 0.6 * still),
        )

    def _place(self, script_s: float) -> tuple[float, float]:
        """Position in px and how much of the moment is walking, 0 … 1."""
        i = bisect.bisect_right([s.start for s in self.path], script_s) - 1
        here = self.path[i]
        if script_s <= here.end or i + 1 == len(self.path):
            return here.x, 0.0
        there = self.path[i + 1]
        part = (script_s - here.end) / (there.start - here.end)
        eased, walking = _eased(part)
        return here.x + (there.x - here.x) * eased, walking


def _eased(part: float, ramp: float = 0.2) -> tuple[float, float]:
    """Share of the way after ``part`` of the time, and the speed there relative to the top speed.

    Speeds up over the first ``ramp`` of the time and slows down over the last.
    """
    top = 1 / (1 - ramp)
    if part < ramp:
        return top * part * part / (2 * ramp), part / ramp
    if part > 1 - ramp:
        rest = 1 - part
        return 1 - top * rest * rest / (2 * ramp), rest / ramp
    return top * (part - ramp / 2), 1.0


_OUT_LEFT: Final = -math.inf
_OUT_RIGHT: Final = math.inf
_OUT_OF_SIGHT: Final = 2.3
"""Face widths from the picture's edge at which no shoulder shows any more."""

_SCRIPT: Final = (
    # The first two cross at about 9 s: the near one goes left, the far one right; the far one
    # then passes behind the pillar, which is one visit still.
    ("astronaut", False, 125.0, (
        (0.3, 0.3, _OUT_LEFT), (3.6, 8.0, 640.0), (10.3, 13.6, 270.0), (15.8, 15.8, _OUT_LEFT))),
    ("hopper", False, 90.0, (
        (2.6, 2.6, _OUT_LEFT), (5.3, 8.0, 290.0), (10.3, 11.2, 660.0), (14.0, 15.8, 1150.0),
        (17.4, 17.4, _OUT_RIGHT))),
    # Nobody is there until 27 s. Then the last one leaves and comes back, a second visit.
    ("hopper", True, 172.0, (
        (27.0, 27.0, _OUT_LEFT), (30.0, 36.6, 560.0), (39.4, 39.4, _OUT_LEFT))),
    ("astronaut", True, 104.0, (
        (27.3, 27.3, _OUT_RIGHT), (29.2, 31.4, 1140.0), (33.0, 33.0, _OUT_RIGHT))),
    ("astronaut", True, 104.0, (
        (37.6, 37.6, _OUT_RIGHT), (39.4, 41.0, 1140.0), (42.6, 42.6, _OUT_RIGHT))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choreography:
    """The film's visitors and its length in seconds."""

    walkers: tuple[Walker, ...]
    seconds: float

    def script_time(self, film_s: float) -> float:
        """The moment of the script that is played at a moment of the film."""
        wait = (self.seconds - SHORTEST_S) / len(_HOLDS)
        script_s = film_s
        for hold in _HOLDS:
            if script_s > hold:
                script_s = max(hold, script_s - wait)
        return script_s

    def poses(self, film_s: float) -> list[tuple[Walker, Pose]]:
        """Everybody with at least a bit in the scene, the farthest first."""
        script_s = self.script_time(film_s)
        seen = [(w, pose) for w in self.walkers if (pose := w.pose(script_s, film_s))]
        return sorted(seen, key=lambda pair: pair[0].size_px)

    def visible(self, film_s: float) -> list[tuple[Walker, Pose, bool]]:
        """Like ``poses`` for the faces fully in view, and whether each is largely covered."""
        poses = self.poses(film_s)
        return [
            (walker, pose, _is_covered(pose, [p for _, p in poses[i + 1 :]]))
            for i, (walker, pose) in enumerate(poses)
            if pose.in_view
        ]


def _is_covered(pose: Pose, nearer: list[Pose]) -> bool:
    left, top, right, bottom = pose.box
    area = (right - left) * (bottom - top)
    # A head is larger than its face: hair and hat cover, too.
    heads = [
        (p.x - 0.8 * p.size_px, p.y - 1.1 * p.size_px, p.x + 0.8 * p.size_px, HEIGHT)
        for p in nearer
    ]
    for x0, y0, x1, y1 in [*heads, (PILLAR[0], 0, PILLAR[1], HEIGHT)]:
        wide = max(0.0, min(right, x1) - max(left, x0))
        tall = max(0.0, min(bottom, y1) - max(top, y0))
        if wide * tall > _COVERED * area:
            return True
    return False


def choreograph(seconds: float, seed: int) -> Choreography:
    """The visitors of a film of that length; the seed varies where and how they stand.

    Raises:
        WorkloadError: The length is outside 43 to 600 s.
    """
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise WorkloadError(
            f"the film needs {SHORTEST_S:g} to {LONGEST_S:g} seconds, not {seconds:g}: choose "
            "another --seconds"
        )
    rng = np.random.default_rng(seed)
    walkers = tuple(
        Walker(
            who=who,
            mirrored=mirrored,
            size_px=size_px,
            path=tuple(
                Stand(start, end, _entrance(x, size_px) + rng.uniform(-15, 15) * (end > start))
                for start, end, x in path
            ),
            phases=tuple(rng.uniform(0, 2 * math.pi, 3)),
            sway_hz=float(rng.uniform(0.28, 0.42)),
        )
        for who, mirrored, size_px, path in _SCRIPT
    )
    return Choreography(walkers, seconds)


def _entrance(x: float, size_px: float) -> float:
    """The place itself, or for a place beyond an edge one just out of sight."""
    reach = _OUT_OF_SIGHT * size_px
    return min(max(x, -reach), WIDTH + reach)


def truth_of(choreography: Choreography, frames_per_s: float) -> dict[str, object]:
    """What a perfect observer of the film would write down; JSON-ready.

    ``visits`` counts stays, ``still_faces`` the portraits on the wall; ``people`` holds for each
    visit when the face is first and last fully in view, its width in px and the spans in which it
    is largely covered; ``empty`` holds the spans without any visitor, of 2 s and more.
    """
    count = round(choreography.seconds * frames_per_s)
    times = [i / frames_per_s for i in range(count)]
    visible = [choreography.visible(t) for t in times]
    anybody = [bool(choreography.poses(t)) for t in times]
    people: list[dict[str, object]] = []
    for walker in sorted(choreography.walkers, key=lambda w: w.path[0].start):
        seen = [any(w is walker for w, _, _ in frame) for frame in visible]
        covered = [any(w is walker and c for w, _, c in frame) for frame in visible]
        (stay,) = _spans(seen, frames_per_s)
        people.append(
            {
                "who": walker.who,
                "enter_s": stay[0],
                "leave_s": stay[1],
                "size_px": walker.size_px,
                "hidden": _spans(covered, frames_per_s),
            }
        )
    empty = _spans([not a for a in anybody], frames_per_s)
    return {
        "visits": len(people),
        "still_faces": 1,
        "duration_s": count / frames_per_s,
        "frames_per_s": frames_per_s,
        "empty": [span for span in empty if span[1] - span[0] >= _SHORTEST_EMPTY_S],
        "people": people,
    }


def _spans(flags: list[bool], frames_per_s: float) -> list[tuple[float, float]]:
    """First and last moment (s) of every run of true flags."""
    spans: list[tuple[float, float]] = []
    start: int | None = None
    for i, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = i
        elif not flag and start is not None:
            spans.append((round(start / frames_per_s, 3), round((i - 1) / frames_per_s, 3)))
            start = None
    return spans
