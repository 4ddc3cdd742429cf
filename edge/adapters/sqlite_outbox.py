"""The outbox in one SQLite file: what ``put`` returned from survives a power cut."""

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self, TypeVar

from edge.adapters.sqlite_salvage import SavedRow, saved_rows
from edge.clock import dated
from edge.errors import InvalidMessageError, OutboxError
from edge.models import OutboxRow, OutboxState, Undated, UndatedRow

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_BUSY_TIMEOUT_MS: Final = 5_000
"""How long to wait for a reader from outside, e.g. a person with the sqlite3 shell."""

_PRAGMAS: Final = (
    "auto_vacuum = INCREMENTAL",  # of a new file: an emptied outbox gives its space back
    "journal_mode = WAL",  # a commit appends; readers never block it
    # In WAL, NORMAL syncs at checkpoints only: a power cut would take the last visits with it,
    # and no one else has a copy. FULL syncs every commit: a few ms for a few visits a minute.
    "synchronous = FULL",
    # What is deleted is overwritten as far as that costs nothing: of a damaged file little can
    # then be dug out but what still waited.
    "secure_delete = FAST",
    f"busy_timeout = {_BUSY_TIMEOUT_MS}",
    # In pages of 4 KB. A log that grew to its usual 4 MB would be what fills a disk that is nearly
    # full, with nowhere to put its contents.
    "wal_autocheckpoint = 64",
    "journal_size_limit = 262144",
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
_DATING: Final = (
    "ALTER TABLE visits ADD COLUMN boot TEXT",
    "ALTER TABLE visits ADD COLUMN offset_ms INTEGER",
)
"""Added by a later version; an earlier one leaves both NULL, which means dated."""

_DAMAGE: Final = (
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_FORMAT",
    "SQLITE_IOERR_READ",
    "SQLITE_IOERR_SHORT_READ",
    "SQLITE_IOERR_DATA",
    "SQLITE_IOERR_CORRUPTFS",
)
"""Beginnings of the names of errors that another try does not mend."""
_PASSING: Final = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED")
"""Of errors that may pass: there is room again, the card answers again."""

_BATCH: Final = 500
"""Rows that one transaction dates, saves or expires."""
_MOST_SET_ASIDE: Final = 3
_SALVAGE: Final = "salvage"
_DAMAGED: Final = "damaged"
_VACUUM_PAGES: Final = 64


class _DamagedError(sqlite3.DatabaseError):
    """What SQLite's own check has found."""


@dataclass(slots=True)
class _Tally:
    """What the table holds, so that no bound needs a count of it.

    Attributes:
        depth: Rows.
        size: Their payloads' bytes.
        undated: Rows that are not dated.
        newest: Highest number ever given.
    """

    depth: int = 0
    size: int = 0
    undated: int = 0
    newest: int = 0


class SqliteOutbox:
    """Durable, bounded, ordered store; one process at a time, any of its threads.

    Rows are ordered by their number, never by a clock: a Pi's wall clock may jump.

    A file that turns out to be damaged, at the start or later, is set aside beside the outbox, a
    new one is begun, and the visits that can still be read are moved into it. A disk that is full,
    or does not answer, is no reason to give up either: every call tries again.
    """

    def __init__(self, file: Path, *, max_visits: int, max_bytes: int) -> None:
        """Opens or makes ``file``.

        Raises:
            OutboxError: It cannot be made where it shall be, or another process uses it.
        """
        self._file = file
        self._max_visits = max_visits
        self._max_bytes = max_bytes
        self._tally = _Tally()
        self._dropped = 0
        self._gone: set[int] = set()
        self._mutex = threading.Lock()
        self._lock_file = _lock(file)
        self._db: sqlite3.Connection | None = None
        try:
            self._db = self._open()
        except sqlite3.Error as exc:
            problem = self._told(exc)
            if not _name(exc).startswith(_PASSING) and _has_room(file.parent):
                os.close(self._lock_file)
                raise problem from exc
            _log.error("%s; visits wait in memory until it can be used", problem)
        except OSError as exc:
            os.close(self._lock_file)
            raise OutboxError(str(file), f"cannot be moved: {exc}") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, payload: bytes, queued_at: int, undated: Undated | None = None) -> None:
        """Adds one visit; on return it survives a power cut. Over the bound the oldest falls off.

        Raises:
            OutboxError: It could not be stored, e.g. on a full disk; nothing has changed.
        """
        boot, offset_ms = (undated.boot, undated.offset_ms) if undated else (None, None)
        row = SavedRow(None, payload, queued_at, boot, offset_ms)

        def add(db: sqlite3.Connection) -> None:
            self._insert(db, row)
            self._keep_bounds(db)

        self._run(add)

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``, up to the first that is not dated.

        Raises:
            OutboxError: The file cannot be read.
        """

        def read(db: sqlite3.Connection) -> list[OutboxRow]:
            end = None
            if self._tally.undated:
                end = db.execute("SELECT min(row) FROM visits WHERE boot IS NOT NULL").fetchone()[0]
            query = (
                "SELECT row, payload, queued_at FROM visits WHERE row < ? ORDER BY row LIMIT ?"
                if end is not None
                else "SELECT row, payload, queued_at FROM visits WHERE ? IS NULL"
                " ORDER BY row LIMIT ?"
            )
            found = db.execute(query, (end, limit + len(self._gone)))
            return [OutboxRow(*row) for row in found if row[0] not in self._gone][:limit]

        return self._run(read)

    def delete(self, rows: Sequence[int]) -> None:
        """Removes rows that the broker has acknowledged; unknown numbers change nothing.

        A disk that is full takes no deletion either. The rows are then kept in mind, so that they
        are not sent again, and deleted when there is room.

        Raises:
            OutboxError: The file cannot be written for another reason; nothing has changed.
        """
        self._gone.update(rows)
        try:
            self._run(lambda db: self._remove(db, sorted(self._gone)))
        except OutboxError as exc:
            if isinstance(exc.__cause__, sqlite3.Error) and _name(exc.__cause__) == "SQLITE_FULL":
                return
            self._gone.difference_update(rows)
            raise
        self._gone.clear()
        self._give_space_back()

    def drop(self, rows: Sequence[int]) -> None:
        """Removes rows that cannot be delivered, and counts them.

        Raises:
            OutboxError: The file cannot be written; nothing has changed.
        """
        self._run(lambda db: self._count(db, self._remove(db, rows)))

    def add_dropped(self, count: int) -> None:
        """Counts visits that were lost before they could be stored.

        Raises:
            OutboxError: The file cannot be written; nothing has changed.
        """
        self._run(lambda db: self._count(db, count))

    def expire(self, queued_before: int) -> int:
        """Drops and counts dated rows, from the oldest on, that were queued before that time.

        Returns:
            How many.

        Raises:
            OutboxError: The file cannot be written; the last batch has changed nothing.
        """

        def batch(db: sqlite3.Connection) -> int:
            query = "SELECT row, queued_at, boot FROM visits ORDER BY row LIMIT ?"
            old = []
            for row, queued_at, boot in db.execute(query, (_BATCH,)):
                if boot is not None or queued_at >= queued_before:
                    break
                old.append(row)
            return self._count(db, self._remove(db, old))

        dropped = 0
        while count := self._run(batch):
            dropped += count
        return dropped

    def undated(self) -> list[UndatedRow]:
        """The newest undated row of each of the machine's starts, oldest start first.

        Raises:
            OutboxError: The file cannot be read.
        """
        if not self._tally.undated:
            return []
        query = """SELECT payload, boot, offset_ms FROM visits WHERE row IN
            (SELECT max(row) FROM visits WHERE boot IS NOT NULL GROUP BY boot) ORDER BY row"""

        def read(db: sqlite3.Connection) -> list[UndatedRow]:
            return [
                UndatedRow(payload, Undated(boot, offset_ms))
                for payload, boot, offset_ms in db.execute(query)
            ]

        return self._run(read)

    def date(self, boot: str, offset_ms: int | None) -> int:
        """Dates the undated rows of one start of the machine, or drops and counts them.

        Raises:
            OutboxError: The file cannot be written; the last batch has changed nothing.
        """

        def batch(db: sqlite3.Connection) -> tuple[int, int]:
            query = "SELECT row, payload, offset_ms FROM visits WHERE boot = ? ORDER BY row LIMIT ?"
            rows = db.execute(query, (boot, _BATCH)).fetchall()
            hopeless = [
                row
                for row, payload, old in rows
                if not self._date(db, row, payload, old, offset_ms)
            ]
            self._count(db, self._remove(db, hopeless))
            return len(rows), len(rows) - len(hopeless)

        done = 0
        while (found := self._run(batch))[0]:
            done += found[1]
        return done

    def state(self) -> OutboxState:
        """Depth, oldest, dropped, files set aside; the last ones known while the disk is silent.

        Raises:
            OutboxError: The file cannot be read.
        """

        def read(db: sqlite3.Connection) -> int | None:
            oldest = db.execute("SELECT queued_at FROM visits ORDER BY row LIMIT 1").fetchone()
            return oldest[0] if oldest else None

        oldest_at = self._run(read)
        return OutboxState(self._tally.depth, oldest_at, self._dropped, len(self._aside()))

    def close(self) -> None:
        """Closes the file and lets another process have it; a second call does nothing."""
        with self._mutex:
            if self._lock_file < 0:
                return
            self._disconnect()
            os.close(self._lock_file)
            self._lock_file = -1

    def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Does ``work`` in one transaction; once more, in a new file, if this one is damaged."""
        with self._mutex:
            if self._lock_file < 0:
                raise OutboxError(str(self._file), "is closed")
            try:
                try:
                    return self._attempt(work)
                except sqlite3.Error as exc:
                    if self._db is not None and _is_damage(exc):
                        self._begin_anew(exc)
                    elif self._db is not None and _name(exc) == "SQLITE_FULL":
                        # What the log holds may have room in the file, where rows were deleted.
                        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                    else:
                        raise
                    return self._attempt(work)
            except sqlite3.Error as exc:
                if not _name(exc).startswith(("SQLITE_FULL", "SQLITE_BUSY")):
                    self._disconnect()  # the next call opens, and checks, anew
                raise self._told(exc) from exc
            except OSError as exc:
                self._disconnect()
                raise OutboxError(str(self._file), f"cannot be moved: {exc}") from exc

    def _attempt(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        if self._db is not None and not self._file.exists():
            self._begin_anew(_DamagedError("somebody has deleted or moved the file"))
        if self._db is None:
            self._db = self._open()
        before, dropped = replace(self._tally), self._dropped
        try:
            with _transaction(self._db) as db:
                return work(db)
        except BaseException:
            self._tally, self._dropped = before, dropped
            raise

    def _open(self) -> sqlite3.Connection:
        """Opens the file; one that is damaged is set aside, what it held is saved.

        Raises:
            sqlite3.Error: There is no using it, and no making a new one.
        """
        self._tidy()
        try:
            db = self._connect()
        except sqlite3.Error as exc:
            if not _is_damage(exc):
                raise
            _log.error("%s; a new one is begun", self._told(exc))
            self._clear_the_way()
            _move(self._file, self._beside(_SALVAGE))
            db = self._connect()
        self._salvage(db, known=None)
        return db

    def _connect(self) -> sqlite3.Connection:
        # isolation_level None: transactions begin and end where this file says so.
        db = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            _check(db)
            with _transaction(db):
                self._prepare(db)
        except BaseException:
            with suppress(sqlite3.Error):
                db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
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
        self._tally = _Tally(depth, size, undated, newest[0] or 0)
        dropped = db.execute("SELECT value FROM counters WHERE name = 'dropped'").fetchone()
        self._dropped = dropped[0]

    def _begin_anew(self, problem: sqlite3.Error) -> None:
        """Sets the open file aside; rows keep their numbers, what is lost is counted.

        Raises:
            sqlite3.Error: No new file can be made.
        """
        known, dropped = self._tally, self._dropped
        _log.error("%s; a new one is begun", self._told(problem))
        self._clear_the_way()
        if self._file.exists():
            self._disconnect()
            _move(self._file, self._beside(_SALVAGE))
        else:  # as long as it is open its contents are there
            if self._db is not None:
                with suppress(sqlite3.Error):
                    self._db.execute("VACUUM INTO ?", (str(self._beside(_SALVAGE)),))
            self._disconnect()
        self._db = self._connect()
        with _transaction(self._db) as db:
            self._count(db, dropped)
            # No number is given again: the acknowledgement of a lost row may be on its way.
            db.execute("INSERT INTO sqlite_sequence VALUES ('visits', ?)", (known.newest,))
        self._tally.newest = known.newest
        self._salvage(self._db, known=known.depth)

    def _salvage(self, db: sqlite3.Connection, known: int | None) -> None:
        """Moves what can be read of a file that was just set aside into the new one.

        A full disk ends it; it begins again when the outbox is opened the next time.

        Args:
            db: The new file.
            known: How many rows the damaged one held; None if nobody knows.
        """
        source = self._beside(_SALVAGE)
        if not source.exists():
            return
        before = self._tally.depth
        try:
            for batch in _batches(saved_rows(source)):
                with _transaction(db):
                    for row in batch:
                        self._insert(db, row)
                    self._keep_bounds(db)
            saved = self._tally.depth - before
            if known is not None and known > saved:
                with _transaction(db):
                    self._count(db, known - saved)
        except (sqlite3.Error, OSError) as exc:
            _log.error("outbox %s: not all could be saved yet (%s)", source, exc)
            return
        target = self._set_aside(source)
        lost = "how many it had held is not known" if known is None else f"{known - saved} are lost"
        _log.error(
            "outbox %s was begun anew: %d visits were saved, %s; the old file lies in %s for"
            " whoever wants to look, and can be deleted", self._file, saved, lost, target.name,
        )  # fmt: skip

    def _clear_the_way(self) -> None:
        """Gives what an earlier salvage has left its final name."""
        left = self._beside(_SALVAGE)
        if left.exists():
            self._set_aside(left)

    def _set_aside(self, file: Path) -> Path:
        """Gives a damaged file its final name; the oldest of more than a few goes."""
        numbers = sorted(self._numbers())
        target = self._beside(f"{_DAMAGED}-{numbers[-1] + 1 if numbers else 1}")
        _move(file, target)
        for number in numbers[: len(numbers) + 1 - _MOST_SET_ASIDE]:
            _delete(self._beside(f"{_DAMAGED}-{number}"))
        return target

    def _tidy(self) -> None:
        """Ends a setting aside that a power cut came into."""
        log, left = _with(self._file, "-wal"), self._beside(_SALVAGE)
        if log.exists() and not self._file.exists():
            if left.exists() and not _with(left, "-wal").exists():
                log.rename(_with(left, "-wal"))
            else:
                log.unlink()

    def _aside(self) -> list[Path]:
        left = self._beside(_SALVAGE)
        damaged = [self._beside(f"{_DAMAGED}-{number}") for number in self._numbers()]
        return damaged + ([left] if left.exists() else [])

    def _numbers(self) -> list[int]:
        names = self._file.parent.glob(f"{self._file.name}.{_DAMAGED}-*")
        endings = (name.name.rpartition("-")[2] for name in names)
        return [int(ending) for ending in endings if ending.isdecimal()]

    def _beside(self, ending: str) -> Path:
        return _with(self._file, f".{ending}")

    def _insert(self, db: sqlite3.Connection, row: SavedRow) -> None:
        statement = """INSERT OR IGNORE INTO visits (row, payload, queued_at, boot, offset_ms)
            VALUES (?, ?, ?, ?, ?) RETURNING row"""
        added = db.execute(statement, row).fetchone()
        if added:
            self._tally.depth += 1
            self._tally.size += len(row.payload)
            self._tally.undated += row.boot is not None
            self._tally.newest = max(self._tally.newest, added[0])

    def _keep_bounds(self, db: sqlite3.Connection) -> None:
        dropped = 0
        while self._tally.depth > 1 and self._is_over_bound():
            oldest = db.execute("SELECT row FROM visits ORDER BY row LIMIT 1").fetchone()
            dropped += self._remove(db, [oldest[0]])
        self._count(db, dropped)

    def _is_over_bound(self) -> bool:
        return self._tally.depth > self._max_visits or self._tally.size > self._max_bytes

    def _remove(self, db: sqlite3.Connection, rows: Sequence[int]) -> int:
        statement = "DELETE FROM visits WHERE row = ? RETURNING length(payload), boot IS NOT NULL"
        count = 0
        for row in rows:
            removed = db.execute(statement, (row,)).fetchone()
            if removed:
                count += 1
                self._tally.depth -= 1
                self._tally.size -= removed[0]
                self._tally.undated -= removed[1]
        return count

    def _count(self, db: sqlite3.Connection, dropped: int) -> int:
        if dropped:
            add = "UPDATE counters SET value = value + ? WHERE name = 'dropped'"
            db.execute(add, (dropped,))
            self._dropped += dropped
        return dropped

    def _date(
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
        self._tally.size += len(new) - len(payload)
        self._tally.undated -= 1
        return True

    def _give_space_back(self) -> None:
        """Shortens the file of an emptied outbox: no page has to be moved for that."""
        with self._mutex, suppress(sqlite3.Error):
            if self._db is None or self._tally.depth:
                return
            if self._db.execute("PRAGMA freelist_count").fetchone()[0] > _VACUUM_PAGES:
                # A script: execute() would stop after the first page.
                self._db.executescript("PRAGMA incremental_vacuum")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _disconnect(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _told(self, exc: sqlite3.Error) -> OutboxError:
        name = _name(exc)
        return OutboxError(str(self._file), f"{exc} ({name})" if "SQLITE" in name else str(exc))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if db.in_transaction:
                db.execute("ROLLBACK")
        raise


def _name(exc: sqlite3.Error) -> str:
    """SQLite's name of the error, or Python's where SQLite did not make it."""
    return str(getattr(exc, "sqlite_errorname", type(exc).__name__))


def _is_damage(exc: sqlite3.Error) -> bool:
    if isinstance(exc, _DamagedError) or _name(exc).startswith(_DAMAGE):
        return True
    # A table or column that is not there, a text that is no UTF-8.
    return isinstance(exc, sqlite3.OperationalError) and str(exc).startswith(("no such", "Could"))


def _check(db: sqlite3.Connection) -> None:
    """Reads the whole file; a second or two for one that a long outage has filled."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise _DamagedError(" ".join(found.split()))


def _batches(rows: Iterator[SavedRow]) -> Iterator[list[SavedRow]]:
    batch: list[SavedRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _with(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _move(file: Path, target: Path) -> None:
    """Renames a database with its log; what SQLite makes anew by itself is deleted."""
    file.rename(target)
    for ending in ("-wal", "-shm"):
        part = _with(file, ending)
        if ending == "-wal" and part.exists():
            part.rename(_with(target, ending))
        else:
            part.unlink(missing_ok=True)


def _delete(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        _with(file, ending).unlink(missing_ok=True)


def _has_room(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail > 0
    except OSError:
        return False


def _lock(file: Path) -> int:
    """Keeps a second process off the outbox, which would send every visit twice.

    The lock goes with the process, however that ends.
    """
    name = _with(file, ".lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(name, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as exc:
        raise OutboxError(str(file), f"cannot be made: {exc.strerror}") from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(handle)
        raise OutboxError(str(file), "is used by another museum-edge; stop that first") from exc
    return handle
