"""Writes finished visits into the expression log; keeps them in memory while the disk refuses."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from contracts.visit import Visit
from edge.clock import is_provisional
from edge.errors import LogFileError
from edge.expression_log import log_row
from edge.ports import Clock, LogFile, VisitSink

_log = logging.getLogger(__name__)

MOST_HELD: Final = 10_000
"""Rows held in memory while the log cannot be written: about 1 MB."""
BETWEEN_TRIES_S: Final = 10.0


class VisitLog:
    """One row a visit. Used by the capture thread only."""

    def __init__(self, file: LogFile, clock: Clock, zone: tzinfo | None = None) -> None:
        """Wires the log.

        Args:
            file: Where the rows go.
            clock: For the time between two tries.
            zone: Time zone of the timestamps; the computer's own unless given.
        """
        self._file = file
        self._clock = clock
        self._zone = zone
        self._held: deque[str] = deque()
        self._retry_s = clock.monotonic_s()

    def record(self, visits: Iterable[Visit]) -> None:
        """Writes visits in their order, after those that a full disk has held back."""
        for visit in visits:
            is_dated = not is_provisional(visit.detected_at)
            self._held.append(log_row(visit, self._zone, is_dated=is_dated))
        if self._clock.monotonic_s() >= self._retry_s:
            self.flush()

    def flush(self) -> int:
        """Writes what is held, without waiting for the next try to be due; how much still is."""
        if not self._held:
            return 0
        try:
            self._file.append(self._held)
        except LogFileError as exc:
            lost = max(0, len(self._held) - MOST_HELD)
            for _ in range(lost):
                self._held.popleft()
            _log.error("%s; %d rows wait in memory, %d had to go", exc, len(self._held), lost)
            self._retry_s = self._clock.monotonic_s() + BETWEEN_TRIES_S
        else:
            self._held.clear()
        return len(self._held)

    def close(self) -> None:
        """Writes what is held, if it can be, and makes it durable."""
        self.flush()
        self._file.close()


class Sinks:
    """Gives visits to several sinks."""

    def __init__(self, sinks: Sequence[VisitSink]) -> None:
        self._sinks = sinks

    def record(self, visits: Iterable[Visit]) -> None:
        """Gives them to each."""
        ended = tuple(visits)
        for sink in self._sinks:
            sink.record(ended)

    def flush(self) -> int:
        """Flushes each; how many visits still wait where most do."""
        return max((sink.flush() for sink in self._sinks), default=0)
