"""Looks into the outbox beside the process that uses it, and changes nothing."""

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import OutboxError

_BUSY_S: Final = 2.0
_TABLES: Final = frozenset({"visits", "counters"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFacts:
    """What lies in an outbox.

    Attributes:
        depth: Visits that wait.
        oldest_at: When the oldest of them was queued, ms since 1970 UTC; None where no time of
            any is known.
        dropped: Visits that fell off a bound since the file was made.
        undated: Visits among them that wait until a time server has set the clock.
    """

    depth: int
    oldest_at: int | None
    dropped: int
    undated: int = 0


def read_outbox(file: Path) -> OutboxFacts | None:
    """What lies in it; None where there is none yet.

    Raises:
        OutboxError: It is damaged, or no outbox.
        PermissionError: Only its owner and root may look.
    """
    try:
        with file.open("rb"):
            pass
    except FileNotFoundError:
        return None
    # A reader of a closed database in WAL mode would make its helper files anew.
    is_closed = not file.with_name(f"{file.name}-wal").exists()
    if is_closed and not file.stat().st_size:
        return None  # begun on a full disk; the next start makes it
    address = f"{file.resolve().as_uri()}?{'immutable=1' if is_closed else 'mode=ro'}"
    try:
        db = sqlite3.connect(address, uri=True, timeout=_BUSY_S)
        try:
            return _read(db, file)
        finally:
            db.close()
    except sqlite3.Error as exc:
        raise OutboxError(str(file), f"cannot be read: {exc}") from exc


def _read(db: sqlite3.Connection, file: Path) -> OutboxFacts:
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    if not tables >= _TABLES:
        raise OutboxError(str(file), "is no outbox")
    columns = {row[1] for row in db.execute("PRAGMA table_info(visits)")}
    dated = "boot IS NULL" if "boot" in columns else "1"  # an earlier version dates them all
    count = "SELECT count(*), count(*) FILTER (WHERE NOT {0}) FROM visits"
    oldest = "SELECT queued_at FROM visits WHERE {0} ORDER BY row LIMIT 1"
    depth, undated = db.execute(count.format(dated)).fetchone()
    first = db.execute(oldest.format(dated)).fetchone()
    dropped = db.execute("SELECT value FROM counters WHERE name = 'dropped'").fetchone()
    return OutboxFacts(
        depth=depth,
        oldest_at=first[0] if first else None,
        dropped=dropped[0] if dropped else 0,
        undated=undated,
    )


def files_set_aside(file: Path) -> list[Path]:
    """Damaged files of earlier outboxes beside it."""
    names = (f"{file.name}.damaged-*", f"{file.name}.salvage")
    found = {path for name in names for path in file.parent.glob(name)}
    return sorted(path for path in found if not path.name.endswith(("-wal", "-shm")))


def is_in_use(file: Path) -> bool | None:
    """Whether a museum-edge runs on this outbox; None where only root may look."""
    try:
        handle = os.open(file.with_name(f"{file.name}.lock"), os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        # Held for an instant only; the process would want it for itself.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
