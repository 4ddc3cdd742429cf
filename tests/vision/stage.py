"""People on a stage, as boxes only: what a detector would report of them, frame by frame."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edge.models import Box, Face
from edge.tracker import Track, Tracker
from edge.visits import VisitRules

WIDTH, HEIGHT = 1280, 720
_HEAD = 1.3
"""A head in widths of its face; it hides what is behind it."""
_HALF_HIDDEN, _HIDDEN = 0.2, 0.55
"""Covered shares from which a face scores low, and from which it isn't found."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with a path.

    Attributes:
        path: Moments (s) and places of the face's centre (px), joined by walks that speed up and
            slow down.
        size: Of the face, px; a larger one is nearer.
        away: Spans (s) in which the face is turned away.
    """

    path: tuple[tuple[float, float], ...]
    size: float = 100.0
    y: float = 300.0
    away: tuple[tuple[float, float], ...] = ()

    def box(self, now_s: float) -> Box | None:
        """The face; None while it is not in the picture."""
        if not self.path[0][0] <= now_s <= self.path[-1][0]:
            return None
        if any(begin <= now_s < end for begin, end in self.away):
            return None
        x = self.path[-1][1]
        for (t0, x0), (t1, x1) in zip(self.path, self.path[1:], strict=False):
            if t0 <= now_s < t1:
                part = (now_s - t0) / (t1 - t0)
                x = x0 + (x1 - x0) * part * part * (3 - 2 * part)
        if not self.size / 2 <= x <= WIDTH - self.size / 2:
            return None
        return Box(x - self.size / 2, self.y - self.size / 2, self.size, self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How the stage is seen.

    Attributes:
        rate: Frames per second.
        every: The detector runs on every so many-th frame.
        lost: Share of frames that never arrive.
        missed: Share of faces that the detector overlooks.
        jitter: Standard deviation of a box's place, in face sizes.
        seed: Of all chances.
    """

    rate: float = 10.0
    every: int = 1
    lost: float = 0.0
    missed: float = 0.05
    jitter: float = 0.025
    seed: int = 0

    def again(self, seed: int) -> "Camera":
        """The same camera with other chances."""
        return replace(self, seed=seed)


def visits(actors: Sequence[Actor], camera: Camera, seconds: float) -> list[Track]:
    """The tracks that are visits, in the order in which they end."""
    tracker, rules = Tracker(), VisitRules()
    rng = random.Random(camera.seed)  # noqa: S311 - chances, not secrets
    ended: list[Track] = []
    for i in range(0, round(seconds * camera.rate), camera.every):
        # Real cameras are never quite on time.
        now_s = (i + rng.uniform(-0.15, 0.15)) / camera.rate
        if rng.random() >= camera.lost:
            ended += tracker.update(_seen(actors, now_s, camera, rng), now_s).ended
    ended += tracker.finish()
    return [track for track in ended if rules.is_visit(track)]


def _seen(actors: Sequence[Actor], now_s: float, camera: Camera, rng: random.Random) -> list[Face]:
    there = [(a.size, box) for a in actors if (box := a.box(now_s)) is not None]
    faces = []
    for size, box in there:
        covered = max((_covered(box, o) for nearer, o in there if nearer > size), default=0.0)
        if covered > _HIDDEN or rng.random() < camera.missed:
            continue
        half = covered > _HALF_HIDDEN
        score = rng.uniform(0.32, 0.55) if half else rng.uniform(0.7, 0.95)
        off = camera.jitter * size * (4 if half else 1)
        side = size * math.exp(rng.gauss(0, camera.jitter))
        x, y = (c + rng.gauss(0, off) for c in box.centre)
        faces.append(Face(Box(x - side / 2, y - side / 2, side, side), score))
    return rng.sample(faces, len(faces))


def _covered(box: Box, nearer: Box) -> float:
    """Share of a face behind a nearer one's head."""
    x, _ = nearer.centre
    left, right = x - _HEAD * nearer.width / 2, x + _HEAD * nearer.width / 2
    top = nearer.y - (_HEAD - 1) * nearer.height
    wide = min(box.x + box.width, right) - max(box.x, left)
    tall = box.y + box.height - max(box.y, top)
    return max(0.0, wide) * max(0.0, min(tall, box.height)) / (box.width * box.height)


Scene = Callable[[], tuple[list[Actor], float, int]]
"""Makes the actors, the length (s) and the number of visits."""


def crossing() -> tuple[list[Actor], float, int]:
    """Two walk past each other; the far one is hidden for a moment."""
    return (
        [
            Actor(((0, -80), (2, 350), (4, 350), (7, 950), (9, 950), (11, 1400)), 130),
            Actor(((0, 1380), (2, 900), (4, 900), (7, 300), (9, 300), (11, -80)), 100),
        ],
        13.5,
        2,
    )


def standing_hidden() -> tuple[list[Actor], float, int]:
    """Somebody passes close by before one who stands, and hides them for about a second."""
    return (
        [
            Actor(((0, -80), (2, 600), (12, 600), (14, 1400)), 90),
            Actor(((4, -150), (9, 1450)), 190, 330),
        ],
        16.5,
        2,
    )


def leaving_and_returning() -> tuple[list[Actor], float, int]:
    """Out of the picture for a second and a half: one visit."""
    return [Actor(((0, -80), (2, 700), (5, 700), (6.6, 1295), (7.3, 1295), (8.9, 700), (11, 700),
                   (13, -80)))], 15.5, 1  # fmt: skip


def turning_away_shortly() -> tuple[list[Actor], float, int]:
    """The head turned away for a second and a half where they stand: one visit."""
    return [Actor(((0, -80), (2, 500), (9, 500), (11, -80)), away=((5.0, 6.5),))], 13.5, 1


def leaving_for_good() -> tuple[list[Actor], float, int]:
    """Away for five seconds: two visits."""
    return [Actor(((0, -80), (2, 500), (5, 500), (7, -80), (11, -80), (13, 500), (16, 500),
                   (18, -80)))], 20.5, 2  # fmt: skip


def three_side_by_side() -> tuple[list[Actor], float, int]:
    """They stand shoulder to shoulder and leave one after the other."""
    return (
        [
            Actor(((0.0, -80), (2.5, 480), (7, 480), (9, -80)), 100),
            Actor(((0.4, -80), (2.9, 640), (10, 640), (12, -80)), 105, 310),
            Actor(((0.0, 1400), (2.5, 800), (9, 800), (11, 1400)), 95, 290),
        ],
        14.5,
        3,
    )


def three_walk_in_a_row() -> tuple[list[Actor], float, int]:
    """They follow each other a second and a half apart, past the artwork and out."""
    return [
        Actor(((t, -80), (4 + t, 640 - 93 * t), (5.5 + t, 640 - 93 * t), (9 + t, 1400)),
              100 + 5 * t, 280 + 16 * t)
        for t in (0.0, 1.5, 3.0)
    ], 15.0, 3  # fmt: skip


def together() -> tuple[list[Actor], float, int]:
    """Two walk in side by side, stand, and leave side by side."""
    return (
        [
            Actor(((0, -200), (3, 500), (8, 500), (11, 1400)), 100),
            Actor(((0, -80), (3, 640), (8, 640), (11, 1540)), 96, 320),
        ],
        13.5,
        2,
    )


def there_and_back_behind() -> tuple[list[Actor], float, int]:
    """One goes behind another who stands, waits there for a moment, and comes back."""
    return [
        Actor(((0, -120), (2, 640), (12, 640), (14, -120)), 150, 320),
        Actor(((1, 1400), (3, 900), (5, 900), (6, 680), (6.4, 680), (7.4, 900), (10, 900),
               (12, 1400)), 90),
    ], 16.5, 2  # fmt: skip


SCENES: tuple[Scene, ...] = (
    crossing,
    standing_hidden,
    leaving_and_returning,
    turning_away_shortly,
    leaving_for_good,
    three_side_by_side,
    three_walk_in_a_row,
    together,
    there_and_back_behind,
)
