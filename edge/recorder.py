"""Puts finished visits into the outbox, checked; keeps them in memory while the disk refuses."""

import logging
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from contracts.visit import Visit
from edge.clock import Timekeeper
from edge.errors import InvalidMessageError, OutboxError
from edge.models import Undated
from edge.ports import Clock, Outbox
from edge.validation import encode_checked_visit

_log = logging.getLogger(__name__)

MOST_HELD: Final = 10_000
"""Visits held in memory while the outbox cannot be written: some 8 MB."""
_BETWEEN_TRIES_S: Final = 10.0


class _Held(NamedTuple):
    payload: bytes
    queued_at: int
    undated: Undated | None


class Recorder:
    """Used by the capture thread only, but for ``held_back`` and ``lost``."""

    def __init__(self, outbox: Outbox, clock: Clock, times: Timekeeper | None = None) -> None:
        """Prepares the recorder.

        Args:
            outbox: Where visits go.
            clock: Time.
            times: Whether the visits' times are right; None if they are.
        """
        self._outbox = outbox
        self._clock = clock
        self._times = times
        self._held: deque[_Held] = deque()
        self._retry_s = clock.monotonic_s()
        self._held_back = 0
        self._lost = 0

    @property
    def held_back(self) -> int:
        """Visits that did not keep the contract and were not queued, since the start."""
        return self._held_back

    @property
    def lost(self) -> int:
        """Visits that memory had no room for either, and that the outbox has not counted yet."""
        return self._lost

    def record(self, visits: Iterable[Visit]) -> None:
        """Queues visits in their order, after those that a full disk has held back."""
        for visit in visits:
            stamped, undated = self._stamp(visit)
            try:
                payload = encode_checked_visit(stamped)
            except InvalidMessageError as exc:
                _log.error("%s; the visit is not counted", exc)
                self._held_back += 1
                continue
            if len(self._held) == MOST_HELD:
                self._held.popleft()
                self._lost += 1
            self._held.append(_Held(payload, self._clock.now_ms(), undated))
        if self._clock.monotonic_s() >= self._retry_s:
            self.flush()

    def _stamp(self, visit: Visit) -> tuple[Visit, Undated | None]:
        found = self._times.undated(visit) if self._times is not None else None
        return found or (visit, None)

    def flush(self) -> int:
        """Writes what is held, without waiting for the next try to be due; how much still is."""
        try:
            while self._held:
                self._outbox.put(*self._held[0])
                self._held.popleft()
            if self._lost:
                self._outbox.add_dropped(self._lost)
                self._lost = 0
        except OutboxError as exc:
            held = len(self._held)
            _log.error("%s; %d visits wait in memory, %d had to go", exc, held, self._lost)
            self._retry_s = self._clock.monotonic_s() + _BETWEEN_TRIES_S
        return len(self._held)
