"""The outbox in one SQLite file: what ``put`` returned from survives a power cut."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from edge.errors import OutboxError
from edge.models import OutboxRow, OutboxState

_BUSY_TIMEOUT_MS: Final = 5_000
"""How long to wait for a reader from outside, e.g. a person with the sqlite3 shell."""

_PRAGMAS: Final = (
    "journal_mode = WAL",  # a commit appends; readers never block it
    # In WAL, NORMAL syncs at checkpoints only: a power cut would take the last visits with it,
    # and no one else has a copy. FULL syncs every commit: a few ms for a few visits a minute.
    "synchronous = FULL",
    f"busy_timeout = {_BUSY_TIMEOUT_MS}",
    "journal_size_limit = 4194304",
)
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


class SqliteOutbox:
    """Durable, bounded, ordered store; one process at a time, any of its threads.

    Rows are ordered by their number, never by a clock: a Pi's wall clock may jump.
    """

    def __init__(self, file: Path, *, max_visits: int, max_bytes: int) -> None:
        """Opens or makes ``file``.

        Raises:
            OutboxError: It cannot be opened, is damaged, or another process uses it.
        """
        self._file = file
        self._max_visits = max_visits
        self._max_bytes = max_bytes
        self._depth: int = 0
        self._bytes: int = 0
        self._mutex = threading.Lock()
        self._lock_file = _lock(file)
        try:
            self._db = self._open()
        except OutboxError:
            os.close(self._lock_file)
            raise

    def _open(self) -> sqlite3.Connection:
        with _translated(self._file):
            # isolation_level None: transactions begin and end where this file says so.
            db = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
            try:
                for pragma in _PRAGMAS:
                    db.execute(f"PRAGMA {pragma}")
                for statement in _SCHEMA:
                    db.execute(statement)
                count = "SELECT count(*), coalesce(sum(length(payload)), 0) FROM visits"
                self._depth, self._bytes = db.execute(count).fetchone()
            except sqlite3.Error:
                db.close()
                raise
            return db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, payload: bytes, queued_at: int) -> None:
        """Adds one visit; on return it survives a power cut. Over the bound the oldest falls off.

        Raises:
            OutboxError: It could not be stored, e.g. on a full disk; nothing has changed.
        """
        with self._transaction() as db:
            insert = "INSERT INTO visits (payload, queued_at) VALUES (?, ?)"
            db.execute(insert, (payload, queued_at))
            self._depth += 1
            self._bytes += len(payload)
            dropped = 0
            while self._depth > 1 and self._is_over_bound():
                oldest = "SELECT row FROM visits ORDER BY row LIMIT 1"
                self._remove(db, db.execute(oldest).fetchone()[0])
                dropped += 1
            if dropped:
                add = "UPDATE counters SET value = value + ? WHERE name = 'dropped'"
                db.execute(add, (dropped,))

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``.

        Raises:
            OutboxError: The file cannot be read.
        """
        query = "SELECT row, payload, queued_at FROM visits ORDER BY row LIMIT ?"
        with self._mutex, _translated(self._file):
            return [OutboxRow(*row) for row in self._db.execute(query, (limit,))]

    def delete(self, rows: Sequence[int]) -> None:
        """Removes rows that the broker has acknowledged; unknown numbers change nothing.

        Raises:
            OutboxError: The file cannot be written; nothing has changed.
        """
        with self._transaction() as db:
            for row in rows:
                self._remove(db, row)

    def state(self) -> OutboxState:
        """Depth, oldest, dropped.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._mutex, _translated(self._file):
            oldest = self._db.execute("SELECT queued_at FROM visits ORDER BY row LIMIT 1")
            first = oldest.fetchone()
            dropped = self._db.execute("SELECT value FROM counters WHERE name = 'dropped'")
            return OutboxState(self._depth, first[0] if first else None, dropped.fetchone()[0])

    def close(self) -> None:
        """Closes the file and lets another process have it; a second call does nothing."""
        with self._mutex:
            if self._lock_file < 0:
                return
            self._db.close()
            os.close(self._lock_file)
            self._lock_file = -1

    def _is_over_bound(self) -> bool:
        return self._depth > self._max_visits or self._bytes > self._max_bytes

    def _remove(self, db: sqlite3.Connection, row: int) -> None:
        statement = "DELETE FROM visits WHERE row = ? RETURNING length(payload)"
        removed = db.execute(statement, (row,)).fetchone()
        if removed:
            self._depth -= 1
            self._bytes -= removed[0]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, _translated(self._file):
            before = self._depth, self._bytes
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._depth, self._bytes = before
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _lock(file: Path) -> int:
    """Keeps a second process off the outbox, which would send every visit twice.

    The lock goes with the process, however that ends.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file.with_name(f"{file.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as exc:
        raise OutboxError(str(file), f"cannot be made: {exc.strerror}") from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(handle)
        raise OutboxError(str(file), "is used by another museum-edge; stop that first") from exc
    return handle


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorname", type(exc).__name__)
        raise OutboxError(str(file), f"{exc} ({code})") from exc
