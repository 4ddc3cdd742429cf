"""What every outbox keeps, the one on disk and the fake alike."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from contracts.visit import EARLIEST_MS, encode_visit
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.models import OutboxRow, OutboxState, Undated
from edge.ports import Outbox
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.visits import make_visit

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


BOOT_MS = 1_792_900_000_000
"""When the pretended machine was started, as is found out later."""


def provisional(since_start_ms: int) -> bytes:
    """A visit that began so long after the machine's start."""
    return encode_visit(make_visit(detected_at=EARLIEST_MS + since_start_ms))


def detected(row: OutboxRow) -> int:
    """When a queued visit was."""
    return int(json.loads(row.payload)["detected_at"])


def test_an_undated_visit_holds_back_what_follows(make_outbox: MakeOutbox) -> None:
    """So that visits are delivered in their order; what was dated before it goes."""
    outbox = make_outbox(100, 1 << 20)
    outbox.put(b"before", 1)
    outbox.put(provisional(60_000), 61_000, Undated("this", 0))
    outbox.put(b"after", BOOT_MS)

    assert [r.payload for r in outbox.peek(10)] == [b"before"]
    assert outbox.state() == OutboxState(depth=3, oldest_at=1, dropped=0)
    outbox.close()


def test_visits_are_dated_in_their_place(make_outbox: MakeOutbox) -> None:
    """Their stamp counts from the machine's start, which is known by now."""
    outbox = make_outbox(100, 1 << 20)
    outbox.put(provisional(60_000), 61_000, Undated("this", 0))
    outbox.put(provisional(90_000), 95_000, Undated("this", 0))
    outbox.put(b"after", BOOT_MS + 200_000)

    assert outbox.date("this", BOOT_MS) == 2

    first, second, last = outbox.peek(10)
    assert (detected(first), detected(second)) == (BOOT_MS + 60_000, BOOT_MS + 90_000)
    assert (first.queued_at, second.queued_at) == (BOOT_MS + 61_000, BOOT_MS + 95_000)
    assert last.payload == b"after"
    assert outbox.undated() == []
    outbox.close()


def test_each_start_of_the_machine_is_dated_by_itself(make_outbox: MakeOutbox) -> None:
    """The newest undated visit of each is told, oldest start first."""
    outbox = make_outbox(100, 1 << 20)
    for boot, since_ms in (("one", 1000), ("one", 2000), ("two", 500)):
        outbox.put(provisional(since_ms), since_ms, Undated(boot, 7))

    newest = outbox.undated()
    assert [row.undated for row in newest] == [Undated("one", 7), Undated("two", 7)]
    assert json.loads(newest[0].payload)["detected_at"] == EARLIEST_MS + 2000
    assert outbox.date("two", BOOT_MS) == 1
    assert outbox.peek(10) == [], "what is older still waits"
    assert outbox.date("one", None) == 0

    assert [detected(r) for r in outbox.peek(10)] == [BOOT_MS + 500]
    assert outbox.state().dropped == 2
    outbox.close()


def test_a_visit_that_can_have_no_date_is_dropped_and_counted(make_outbox: MakeOutbox) -> None:
    """Dated before this software was made, or what waits is no visit."""
    outbox = make_outbox(100, 1 << 20)
    outbox.put(provisional(1000), 1000, Undated("this", 0))
    outbox.put(b"no visit", 1000, Undated("this", 0))

    assert outbox.date("this", 0) == 0

    assert outbox.state() == OutboxState(depth=0, oldest_at=None, dropped=2)
    outbox.close()


def test_dropping_counts_what_was_there(make_outbox: MakeOutbox) -> None:
    """Unknown and doubled numbers are not counted."""
    outbox = make_outbox(100, 1 << 20)
    for i in range(3):
        outbox.put(b"%d" % i, i)
    rows = outbox.peek(3)

    outbox.drop([rows[1].row, rows[1].row, 999])
    outbox.add_dropped(5)

    assert [r.payload for r in outbox.peek(3)] == [b"0", b"2"]
    assert outbox.state().dropped == 6
    outbox.close()


def test_old_visits_expire_from_the_oldest_on(make_outbox: MakeOutbox) -> None:
    """Up to the first that is young, or whose age nobody knows."""
    outbox = make_outbox(100, 1 << 20)
    for queued_at in (10, 20, 30, 5):
        outbox.put(b"%d" % queued_at, queued_at)
    outbox.put(provisional(0), 0, Undated("this", 0))

    assert outbox.expire(30) == 2
    assert outbox.expire(30) == 0
    assert [r.payload for r in outbox.peek(9)] == [b"30", b"5"]
    assert outbox.expire(1000) == 2

    assert outbox.state() == OutboxState(depth=1, oldest_at=0, dropped=4)
    outbox.close()


def test_dating_keeps_the_books(make_outbox: MakeOutbox) -> None:
    """The bound in bytes holds after it as before."""
    size = len(provisional(0))
    outbox = make_outbox(100, 3 * size + 50)
    for i in range(3):
        outbox.put(provisional(i), i, Undated("this", 0))
    outbox.date("this", BOOT_MS)
    outbox.put(provisional(9), BOOT_MS)

    assert outbox.state().depth == 3
    assert outbox.state().dropped == 1
    outbox.close()
