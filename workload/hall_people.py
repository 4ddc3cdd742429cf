"""The five visitors of the gallery hall: where each one is, how they sway, and what they show."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

FACE_MM: Final = 145.0
"""Width of a face, between the cheekbones."""
_BREATH_HZ: Final = 0.24
_BREATH_MM: Final = 0.5
_SWAY_HZ: Final = (0.07, 0.13, 0.21, 0.34, 0.55, 0.89)
"""Postural sway is slow: its amplitude falls with the frequency (Winter 1995)."""
_TURN_S: Final = 0.6
_BLINK_S: Final = 0.2
_STEP_HZ: Final = 0.95
_HALF: Final = 0.5
"""A face that is turned away by more is none."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A point of a way: from ``start_s`` to ``end_s`` the face is at ``x`` px."""

    start_s: float
    end_s: float
    x: float


@dataclass(frozen=True, slots=True)
class Look:
    """One visitor in one frame.

    Attributes:
        x: Centre of the face, px.
        y: The same.
        size_px: Width of the face.
        tilt: Degrees.
        facing: How much of the face is to be seen, 0 (back of the head) … 1.
        blink: Whether the eyes are shut.
    """

    x: float
    y: float
    size_px: float
    tilt: float
    facing: float
    blink: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One visitor.

    Attributes:
        who: Name of the cut-out.
        mirrored: As in a mirror.
        size_px: Width of the face, px.
        way: Where the visitor stands; between two stands they walk at an even pace.
        faces: Spans (s) in which the face is turned to the camera; empty: always.
        sway_mm: RMS of the head's sway while standing, millimetres on each axis.
        printed: Whether a face is printed on the shirt.
        seed: Of sway and blinks.
    """

    who: str
    mirrored: bool
    size_px: float
    way: tuple[Stand, ...]
    faces: tuple[tuple[float, float], ...] = ()
    sway_mm: float = 5.0
    printed: bool = False
    seed: int = 0

    def look(self, now_s: float) -> Look | None:
        """What is to be seen of the visitor; None before they come and after they left."""
        if not self.way[0].start_s <= now_s <= self.way[-1].end_s:
            return None
        x, walking = self._place(now_s)
        millimetre = self.size_px / FACE_MM
        sideways, nod, lean = (self._sway(now_s, axis) * millimetre for axis in range(3))
        breath = _BREATH_MM * math.sin(2 * math.pi * _BREATH_HZ * now_s) * millimetre
        bob = 0.03 * self.size_px * abs(math.sin(math.pi * 2 * _STEP_HZ * now_s)) * walking
        return Look(
            x=x + sideways,
            # A camera above eye height sees nearer people lower.
            y=118 + (self.size_px - 44) * 0.3 + nod * 0.4 + breath + bob,
            size_px=self.size_px + lean * 0.1,
            tilt=0.15 * (sideways - 0.5 * nod) / millimetre,
            facing=self._facing(now_s),
            blink=self._blinks(now_s),
        )

    def stay(self, rate: float, width: int) -> tuple[float, float]:
        """First and last moment (s) of a film at ``rate`` at which the whole face shows."""
        seen = []
        for i in range(round(self.way[0].start_s * rate), round(self.way[-1].end_s * rate) + 1):
            look = self.look(i / rate)
            if look is None or look.facing <= _HALF:
                continue
            if look.size_px / 2 <= look.x <= width - look.size_px / 2:
                seen.append(i / rate)
        return seen[0], seen[-1]

    def _place(self, now_s: float) -> tuple[float, float]:
        """Place in px, and 1 while walking, 0 while standing."""
        for here, there in zip(self.way, self.way[1:], strict=False):
            if now_s <= here.end_s:
                return here.x, 0.0
            if now_s < there.start_s:
                part = (now_s - here.end_s) / (there.start_s - here.end_s)
                eased = part * part * (3 - 2 * part)
                return here.x + (there.x - here.x) * eased, 1.0
        return self.way[-1].x, 0.0

    def _sway(self, now_s: float, axis: int) -> float:
        """Millimetres."""
        rng = np.random.default_rng((self.seed, axis))
        weights = [math.pow(f, -0.7) for f in _SWAY_HZ]
        scale = self.sway_mm * math.sqrt(2 / sum(w * w for w in weights))
        return float(scale) * sum(
            w * math.sin(2 * math.pi * (f * now_s * float(factor) + float(phase)))
            for w, f, factor, phase in zip(
                weights, _SWAY_HZ, rng.uniform(0.85, 1.15, 6), rng.uniform(0, 1, 6), strict=True
            )
        )

    def _facing(self, now_s: float) -> float:
        if not self.faces:
            return 1.0
        return max(
            min(1.0, max(0.0, (now_s - begin) / _TURN_S), max(0.0, (end - now_s) / _TURN_S))
            for begin, end in self.faces
        )

    def _blinks(self, now_s: float) -> bool:
        """Every four seconds or so, for two tenths."""
        round_ = int(now_s // 4)
        begin = 4 * round_ + np.random.default_rng((self.seed, 9, round_)).uniform(0, 3.5)
        return bool(begin <= now_s < begin + _BLINK_S)


def five_visitors(seed: int, *, sway_mm: float, printed: bool) -> tuple[Visitor, ...]:
    """The cast: five visits in ten minutes.

    1. walks in, looks for 20 s, walks out;
    2. turns round in the middle of the room, stands *very* still for 60 s, turns away;
    3. walks in, leaves the picture for 1.5 s, comes back and stays;
    4. passes close by, before the fifth and before the painted portrait, perhaps with a printed
       shirt;
    5. stands while the fourth hides them for a moment.
    """
    return (
        Visitor(
            who="astronaut", mirrored=False, size_px=54, seed=seed,
            way=(Stand(40, 40, -80), Stand(45, 65, 300), Stand(71, 71, 760)),
        ),
        Visitor(
            who="hopper", mirrored=True, size_px=60, seed=seed + 1, sway_mm=sway_mm,
            way=(Stand(104, 104, -160), Stand(110, 181, 330), Stand(188, 188, -160)),
            faces=((114.0, 176.0),),
        ),
        Visitor(
            who="hopper", mirrored=False, size_px=50, seed=seed + 2,
            way=(Stand(230, 230, 740), Stand(236, 250, 420), Stand(252.6, 253.0, 655),
                 Stand(255.5, 280, 440), Stand(287, 287, -90)),
        ),
        Visitor(
            who="hopper", mirrored=True, size_px=74, seed=seed + 3, printed=printed,
            way=(Stand(354, 354, 800), Stand(358, 362, 440), Stand(369, 378, 130),
                 Stand(384, 384, -130)),
        ),
        Visitor(
            who="astronaut", mirrored=True, size_px=46, seed=seed + 4,
            way=(Stand(340, 340, -80), Stand(346, 400, 310), Stand(408, 408, 740)),
        ),
    )  # fmt: skip
