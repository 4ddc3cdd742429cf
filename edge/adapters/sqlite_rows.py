"""The outbox's rows in SQLite: what is done to them in a transaction, and what they add up to."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from edge.adapters.sqlite_salvage import SavedRow
from edge.clock import dated
from edge.errors import InvalidMessageError

_SCHEMA: Final = (
    # AUTOINCREMENT: a row's number is never used again, not even after the table was emptied, so
    # that a late acknowledgement can never delete another visit.
    """CREATE TABLE IF NOT EXISTS visits (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        payload BLOB NOT NULL,
        queued_at INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS counters (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "INSERT OR IGNORE INTO counters VALUES ('dropped', 0)",
)
_DATING: Final = (
    "ALTER TABLE visits ADD COLUMN boot TEXT",
    "ALTER TABLE visits ADD COLUMN offset_ms INTEGER",
)
"""Added by a later version; an earlier one leaves both NULL, which means dated."""


@dataclass(slots=True)
class Tally:
    """What the table holds, so that no bound needs a count of it.

    Attributes:
        depth: Rows.
        size: Their payloads' bytes.
        undated: Rows that are not dated.
        newest: Highest number ever given.
        dropped: Visits that were lost, by the file's own counter.
    """

    depth: int = 0
    size: int = 0
    undated: int = 0
    newest: int = 0
    dropped: int = 0


class BoundedRows:
    """The table of visits and its bounds; every method but ``kept`` belongs in a transaction.

    Attributes:
        tally: Of the rows, with what the transaction under way has changed.
    """

    def __init__(self, max_visits: int, max_bytes: int) -> None:
        self._max_visits = max_visits
        self._max_bytes = max_bytes
        self.tally = Tally()

    def kept(self) -> Tally:
        """A copy of the tally, to go back to when the transaction fails."""
        return replace(self.tally)

    def prepare(self, db: sqlite3.Connection) -> None:
        """Makes the table where it is not there yet, and counts what it holds."""
        for statement in _SCHEMA:
            db.execute(statement)
        columns = {name for _, name, *_ in db.execute("PRAGMA table_info(visits)")}
        if "boot" not in columns:
            for statement in _DATING:
                db.execute(statement)
        depth, size, undated = db.execute(
            "SELECT count(*), coalesce(sum(length(payload)), 0), count(boot) FROM visits"
        ).fetchone()
        newest = db.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'visits'").fetchone()
        dropped = db.execute("SELECT value FROM counters WHERE name = 'dropped'").fetchone()
        self.tally = Tally(depth, size, undated, newest[0] or 0, dropped[0])

    def go_on_from(self, db: sqlite3.Connection, before: Tally) -> None:
        """Begins an empty table where another one ended.

        No number is given again: the acknowledgement of a lost row may be on its way.
        """
        self.count(db, before.dropped)
        db.execute("INSERT INTO sqlite_sequence VALUES ('visits', ?)", (before.newest,))
        self.tally.newest = before.newest

    def add(self, db: sqlite3.Connection, rows: Sequence[SavedRow]) -> None:
        """Adds rows; over the bounds the oldest fall off, and are counted."""
        for row in rows:
            self._insert(db, row)
        dropped = 0
        while self.tally.depth > 1 and self._is_over_bound():
            oldest = db.execute("SELECT row FROM visits ORDER BY row LIMIT 1").fetchone()
            dropped += self.remove(db, [oldest[0]])
        self.count(db, dropped)

    def remove(self, db: sqlite3.Connection, rows: Sequence[int]) -> int:
        """Removes rows; returns how many of them were there."""
        statement = "DELETE FROM visits WHERE row = ? RETURNING length(payload), boot IS NOT NULL"
        count = 0
        for row in rows:
            removed = db.execute(statement, (row,)).fetchone()
            if removed:
                count += 1
                self.tally.depth -= 1
                self.tally.size -= removed[0]
                self.tally.undated -= removed[1]
        return count

    def count(self, db: sqlite3.Connection, dropped: int) -> int:
        """Counts visits that were lost; returns their number."""
        if dropped:
            add = "UPDATE counters SET value = value + ? WHERE name = 'dropped'"
            db.execute(add, (dropped,))
            self.tally.dropped += dropped
        return dropped

    def date(
        self,
        db: sqlite3.Connection,
        row: int,
        payload: bytes,
        old_offset_ms: int,
        offset_ms: int | None,
    ) -> bool:
        """Dates one row; whether it could be."""
        if offset_ms is None:
            return False
        try:
            new = dated(payload, offset_ms)
        except InvalidMessageError:
            return False
        statement = """UPDATE visits SET payload = ?, queued_at = queued_at + ?, boot = NULL,
            offset_ms = NULL WHERE row = ?"""
        db.execute(statement, (new, offset_ms - old_offset_ms, row))
        self.tally.size += len(new) - len(payload)
        self.tally.undated -= 1
        return True

    def _insert(self, db: sqlite3.Connection, row: SavedRow) -> None:
        statement = """INSERT OR IGNORE INTO visits (row, payload, queued_at, boot, offset_ms)
            VALUES (?, ?, ?, ?, ?) RETURNING row"""
        added = db.execute(statement, row).fetchone()
        if added:
            self.tally.depth += 1
            self.tally.size += len(row.payload)
            self.tally.undated += row.boot is not None
            self.tally.newest = max(self.tally.newest, added[0])

    def _is_over_bound(self) -> bool:
        return self.tally.depth > self._max_visits or self.tally.size > self._max_bytes
