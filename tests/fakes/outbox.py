"""An outbox in memory; passes the same contract tests as the one on disk."""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from edge.clock import dated
from edge.errors import InvalidMessageError, OutboxError
from edge.models import OutboxRow, OutboxState, Undated, UndatedRow


class InMemoryOutbox:
    """Bounded, ordered; ``full_disk`` makes the next writes fail."""

    def __init__(self, *, max_visits: int = 1000, max_bytes: int = 1 << 20) -> None:
        self._max_visits = max_visits
        self._max_bytes = max_bytes
        self._rows: OrderedDict[int, OutboxRow] = OrderedDict()
        self._undated: dict[int, Undated] = {}
        self._last = 0
        self._dropped = 0
        self.full_disk = False
        self.closed = False

    def put(self, payload: bytes, queued_at: int, undated: Undated | None = None) -> None:
        """Adds one visit; over the bound the oldest falls off."""
        self._check_disk()
        self._last += 1
        if undated is not None:
            self._undated[self._last] = undated
        self._rows[self._last] = OutboxRow(self._last, payload, queued_at)
        while len(self._rows) > 1 and self._is_over_bound():
            self.drop([next(iter(self._rows))])

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``, up to the first that is not dated."""
        end = min(self._undated, default=self._last + 1)
        return [row for row in self._rows.values() if row.row < end][:limit]

    def delete(self, rows: Sequence[int]) -> None:
        """Removes rows; unknown numbers change nothing."""
        for row in rows:
            self._rows.pop(row, None)
            self._undated.pop(row, None)

    def drop(self, rows: Sequence[int]) -> None:
        """Removes rows, and counts them."""
        self._dropped += len(self._rows.keys() & set(rows))
        self.delete(rows)

    def add_dropped(self, count: int) -> None:
        """Counts lost visits."""
        self._check_disk()
        self._dropped += count

    def expire(self, queued_before: int) -> int:
        """Drops dated rows from the oldest on."""
        old = []
        for row in self._rows.values():
            if row.row in self._undated or row.queued_at >= queued_before:
                break
            old.append(row.row)
        self.drop(old)
        return len(old)

    def undated(self) -> list[UndatedRow]:
        """The newest undated row of each start."""
        newest = {undated.boot: row for row, undated in sorted(self._undated.items())}
        return [
            UndatedRow(self._rows[row].payload, self._undated[row])
            for row in sorted(newest.values())
        ]

    def date(self, boot: str, offset_ms: int | None) -> int:
        """Dates the rows of a start, or drops them."""
        rows = [row for row, undated in self._undated.items() if undated.boot == boot]
        count = 0
        for row in rows:
            old = self._rows[row]
            payload = None
            if offset_ms is not None:
                with suppress(InvalidMessageError):
                    payload = dated(old.payload, offset_ms)
            if payload is None or offset_ms is None:
                self.drop([row])
                continue
            count += 1
            shift_ms = offset_ms - self._undated.pop(row).offset_ms
            self._rows[row] = OutboxRow(row, payload, old.queued_at + shift_ms)
        return count

    def state(self) -> OutboxState:
        """Depth, oldest, dropped."""
        oldest = next(iter(self._rows.values()), None)
        return OutboxState(len(self._rows), oldest.queued_at if oldest else None, self._dropped)

    def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True

    def _check_disk(self) -> None:
        if self.full_disk:
            raise OutboxError("memory", "database or disk is full (SQLITE_FULL)")

    def _is_over_bound(self) -> bool:
        size = sum(len(r.payload) for r in self._rows.values())
        return len(self._rows) > self._max_visits or size > self._max_bytes
