"""What the outbox needs beside being filled and emptied: dates for visits, an end for old ones."""

import logging
from typing import Final

from edge.clock import FLOOR_MS, Timekeeper, is_provisional, since_start_ms
from edge.errors import InvalidMessageError
from edge.models import UndatedRow
from edge.ports import Clock, Outbox
from edge.validation import decode_visit

_log = logging.getLogger(__name__)

TOLERANCE_MS: Final = 3_600_000
"""Visits are counted by the hour: one whose time is known no better is none that can be counted."""
_STEADY_S: Final = 3600.0
"""A clock that was set to a wrong year does not empty the outbox before it is set right again."""
_DAY_MS: Final = 86_400_000
_BETWEEN_S: Final = 60.0


class Upkeep:
    """Dates what was queued before the time was known; drops what is too old to be of use.

    Visits of the machine's present start get their time exactly. Those of an earlier start, which
    ended before the time was known, lie between what the clock of then said (a clock without
    power stands still, it does not run fast) and the present start: where that is within an hour
    they are dated by the clock of then, else they are dropped and counted, since nobody can tell
    in which hour, or on which day, they were.

    Methods are called from one thread at a time.
    """

    def __init__(
        self, outbox: Outbox, times: Timekeeper, clock: Clock, *, max_age_days: float
    ) -> None:
        self._outbox = outbox
        self._times = times
        self._clock = clock
        self._max_age_ms = round(max_age_days * _DAY_MS)
        self._expire_s = clock.monotonic_s()

    def step(self, *, connected: bool) -> None:
        """Does what is due; cheap when nothing is.

        Args:
            connected: Whether the broker is there.

        Raises:
            OutboxError: The outbox cannot be read or written.
        """
        self._times.look(connected=connected)
        if not self._times.is_known:
            return
        for newest in self._outbox.undated():
            self._date(newest)
        now_s = self._clock.monotonic_s()
        if now_s >= self._expire_s and self._times.steady_s >= _STEADY_S:
            self._expire_s = now_s + _BETWEEN_S
            count = self._outbox.expire(self._clock.now_ms() - self._max_age_ms)
            if count:
                days = self._max_age_ms / _DAY_MS
                _log.error("%d visits waited for more than %g days and were dropped", count, days)

    def _date(self, newest: UndatedRow) -> None:
        boot = newest.undated.boot
        offset_ms = (
            self._times.offset_ms() if boot == self._times.boot else self._offset_then(newest)
        )
        count = self._outbox.date(boot, offset_ms)
        if offset_ms is None:
            _log.error("visits of an earlier start, whose time cannot be told, were dropped")
        else:
            _log.info("%d visits have waited for the time and are dated now", count)

    def _offset_then(self, newest: UndatedRow) -> int | None:
        """When an earlier start was, ms since 1970 UTC; None if that cannot be told well enough."""
        try:
            visit = decode_visit(newest.payload)
        except InvalidMessageError:
            return None
        offset_ms = newest.undated.offset_ms
        if not is_provisional(visit.detected_at) or offset_ms < FLOOR_MS:
            return None
        ended_ms = since_start_ms(visit.ended_at) + offset_ms
        unknown_ms = self._times.offset_ms() - ended_ms
        return offset_ms if -TOLERANCE_MS <= unknown_ms <= TOLERANCE_MS else None
