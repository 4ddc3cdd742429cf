"""Which frames the face detector looks at, so that the Pi keeps its frame rate and stays cool.

The detector is by far the dearest stage. Between two detections nothing is begun, ended or
classified, and tracks are carried by their motion; the tracker works on seconds, so that a frame
left out is only a longer step. Every n-th frame is looked at: n grows at once when the frames take
more than their share of the time, falls one by one when there is room, and never so far up that
fewer than ``least_per_s`` detections are made in a second.
"""

import math
from dataclasses import dataclass
from typing import Final

from edge.ports import Board

_MEMORY: Final = 0.1
"""Weight of the newest figure in the running means."""
_PUNCTUAL: Final = 0.25
"""Part of a frame's interval by which a camera may be late without a frame more being looked at."""
_GAP_S: Final = 1.0
"""A longer interval is a camera that was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceRules:
    """Bounds and thresholds.

    Attributes:
        busy_share: Largest share of the time that frames may take, 0 … 1. The rest is for reading
            the camera; a Pi that works half of the time on one of its four cores stays cool.
        room_share: Share below which a lower n is taken back, so that it does not swing.
        least_per_s: Detections per second that are always made, where the camera gives as many.
            A visit of one second then has five sightings, and expressions are looked at about as
            often (``CLASSIFY_EVERY_S``).
        settle_s: Time between two changes.
        hot_c: Temperature from which n grows; the Pi 5 slows down from 80 °C on.
        cool_c: Temperature below which it may fall again.
        heat_every_s: Time between two looks at the temperature; heat is slow.
    """

    busy_share: float = 0.5
    room_share: float = 0.4
    least_per_s: float = 5.0
    settle_s: float = 2.0
    hot_c: float = 75.0
    cool_c: float = 70.0
    heat_every_s: float = 15.0


class Cadence:
    """Chooses n from what frames cost, how fast they come and how warm the processor is."""

    def __init__(
        self, *, frames_per_s: float, board: Board | None = None, rules: CadenceRules | None = None
    ) -> None:
        """Begins with every frame.

        Args:
            frames_per_s: The camera's wanted rate; the true one is learnt where frames are waited
                for, which they are not while each of them takes too long.
            board: Tells temperature and throttling; None leaves them out.
            rules: Bounds and thresholds.
        """
        self._rules = rules or CadenceRules()
        self._board = board
        self._interval_s = 1 / frames_per_s
        self._every = 1
        self._for_heat = 0
        self._since = 0
        self._last_s: float | None = None
        self._detected_s = self._felt_s = -math.inf
        self._settled_s: float | None = None
        self._busy_s = 0.0
        self._with_s: float | None = None
        self._without_s = 0.0

    @property
    def every(self) -> int:
        """The present n: the detector looks at every n-th frame."""
        return self._every

    def is_due(self, now_s: float) -> bool:
        """Whether the detector is to look at the frame of ``now_s``; to be asked once a frame."""
        self._learn_interval(now_s)
        self._last_s = now_s
        self._since += 1
        if self._since < self._every and not self._is_late(now_s):
            return False
        self._since, self._detected_s = 0, now_s
        return True

    def note(self, now_s: float, busy_s: float) -> None:
        """Takes in how long the frame of ``now_s`` took, seconds, and chooses n anew."""
        self._busy_s = busy_s
        if now_s != self._detected_s:
            self._without_s += _MEMORY * (busy_s - self._without_s)
        elif self._with_s is None:
            self._with_s = busy_s
        else:
            self._with_s += _MEMORY * (busy_s - self._with_s)
        if now_s - self._felt_s >= self._rules.heat_every_s:
            self._felt_s = now_s
            self._feel()
        if self._settled_s is None:
            self._settled_s = now_s  # the first frames load what later ones need no more
        elif now_s - self._settled_s >= self._rules.settle_s:
            chosen = self._choose(self._with_s or 0.0)
            if chosen != self._every:
                self._every, self._settled_s = chosen, now_s

    def _learn_interval(self, now_s: float) -> None:
        """A frame that was waited for shows how fast the camera is; a late one doesn't."""
        if self._last_s is None:
            return
        interval_s = now_s - self._last_s
        if self._busy_s < interval_s / 2 and interval_s <= _GAP_S:
            self._interval_s += _MEMORY * (interval_s - self._interval_s)

    def _longest_s(self) -> float:
        """Longest time between two detections."""
        return 1 / self._rules.least_per_s + _PUNCTUAL * self._interval_s

    def _is_late(self, now_s: float) -> bool:
        """Whether the next frame would come too late for a detection."""
        return now_s + self._interval_s - self._detected_s > self._longest_s()

    def _feel(self) -> None:
        """Steps up while it is hot, down when it has cooled."""
        if self._board is None:
            return
        celsius, throttled = self._board.temperature_c(), bool(self._board.throttled())
        if throttled or (celsius is not None and celsius >= self._rules.hot_c):
            self._for_heat = min(self._for_heat + 1, self._most() - 1)
        elif celsius is None or celsius < self._rules.cool_c:
            self._for_heat = max(self._for_heat - 1, 0)

    def _most(self) -> int:
        return max(1, math.floor(self._longest_s() / self._interval_s))

    def _choose(self, with_s: float) -> int:
        """The n for frames that take ``with_s`` with a detection."""
        rules, most = self._rules, self._most()
        least = min(1 + self._for_heat, most)
        enough = next(
            (n for n in range(least, most) if self._share(n, with_s) <= rules.busy_share), most
        )
        if enough >= self._every:
            return enough
        lower = max(self._every - 1, least)
        if self._every > most or self._share(lower, with_s) <= rules.room_share:
            return min(lower, most)
        return self._every

    def _share(self, every: int, with_s: float) -> float:
        """Share of the time that frames take at an n."""
        mean_s = self._without_s + max(0.0, with_s - self._without_s) / every
        return mean_s / self._interval_s
