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


class Recorder:
    """Used by the capture thread only."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._held: deque[tuple[bytes, int]] = deque()

    def record(self, visits: Iterable[Visit]) -> None:
        """Queues visits in their order, after those that a full disk has held back."""
        for visit in visits:
            try:
                payload = encode_checked_visit(visit)
            except InvalidMessageError as exc:
                _log.error("%s; the visit is not counted", exc)
                continue
            self._held.append((payload, self._clock.now_ms()))
        self._store()

    def _store(self) -> None:
        while self._held:
            payload, queued_at = self._held[0]
            try:
                self._outbox.put(payload, queued_at)
            except OutboxError as exc:
                lost = max(0, len(self._held) - _MOST_HELD)
                for _ in range(lost):
                    self._held.popleft()
                _log.error("%s; %d visits wait in memory, %d had to go", exc, len(self._held), lost)
                return
            self._held.popleft()
