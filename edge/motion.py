"""Where a face will be next: constant velocity with uncertainty, all in units of the face."""

import math
from typing import Final

from edge.models import Box

MEASUREMENT_SD: Final = 0.06
"""Jitter of a detector's box centre, in face sizes."""
HALF_HIDDEN_SD: Final = 0.3
"""The same when half of the face is hidden: the box then holds what can be seen of it."""
ACCELERATION_SD: Final = 5.0
"""How hard visitors start, stop and turn, in face sizes per second squared (0.8 m/s2)."""
FIRST_SPEED_SD: Final = 3.0
"""Speed of a face seen once, in face sizes per second (a stroll at 0.5 m/s, face of 16 cm)."""
LONGEST_EXTRAPOLATION_S: Final = 1.0
"""A face that is hidden for longer is expected to wait there: people stop in front of art."""
NARROWEST_GATE: Final = 0.5
WIDEST_GATE: Final = 2.5
"""Bounds of the search radius, in face sizes."""
SPEED_MEMORY_S: Final = 0.5
"""Whoever was out of sight for longer may have stopped or turned: their speed is not known."""
SIZE_MEMORY_S: Final = 0.15
"""Time constant of the smoothed size."""
CUT_SHARE: Final = 0.8
"""A box that is smaller than this, against the smoothed size, holds a face cut by what it passes
behind: nobody shrinks so fast."""
CUT_MEMORY_S: Final = 2.0
"""Time constant of the size while that goes on: the face may be as small after all."""


class Motion:
    """Kalman filter of a face's centre, with a smoothed size.

    Both coordinates have the same uncertainty, so that one 2x2 covariance serves both. It works
    on seconds, not on frames: dropped frames make the gaps longer and nothing else.
    """

    def __init__(self, box: Box, now_s: float) -> None:
        self._x, self._y = box.centre
        self._vx = self._vy = 0.0
        self._size, self._aspect = box.size, box.width / box.height
        self._variance = MEASUREMENT_SD**2
        self._covariance = 0.0
        self._speed_variance = FIRST_SPEED_SD**2
        self._at_s = now_s

    def expect(self, now_s: float) -> Box:
        """Where the face should be at ``now_s``."""
        ahead = min(now_s - self._at_s, LONGEST_EXTRAPOLATION_S)
        width = self._size * math.sqrt(self._aspect)
        height = self._size / math.sqrt(self._aspect)
        x, y = self._x + self._vx * ahead, self._y + self._vy * ahead
        return Box(x - width / 2, y - height / 2, width, height)

    def gate(self, now_s: float) -> float:
        """How far from there it may turn up (three standard deviations), in pixels."""
        variance, _, _ = self._spread(now_s - self._at_s)
        sizes = 3 * math.sqrt(variance + MEASUREMENT_SD**2)
        return min(max(sizes, NARROWEST_GATE), WIDEST_GATE) * self._size

    def update(self, box: Box, now_s: float, *, half_hidden: bool = False) -> None:
        """Takes in a sighting.

        A half hidden one tells little of the place and nothing of the size; one that is suddenly
        much smaller is believed only when it stays so.
        """
        elapsed = now_s - self._at_s
        expected = self.expect(now_s).centre
        variance, covariance, speed_variance = self._spread(elapsed)
        is_cut = box.size < CUT_SHARE * self._size
        innovation = variance + (HALF_HIDDEN_SD if half_hidden or is_cut else MEASUREMENT_SD) ** 2
        gain, speed_gain = variance / innovation, covariance / innovation
        off_x, off_y = box.centre[0] - expected[0], box.centre[1] - expected[1]
        self._x, self._y = expected[0] + gain * off_x, expected[1] + gain * off_y
        self._vx += speed_gain * off_x
        self._vy += speed_gain * off_y
        self._variance = (1 - gain) * variance
        self._covariance = (1 - gain) * covariance
        self._speed_variance = speed_variance - speed_gain * covariance
        if elapsed > SPEED_MEMORY_S:
            self._vx = self._vy = self._covariance = 0.0
            self._speed_variance = FIRST_SPEED_SD**2
        self._at_s = now_s
        if half_hidden:
            return
        share = 1 - math.exp(-elapsed / (CUT_MEMORY_S if is_cut else SIZE_MEMORY_S))
        self._size *= (box.size / self._size) ** share
        self._aspect *= (box.width / box.height / self._aspect) ** share

    def _spread(self, elapsed: float) -> tuple[float, float, float]:
        """Covariance after ``elapsed`` seconds of random acceleration, in face sizes."""
        noise = ACCELERATION_SD**2
        return (
            self._variance
            + 2 * elapsed * self._covariance
            + elapsed**2 * self._speed_variance
            + noise * elapsed**4 / 4,
            self._covariance + elapsed * self._speed_variance + noise * elapsed**3 / 2,
            self._speed_variance + noise * elapsed**2,
        )
