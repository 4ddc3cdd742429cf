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
        oldest_at: When the oldest of them was queued, ms since 1970 UTC; None when empty.
        dropped: Visits that fell off a bound since the file was made.
    """

    depth: int
    oldest_at: int | None
    dropped: int


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
    address = f"{file.resolve().as_uri()}?{'immutable=1' if is_closed else 'mode=ro'}"
    try:
        db = sqlite3.connect(address, uri=True, timeout=_BUSY_S)
        try:
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if not tables >= _TABLES:
                raise OutboxError(str(file), "is no outbox")
            visits = "SELECT count(*), (SELECT queued_at FROM visits ORDER BY row LIMIT 1)"
            depth, oldest_at = db.execute(f"{visits} FROM visits").fetchone()
            counters = dict(db.execute("SELECT name, value FROM counters").fetchall())
        finally:
            db.close()
    except sqlite3.Error as exc:
        raise OutboxError(str(file), f"cannot be read: {exc}") from exc
    return OutboxFacts(depth=depth, oldest_at=oldest_at, dropped=int(counters.get("dropped", 0)))


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
