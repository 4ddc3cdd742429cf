"""What only the outbox on disk has to keep."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.errors import OutboxError
from edge.models import OutboxState


def open_outbox(file: Path, max_visits: int = 1000) -> SqliteOutbox:
    """An outbox with a bound that most tests do not meet."""
    return SqliteOutbox(file, max_visits=max_visits, max_bytes=1 << 20)


def test_it_survives_being_closed(tmp_path: Path) -> None:
    """Rows, their numbers and the count of the dropped."""
    file = tmp_path / "outbox.db"
    with open_outbox(file, max_visits=2) as outbox:
        for i in range(3):
            outbox.put(b"%d" % i, i)
        rows = outbox.peek(10)

    with open_outbox(file, max_visits=2) as outbox:
        assert outbox.peek(10) == rows
        assert outbox.state() == OutboxState(depth=2, oldest_at=1, dropped=1)


def test_a_commit_reaches_the_disk_before_put_returns(tmp_path: Path) -> None:
    """WAL alone would sync at checkpoints only, and a power cut would take the last visits."""
    with open_outbox(tmp_path / "outbox.db") as outbox:
        assert outbox._db is not None
        assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
        assert outbox._db.execute("PRAGMA busy_timeout").fetchone()[0] >= 1000


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """It would send every visit once more; after a close the file is free."""
    file = tmp_path / "outbox.db"
    with open_outbox(file), pytest.raises(OutboxError, match="another museum-edge"):
        open_outbox(file)

    open_outbox(file).close()


def test_an_outbox_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    """Its rows are dated; and the earlier version can go on with what this one has made."""
    file = tmp_path / "outbox.db"
    with closing(sqlite3.connect(file)) as old:
        old.executescript(
            """CREATE TABLE visits (row INTEGER PRIMARY KEY AUTOINCREMENT,
                payload BLOB NOT NULL, queued_at INTEGER NOT NULL);
            CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO counters VALUES ('dropped', 7);
            INSERT INTO visits (payload, queued_at) VALUES (x'61', 1);"""
        )

    with open_outbox(file) as outbox:
        outbox.put(b"b", 2)
        assert [r.payload for r in outbox.peek(9)] == [b"a", b"b"]
        assert outbox.state() == OutboxState(depth=2, oldest_at=1, dropped=7)

    with closing(sqlite3.connect(file)) as old:
        old.execute("INSERT INTO visits (payload, queued_at) VALUES (x'63', 3)")
        old.commit()
    with open_outbox(file) as outbox:
        assert [r.payload for r in outbox.peek(9)] == [b"a", b"b", b"c"]


def test_an_emptied_outbox_gives_its_space_back(tmp_path: Path) -> None:
    """After an outage the file is small again, and so is its log."""
    file = tmp_path / "outbox.db"
    with SqliteOutbox(file, max_visits=10_000, max_bytes=1 << 30) as outbox:
        assert outbox._db is not None
        outbox._db.execute("PRAGMA synchronous = OFF")  # this test cuts no power
        for i in range(600):
            outbox.put(b"x" * 3000, i)
        outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        full = file.stat().st_size
        outbox.delete([r.row for r in outbox.peek(600)])

        assert full > 600 * 3000
        assert file.stat().st_size < 100_000
        assert (tmp_path / "outbox.db-wal").stat().st_size < 100_000


def test_the_camera_may_queue_while_the_forwarder_delivers(tmp_path: Path) -> None:
    """Two threads, nothing lost, nothing out of order."""
    delivered: list[bytes] = []
    with open_outbox(tmp_path / "outbox.db") as outbox:
        done = threading.Event()

        def deliver() -> None:
            while not (done.is_set() and outbox.state().depth == 0):
                rows = outbox.peek(7)
                delivered.extend(r.payload for r in rows)
                outbox.delete([r.row for r in rows])

        thread = threading.Thread(target=deliver)
        thread.start()
        for i in range(200):
            outbox.put(b"%d" % i, i)
        done.set()
        thread.join(60)

        assert delivered == [b"%d" % i for i in range(200)]
        assert outbox.state().depth == 0
