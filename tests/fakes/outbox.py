"""An outbox in memory; passes the same contract tests as the one on disk."""

from collections import OrderedDict
from collections.abc import Sequence

from edge.errors import OutboxError
from edge.models import OutboxRow, OutboxState


class InMemoryOutbox:
    """Bounded, ordered; ``full_disk`` makes the next writes fail."""

    def __init__(self, *, max_visits: int = 1000, max_bytes: int = 1 << 20) -> None:
        self._max_visits = max_visits
        self._max_bytes = max_bytes
        self._rows: OrderedDict[int, OutboxRow] = OrderedDict()
        self._last = 0
        self._dropped = 0
        self.full_disk = False
        self.closed = False

    def put(self, payload: bytes, queued_at: int) -> None:
        """Adds one visit; over the bound the oldest falls off."""
        if self.full_disk:
            raise OutboxError("memory", "database or disk is full (SQLITE_FULL)")
        self._last += 1
        self._rows[self._last] = OutboxRow(self._last, payload, queued_at)
        while len(self._rows) > 1 and self._is_over_bound():
            self._rows.popitem(last=False)
            self._dropped += 1

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``."""
        return list(self._rows.values())[:limit]

    def delete(self, rows: Sequence[int]) -> None:
        """Removes rows; unknown numbers change nothing."""
        for row in rows:
            self._rows.pop(row, None)

    def state(self) -> OutboxState:
        """Depth, oldest, dropped."""
        oldest = next(iter(self._rows.values()), None)
        return OutboxState(len(self._rows), oldest.queued_at if oldest else None, self._dropped)

    def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True

    def _is_over_bound(self) -> bool:
        size = sum(len(r.payload) for r in self._rows.values())
        return len(self._rows) > self._max_visits or size > self._max_bytes
