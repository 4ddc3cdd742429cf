"""What every outbox keeps, the one on disk and the fake alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.models import OutboxState
from edge.ports import Outbox
from tests.fakes.outbox import InMemoryOutbox

MakeOutbox = Callable[[int, int], Outbox]


@pytest.fixture(params=["sqlite", "memory"])
def make_outbox(request: pytest.FixtureRequest, tmp_path: Path) -> MakeOutbox:
    """Makes an outbox of the given bounds, visits and bytes."""
    kind: Literal["sqlite", "memory"] = request.param

    def make(max_visits: int = 100, max_bytes: int = 1 << 20) -> Outbox:
        if kind == "memory":
            return InMemoryOutbox(max_visits=max_visits, max_bytes=max_bytes)
        return SqliteOutbox(tmp_path / "outbox.db", max_visits=max_visits, max_bytes=max_bytes)

    return make


def test_rows_come_back_in_the_order_they_went_in(make_outbox: MakeOutbox) -> None:
    """Order is that of ``put``, whatever the wall clock said meanwhile."""
    outbox = make_outbox(100, 1 << 20)
    for i, queued_at in enumerate((3000, 1000, 2000)):
        outbox.put(b"visit-%d" % i, queued_at)

    rows = outbox.peek(10)

    assert [r.payload for r in rows] == [b"visit-0", b"visit-1", b"visit-2"]
    assert [r.queued_at for r in rows] == [3000, 1000, 2000]
    assert sorted(r.row for r in rows) == [r.row for r in rows]
    outbox.close()


def test_peek_takes_nothing_away(make_outbox: MakeOutbox) -> None:
    """Only ``delete`` removes."""
    outbox = make_outbox(100, 1 << 20)
    outbox.put(b"a", 1)

    assert outbox.peek(1) == outbox.peek(1)
    assert outbox.state().depth == 1
    outbox.close()


def test_peek_is_limited(make_outbox: MakeOutbox) -> None:
    """The oldest rows, no more than asked for."""
    outbox = make_outbox(100, 1 << 20)
    for i in range(5):
        outbox.put(b"%d" % i, i)

    assert [r.payload for r in outbox.peek(2)] == [b"0", b"1"]
    outbox.close()


def test_delete_removes_just_those_rows(make_outbox: MakeOutbox) -> None:
    """Rows may be deleted in any order; unknown and doubled numbers change nothing."""
    outbox = make_outbox(100, 1 << 20)
    for i in range(4):
        outbox.put(b"%d" % i, i)
    rows = outbox.peek(4)

    outbox.delete([rows[2].row, rows[0].row, rows[0].row, 999])

    assert [r.payload for r in outbox.peek(4)] == [b"1", b"3"]
    assert outbox.state() == OutboxState(depth=2, oldest_at=1, dropped=0)
    outbox.close()


def test_row_numbers_are_never_used_again(make_outbox: MakeOutbox) -> None:
    """A late acknowledgement must not be able to delete another visit."""
    outbox = make_outbox(100, 1 << 20)
    outbox.put(b"first", 1)
    (first,) = outbox.peek(1)
    outbox.delete([first.row])

    outbox.put(b"second", 2)
    outbox.delete([first.row])

    (second,) = outbox.peek(1)
    assert second.payload == b"second"
    assert second.row > first.row
    outbox.close()


def test_over_the_bound_the_oldest_falls_off_and_is_counted(make_outbox: MakeOutbox) -> None:
    """The newest visits are kept."""
    outbox = make_outbox(3, 1 << 20)
    for i in range(5):
        outbox.put(b"%d" % i, i)

    assert [r.payload for r in outbox.peek(10)] == [b"2", b"3", b"4"]
    assert outbox.state() == OutboxState(depth=3, oldest_at=2, dropped=2)
    outbox.close()


def test_bytes_are_bounded_too(make_outbox: MakeOutbox) -> None:
    """As many of the oldest fall off as it takes, but never the newest."""
    outbox = make_outbox(100, 100)
    for size in (40, 40, 90):
        outbox.put(b"x" * size, size)

    assert [len(r.payload) for r in outbox.peek(10)] == [90]
    assert outbox.state().dropped == 2
    outbox.put(b"y" * 500, 500)
    assert [len(r.payload) for r in outbox.peek(10)] == [500]
    outbox.close()


def test_an_empty_outbox_says_so(make_outbox: MakeOutbox) -> None:
    """Depth 0 and no oldest."""
    outbox = make_outbox(100, 1 << 20)

    assert outbox.peek(5) == []
    assert outbox.state() == OutboxState(depth=0, oldest_at=None, dropped=0)
    outbox.close()
