"""What only the outbox on disk has to keep."""

import threading
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
        assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
        assert outbox._db.execute("PRAGMA busy_timeout").fetchone()[0] >= 1000


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """It would send every visit once more; after a close the file is free."""
    file = tmp_path / "outbox.db"
    with open_outbox(file), pytest.raises(OutboxError, match="another museum-edge"):
        open_outbox(file)

    open_outbox(file).close()


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    """And it stays free for who mends it."""
    file = tmp_path / "outbox.db"
    file.write_text("something else altogether, and longer than a header of SQLite" * 20)
    before = file.read_bytes()

    for _ in range(2):
        with pytest.raises(OutboxError, match=r"outbox\.db.*not a database"):
            open_outbox(file)

    assert file.read_bytes() == before


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
