"""Which time a visit bears on a Pi that may not know the time yet.

A Pi without a battery for its clock wakes in 1970 or at the moment it was last switched off, and
learns the time only once it reaches a time server. Until then a visit bears a provisional stamp
that counts from the Pi's start, and waits in the outbox; it is dated when the time is known.
"""

import logging
import math
from dataclasses import replace
from typing import Final

from contracts.visit import EARLIEST_MS, LATEST_MS, Visit, encode_visit
from edge.errors import InvalidMessageError
from edge.models import Undated
from edge.ports import Board, Clock
from edge.validation import decode_visit

_log = logging.getLogger(__name__)

FLOOR_MS: Final = 1_767_225_600_000
"""2026-01-01T00:00Z: this software is younger, so a clock that says less has not been set, and a
stamp that says less is provisional. Provisional stamps begin at ``EARLIEST_MS``, 2020, which
leaves a Pi six years without a restart."""

_STEP_MS: Final = 5_000
"""A clock that a time server keeps is led, not set; more than this at once was set."""
_SETTLED_S: Final = 1.0
"""A visit that ends while the clock is being set is dated a moment later."""
_NOT_SET: Final = "the clock is not set yet: visits wait, and are dated once a time server answers"


class Timekeeper:
    """Knows whether the wall clock can be believed, and what to do with a visit if not.

    The clock is believed once a time server has set it, and from then on: it does not go wrong
    because the server is out of reach. Where nobody can tell whether it was set, a clock that is
    later than this software is believed. Where a time server is waited for, but the broker has
    been reached for ``patience_s`` and that server has not (a museum's network may not let it
    through), the same.

    ``look`` is called from one thread, everything else from any.
    """

    def __init__(self, clock: Clock, board: Board, *, boot: str, patience_s: float) -> None:
        """Looks at the clock for the first time.

        Args:
            clock: The machine's; its monotonic scale begins with the machine's start, so that it
                is the same for all processes between two starts.
            board: Tells whether a time server has set the clock.
            boot: Name of the present start of the machine.
            patience_s: Longest wait for a time server while the broker is there, seconds.
        """
        self._clock = clock
        self._board = board
        self._boot = boot
        self._patience_s = patience_s
        self._connected_s: float | None = None
        self._last_offset_ms = self.offset_ms()
        self._steady_s = clock.monotonic_s()
        self._changed_s = -math.inf
        self._believed = False
        self._believed = self._judge(connected=False)
        if not self._believed:
            _log.warning("%s", _NOT_SET)

    @property
    def boot(self) -> str:
        """Name of the present start of the machine."""
        return self._boot

    @property
    def is_known(self) -> bool:
        """Whether the wall clock is believed."""
        return self._believed and FLOOR_MS <= self._clock.now_ms() <= LATEST_MS

    @property
    def steady_s(self) -> float:
        """Seconds for which the clock is known to have been believed and not been set."""
        return self._clock.monotonic_s() - self._steady_s if self.is_known else 0.0

    def offset_ms(self) -> int:
        """Wall clock when the machine started, ms since 1970 UTC, as its clock now has it."""
        return self._clock.now_ms() - round(self._clock.monotonic_s() * 1000)

    def undated(self, visit: Visit) -> tuple[Visit, Undated] | None:
        """A visit with a provisional stamp, and by what to date it; None if its time is right.

        Args:
            visit: One that has just ended, stamped by the wall clock.
        """
        now_s, offset_ms = self._clock.monotonic_s(), self.offset_ms()
        then_ms = self._last_offset_ms
        was_set = abs(offset_ms - then_ms) > _STEP_MS
        if self.is_known and not was_set and now_s - self._changed_s >= _SETTLED_S:
            return None
        since_ms = visit.detected_at - offset_ms
        if was_set:
            # Before or after the visit was stamped? It ended about now.
            since_ms = min(
                (since_ms, visit.detected_at - then_ms),
                key=lambda start_ms: abs(start_ms + visit.dwell_ms - now_s * 1000),
            )
        stamped = replace(visit, detected_at=EARLIEST_MS + max(0, since_ms))
        return stamped, Undated(self._boot, offset_ms)

    def look(self, *, connected: bool) -> None:
        """Notes how the clock is now.

        Args:
            connected: Whether the broker is there, and so a network.
        """
        offset_ms, now_s = self.offset_ms(), self._clock.monotonic_s()
        jump_ms = offset_ms - self._last_offset_ms
        self._last_offset_ms = offset_ms
        believed, before = self._judge(connected=connected), self._believed
        if abs(jump_ms) > _STEP_MS:
            way = "on" if jump_ms > 0 else "back"
            _log.warning("the clock was set %s by %.0f s", way, abs(jump_ms) / 1000)
        if abs(jump_ms) > _STEP_MS or believed is not before:
            self._steady_s = self._changed_s = now_s
        if believed is not before:
            _log.warning("%s", "the clock is set" if believed else _NOT_SET)
        self._believed = believed

    def _judge(self, *, connected: bool) -> bool:
        if not FLOOR_MS <= self._clock.now_ms() <= LATEST_MS:
            return False
        if self._believed or self._board.clock_synced() is not False:
            return True
        now_s = self._clock.monotonic_s()
        if not connected or self._connected_s is None:
            self._connected_s = now_s if connected else None
        if self._connected_s is None or now_s - self._connected_s < self._patience_s:
            return False
        _log.warning("no time server within %.0f s; the clock is taken as it is", self._patience_s)
        return True


def is_provisional(stamp_ms: int) -> bool:
    """Whether a stamp counts from the machine's start rather than from 1970."""
    return stamp_ms < FLOOR_MS


def since_start_ms(stamp_ms: int) -> int:
    """What a provisional stamp says: ms since the machine's start."""
    return stamp_ms - EARLIEST_MS


def dated(payload: bytes, offset_ms: int) -> bytes:
    """An encoded visit with its provisional stamp made a date.

    Args:
        payload: The visit; one that is dated stays as it is.
        offset_ms: When the machine started, ms since 1970 UTC.

    Raises:
        InvalidMessageError: It is no visit, or would have no valid date.
    """
    visit = decode_visit(payload)
    if not is_provisional(visit.detected_at):
        return payload
    detected_at = since_start_ms(visit.detected_at) + offset_ms
    if not FLOOR_MS <= detected_at <= LATEST_MS:
        raise InvalidMessageError("visit", "detected_at", f"would be {detected_at}")
    return encode_visit(replace(visit, detected_at=detected_at))
