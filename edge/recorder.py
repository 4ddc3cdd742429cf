"""Puts finished visits into the outbox, checked; keeps them in memory while the disk refuses."""

import logging
from collections import deque
from collections.abc import Iterable
from typing import Final

from contracts.visit import Visit
from edge.errors import InvalidMessageError, OutboxError
from edge.ports import Clock, Outbox
from edge.validation import encode_checked_visit

_log = logging.getLogger(__name__)

_MOST_HELD: Final = 10_000
"""Visits held in memory while the outbox cannot be written: some 4 MB."""
_BETWEEN_TRIES_S: Final = 10.0


class Recorder:
    """Used by the capture thread only, but for ``held_back``."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._held: deque[tuple[bytes, int]] = deque()
        self._retry_s = clock.monotonic_s()
        self._held_back = 0

    @property
    def held_back(self) -> int:
        """Visits that did not keep the contract and were not queued, since the start."""
        return self._held_back

    def record(self, visits: Iterable[Visit]) -> None:
        """Queues visits in their order, after those that a full disk has held back."""
        for visit in visits:
            try:
                payload = encode_checked_visit(visit)
            except InvalidMessageError as exc:
                _log.error("%s; the visit is not counted", exc)
                self._held_back += 1
                continue
            self._held.append((payload, self._clock.now_ms()))
        if self._clock.monotonic_s() >= self._retry_s:
            self.flush()

    def flush(self) -> None:
        """Writes what is held, without waiting for the next try to be due."""
        while self._held:
            try:
                self._outbox.put(*self._held[0])
            except OutboxError as exc:
                lost = max(0, len(self._held) - _MOST_HELD)
                for _ in range(lost):
                    self._held.popleft()
                held = len(self._held)
                _log.error("%s; %d visits wait in memory, %d had to go", exc, held, lost)
                self._retry_s = self._clock.monotonic_s() + _BETWEEN_TRIES_S
                return
            self._held.popleft()
