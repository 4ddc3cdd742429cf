"""The outbox in one SQLite file: what ``put`` returned from survives a power cut."""

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self, TypeVar

from edge.adapters.sqlite_aside import FilesAside, with_ending
from edge.adapters.sqlite_rows import BoundedRows
from edge.adapters.sqlite_salvage import SavedRow, saved_rows
from edge.errors import OutboxError
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
_VACUUM_PAGES: Final = 64


class _DamagedError(sqlite3.DatabaseError):
    """What SQLite's own check has found."""


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
        self._aside = FilesAside(file)
        self._rows = BoundedRows(max_visits, max_bytes)
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
        self._run(lambda db: self._rows.add(db, [row]))

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``, up to the first that is not dated.

        Raises:
            OutboxError: The file cannot be read.
        """

        def read(db: sqlite3.Connection) -> list[OutboxRow]:
            end = None
            if self._rows.tally.undated:
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
            self._run(lambda db: self._rows.remove(db, sorted(self._gone)))
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
        self._run(lambda db: self._rows.count(db, self._rows.remove(db, rows)))

    def add_dropped(self, count: int) -> None:
        """Counts visits that were lost before they could be stored.

        Raises:
            OutboxError: The file cannot be written; nothing has changed.
        """
        self._run(lambda db: self._rows.count(db, count))

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
            return self._rows.count(db, self._rows.remove(db, old))

        dropped = 0
        while count := self._run(batch):
            dropped += count
        return dropped

    def undated(self) -> list[UndatedRow]:
        """The newest undated row of each of the machine's starts, oldest start first.

        Raises:
            OutboxError: The file cannot be read.
        """
        if not self._rows.tally.undated:
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
                if not self._rows.date(db, row, payload, old, offset_ms)
            ]
            self._rows.count(db, self._rows.remove(db, hopeless))
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
        tally = self._rows.tally
        return OutboxState(tally.depth, oldest_at, tally.dropped, len(self._aside))

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
        before = self._rows.kept()
        try:
            with _transaction(self._db) as db:
                return work(db)
        except BaseException:
            self._rows.tally = before
            raise

    def _open(self) -> sqlite3.Connection:
        """Opens the file; one that is damaged is set aside, what it held is saved.

        Raises:
            sqlite3.Error: There is no using it, and no making a new one.
        """
        self._aside.tidy()
        try:
            db = self._connect()
        except sqlite3.Error as exc:
            if not _is_damage(exc):
                raise
            _log.error("%s; a new one is begun", self._told(exc))
            self._aside.clear_the_way()
            self._aside.move_in()
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
                self._rows.prepare(db)
        except BaseException:
            with suppress(sqlite3.Error):
                db.close()
            raise
        return db

    def _begin_anew(self, problem: sqlite3.Error) -> None:
        """Sets the open file aside; rows keep their numbers, what is lost is counted.

        Raises:
            sqlite3.Error: No new file can be made.
        """
        known = self._rows.tally
        _log.error("%s; a new one is begun", self._told(problem))
        self._aside.clear_the_way()
        if self._file.exists():
            self._disconnect()
            self._aside.move_in()
        else:  # as long as it is open its contents are there
            if self._db is not None:
                with suppress(sqlite3.Error):
                    self._db.execute("VACUUM INTO ?", (str(self._aside.salvage),))
            self._disconnect()
        self._db = self._connect()
        with _transaction(self._db) as db:
            self._rows.go_on_from(db, known)
        self._salvage(self._db, known=known.depth)

    def _salvage(self, db: sqlite3.Connection, known: int | None) -> None:
        """Moves what can be read of a file that was just set aside into the new one.

        A full disk ends it; it begins again when the outbox is opened the next time.

        Args:
            db: The new file.
            known: How many rows the damaged one held; None if nobody knows.
        """
        source = self._aside.salvage
        if not source.exists():
            return
        before = self._rows.tally.depth
        try:
            for batch in _batches(saved_rows(source)):
                with _transaction(db):
                    self._rows.add(db, batch)
            saved = self._rows.tally.depth - before
            if known is not None and known > saved:
                with _transaction(db):
                    self._rows.count(db, known - saved)
        except (sqlite3.Error, OSError) as exc:
            _log.error("outbox %s: not all could be saved yet (%s)", source, exc)
            return
        target = self._aside.keep()
        lost = "how many it had held is not known" if known is None else f"{known - saved} are lost"
        _log.error(
            "outbox %s was begun anew: %d visits were saved, %s; the old file lies in %s for"
            " whoever wants to look, and can be deleted", self._file, saved, lost, target.name,
        )  # fmt: skip

    def _give_space_back(self) -> None:
        """Shortens the file of an emptied outbox: no page has to be moved for that."""
        with self._mutex, suppress(sqlite3.Error):
            if self._db is None or self._rows.tally.depth:
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


def _has_room(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail > 0
    except OSError:
        return False


def _lock(file: Path) -> int:
    """Keeps a second process off the outbox, which would send every visit twice.

    The lock goes with the process, however that ends.
    """
    name = with_ending(file, ".lock")
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
