"""The outbox against a plain list, under arbitrary sequences of work, crashes and failures."""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.errors import OutboxError


class OutboxMachine(RuleBasedStateMachine):
    """Nothing is lost, doubled or reordered, whatever happens between the steps."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self._bound = 1
        self._expected: list[bytes] = []
        self._dropped = 0
        self._next = 0

    @initialize(bound=st.integers(1, 12))
    def make(self, bound: int) -> None:
        """Any bound, also a small one."""
        self._bound = bound
        self._outbox = self._open()

    @property
    def _db(self) -> sqlite3.Connection:
        assert self._outbox._db is not None
        return self._outbox._db

    def _open(self) -> SqliteOutbox:
        file = self._folder / "outbox.db"
        outbox = SqliteOutbox(file, max_visits=self._bound, max_bytes=1 << 20)
        assert outbox._db is not None
        outbox._db.execute("PRAGMA synchronous = OFF")  # files are copied, no power is cut
        return outbox

    @rule()
    def put(self) -> None:
        """Over the bound the oldest goes."""
        payload = b"visit-%d" % self._next
        self._next += 1
        self._outbox.put(payload, self._next)
        self._expected.append(payload)
        while len(self._expected) > self._bound:
            self._expected.pop(0)
            self._dropped += 1

    @rule(limit=st.integers(1, 5), acknowledged=st.sets(st.integers(0, 4)))
    def deliver(self, limit: int, acknowledged: set[int]) -> None:
        """Any subset of what was sent is acknowledged."""
        rows = self._outbox.peek(limit)
        assert [r.payload for r in rows] == self._expected[:limit]
        done = [r for i, r in enumerate(rows) if i in acknowledged]
        self._outbox.delete([r.row for r in done])
        self._expected = [p for p in self._expected if p not in {r.payload for r in done}]

    @rule()
    def reopen(self) -> None:
        """The process is stopped and started."""
        self._outbox.close()
        self._outbox = self._open()

    @rule()
    def lose_power_in_a_transaction(self) -> None:
        """The half-written visit is gone, all others stay."""
        # What a crash leaves: the files as they are, with a transaction that was never committed.
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO visits (payload, queued_at) VALUES (x'00', 0)")
        copy = self._folder / "crashed"
        copy.mkdir()
        for name in ("outbox.db", "outbox.db-wal"):
            shutil.copy(self._folder / name, copy / name)
        self._db.execute("ROLLBACK")
        self._outbox.close()
        for name in ("outbox.db", "outbox.db-wal"):
            shutil.move(copy / name, self._folder / name)
        copy.rmdir()
        self._outbox = self._open()

    @precondition(lambda self: self._expected)
    @rule()
    def fail_to_write(self) -> None:
        """A failed write is told and changes nothing."""
        self._db.execute("PRAGMA query_only = ON")
        try:
            self._outbox.put(b"never", 0)
        except OutboxError:
            pass
        else:
            raise AssertionError("a failed write must be told")
        # The next call opens the file anew, as it does after each error that nobody expects.
        assert self._outbox._db is None
        self._outbox.state()

    @invariant()
    def agrees_with_the_list(self) -> None:
        """Rows, depth and dropped are those of the list."""
        if not hasattr(self, "_outbox"):
            return
        assert [r.payload for r in self._outbox.peek(100)] == self._expected
        state = self._outbox.state()
        assert (state.depth, state.dropped) == (len(self._expected), self._dropped)

    def teardown(self) -> None:
        """Leaves no files."""
        if hasattr(self, "_outbox"):
            self._outbox.close()
        shutil.rmtree(self._folder)


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
