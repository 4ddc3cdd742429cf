"""Visits get their right time: without a clock at first, over jumps, over restarts."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.visit import EARLIEST_MS, Visit, encode_visit
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.assembly import wall_ms
from edge.clock import Timekeeper, dated
from edge.config import PublishConfig
from edge.errors import InvalidMessageError
from edge.forwarder import Forwarder
from edge.ports import Outbox
from edge.recorder import Recorder
from edge.upkeep import Upkeep
from tests.fakes.board import FakeBoard
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.publisher import FakePublisher
from tests.fakes.visits import make_payload, make_visit

NOW_MS = 1_792_900_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Pi:
    """The way from a visit's end to the broker, on a machine that was just switched on.

    Attributes:
        truth: When each visit really began, ms since 1970 UTC, by its id.
    """

    def __init__(
        self,
        outbox: Outbox | None = None,
        *,
        wall_ms: int = 0,
        true_ms: int = NOW_MS,
        boot: str = "this",
        synced: bool | None = None,
        online: bool = True,
    ) -> None:
        self.clock = FakeClock(wall_ms)
        self.clock.seconds = 20.0
        self.true_offset_ms = true_ms - 20_000
        self.board = FakeBoard(synced=synced)
        self.outbox = outbox or InMemoryOutbox()
        self.publisher = FakePublisher(online=online)
        self.publisher.start()
        self.times = Timekeeper(self.clock, self.board, boot=boot, patience_s=300)
        self.recorder = Recorder(self.outbox, self.clock, self.times)
        self.upkeep = Upkeep(self.outbox, self.times, self.clock, max_age_days=30)
        self.forwarder = Forwarder(
            self.outbox,
            self.publisher,
            topic="museum/v1/city-gallery/pi-1/visits",
            config=PublishConfig(flush_s=0.1),
            clock=self.clock,
            rng=random.Random(1),  # noqa: S311 - jitter in a test
            upkeep=self.upkeep,
        )
        self.truth: dict[str, int] = {}

    def visit(self, dwell_s: float = 8.0) -> Visit:
        """Someone stays; their visit is queued when they have left."""
        begun_s = self.clock.monotonic_s()
        self.live(dwell_s)
        return self.leave(begun_s, dwell_s)

    def leave(self, begun_s: float, dwell_s: float) -> Visit:
        """Someone who came at ``begun_s`` has left."""
        stamp = wall_ms(self.clock, begun_s)
        visit = replace(make_visit(), detected_at=stamp, dwell_ms=round(dwell_s * 1000))
        self.truth[visit.visit_id] = round(begun_s * 1000) + self.true_offset_ms
        self.recorder.record([visit])
        return visit

    def live(self, seconds: float) -> None:
        """Time passes."""
        for _ in range(int(seconds * 2)):
            self.forwarder.step()
            self.clock.sleep(0.5)

    def set_clock(self) -> None:
        """The time server answers."""
        self.clock.wall_ms = self.true_offset_ms + round(self.clock.seconds * 1000)
        self.board.synced = True if self.board.synced is False else self.board.synced

    def sent(self) -> dict[str, int]:
        """When each delivered visit was, says the message; in the order of delivery."""
        messages = [json.loads(p)["visits"] for _, p in self.publisher.delivered]
        return {v["visit_id"]: v["detected_at"] for visits in messages for v in visits}


@pytest.mark.parametrize("synced", [None, False])
def test_visits_before_the_clock_is_set_are_sent_with_their_right_time(
    synced: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """In 1970 nothing is sent; then everything is, in order."""
    pi = Pi(wall_ms=0, synced=synced)
    for _ in range(3):
        pi.visit()
        pi.live(60)
    assert pi.sent() == {}
    assert pi.recorder.held_back == 0

    pi.set_clock()
    pi.live(2)
    pi.visit()
    pi.live(2)

    assert pi.sent() == pi.truth
    assert list(pi.sent()) == list(pi.truth)
    assert pi.outbox.state().depth == 0


def test_the_time_of_the_last_shutdown_is_not_believed() -> None:
    """It looks well, but a time server is expected, and has not answered."""
    pi = Pi(wall_ms=NOW_MS - 3 * DAY_MS, synced=False, online=False)
    pi.visit()
    pi.live(3600)
    assert pi.outbox.peek(9) == []

    pi.set_clock()
    pi.publisher.go_online()
    pi.live(2)

    assert pi.sent() == pi.truth


def test_a_time_server_is_not_waited_for_when_the_broker_is_there() -> None:
    """A network that lets the broker through, but no time server, must not hold visits for ever."""
    pi = Pi(wall_ms=NOW_MS, synced=False)
    pi.visit()
    pi.live(250)
    assert pi.sent() == {}

    pi.live(60)

    assert pi.sent() == pi.truth


def test_a_broken_connection_starts_the_wait_anew() -> None:
    """Five minutes of broker, not five minutes in all."""
    pi = Pi(wall_ms=NOW_MS, synced=False)
    pi.visit()
    for _ in range(5):
        pi.live(200)
        pi.publisher.go_offline()
        pi.live(20)
        pi.publisher.go_online()

    assert pi.sent() == {}


def test_where_nothing_sets_the_clock_a_plausible_one_is_right() -> None:
    """There is nothing to wait for."""
    pi = Pi(wall_ms=NOW_MS, synced=None)
    pi.visit()
    pi.live(2)

    assert pi.sent() == pi.truth


def test_a_clock_that_was_set_once_stays_right_without_its_server() -> None:
    """A network that is gone makes no clock wrong."""
    pi = Pi(wall_ms=NOW_MS, synced=True)
    pi.live(2)
    pi.board.synced = False
    pi.visit()
    pi.live(2)

    assert pi.sent() == pi.truth


@given(
    jumps=st.lists(st.integers(-40 * DAY_MS, 40 * DAY_MS), min_size=1, max_size=4),
    moments=st.lists(st.floats(0, 30), min_size=4, max_size=4),
)
def test_a_clock_that_jumps_during_a_visit_and_is_set_right_shifts_nothing(
    jumps: list[int], moments: list[float]
) -> None:
    """Neither when it began nor how long it was: both are of the monotonic clock."""
    pi = Pi(wall_ms=NOW_MS, synced=True)
    begun_s = pi.clock.monotonic_s()
    for jump_ms, moment_s in zip(jumps, moments, strict=False):
        pi.live(moment_s)
        pi.clock.wall_ms += jump_ms
    pi.live(3)
    pi.set_clock()
    visit = pi.leave(begun_s, pi.clock.monotonic_s() - begun_s)
    pi.live(3)

    assert pi.sent()[visit.visit_id] == pytest.approx(pi.truth[visit.visit_id], abs=1)


@pytest.mark.parametrize("before", [False, True])
def test_a_clock_that_is_set_in_the_very_moment_of_a_visits_end(
    before: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Whether just before or just after the visit was stamped."""
    pi = Pi(wall_ms=0, synced=False)
    begun_s = pi.clock.monotonic_s()
    pi.live(10)
    if before:
        pi.set_clock()
    visit = replace(make_visit(), detected_at=wall_ms(pi.clock, begun_s), dwell_ms=10_000)
    pi.set_clock()
    pi.recorder.record([visit])
    pi.live(3)

    assert pi.sent() == {visit.visit_id: round(begun_s * 1000) + pi.true_offset_ms}


def test_a_restart_of_the_process_keeps_what_waits_for_the_time(tmp_path: Path) -> None:
    """The machine's start is the same, so the stamps mean the same."""
    file = tmp_path / "outbox.db"
    with SqliteOutbox(file, max_visits=100, max_bytes=1 << 20) as outbox:
        first = Pi(outbox, wall_ms=0, synced=False)
        first.visit()
    with SqliteOutbox(file, max_visits=100, max_bytes=1 << 20) as outbox:
        second = Pi(outbox, wall_ms=first.clock.wall_ms, synced=False)
        second.clock.seconds, second.true_offset_ms = first.clock.seconds, first.true_offset_ms
        second.visit()
        second.set_clock()
        second.live(3)

        assert second.sent() == first.truth | second.truth
        assert outbox.state().depth == 0


def next_start(first: Pi, *, off_s: float) -> Pi:
    """The same outbox on a machine that was off for a while, with its clock set at once."""
    ended_ms = first.true_offset_ms + round(first.clock.seconds * 1000)
    true_ms = ended_ms + round(off_s * 1000)
    pi = Pi(first.outbox, wall_ms=true_ms, true_ms=true_ms, boot="next", synced=True)
    pi.live(2)
    return pi


def test_a_start_that_never_learnt_the_time_is_dated_by_its_clock_if_that_was_nearly_right() -> (
    None
):
    """The clock stood for twenty minutes: the visit is that much too early, no more."""
    first = Pi(wall_ms=NOW_MS - 20 * 60_000, synced=False, online=False)
    first.visit()

    second = next_start(first, off_s=60)

    (stamp,) = second.sent().values()
    (truth,) = first.truth.values()
    assert stamp == truth - 20 * 60_000
    assert second.outbox.state().dropped == 0


@pytest.mark.parametrize(
    ("lag_ms", "off_s"), [(0, 2 * 3600.0), (NOW_MS, 60.0), (3 * DAY_MS, 60.0), (-DAY_MS, 60.0)]
)
def test_a_start_whose_time_nobody_knows_is_dropped_and_counted(lag_ms: int, off_s: float) -> None:
    """Rather than counted in a wrong hour, or on a wrong day."""
    first = Pi(wall_ms=NOW_MS - lag_ms, synced=False, online=False)
    first.visit()
    first.visit()

    second = next_start(first, off_s=off_s)
    second.visit()
    second.live(2)

    assert second.sent() == second.truth
    assert second.outbox.state().dropped == 2


def test_visits_that_waited_too_long_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The cloud would take them no more; younger ones stay."""
    pi = Pi(wall_ms=NOW_MS, synced=True, online=False)
    for days in (31, 30.5, 29):
        pi.outbox.put(make_payload(), NOW_MS - round(days * DAY_MS))
    pi.live(3590)
    assert pi.outbox.state().depth == 3, "the clock has not been watched for an hour"

    pi.live(60)

    assert pi.outbox.state().depth == 1
    assert pi.outbox.state().dropped == 2
    assert "2 visits waited for more than 30 days" in caplog.text


def test_a_clock_that_is_wrong_for_a_while_empties_nothing() -> None:
    """Set to the year 2040 by mistake, and right again within the hour."""
    pi = Pi(wall_ms=NOW_MS, synced=True, online=False)
    pi.visit()
    pi.live(4000)
    pi.clock.wall_ms += 14 * 365 * DAY_MS
    pi.live(1800)
    pi.set_clock()
    pi.live(4000)

    assert (pi.outbox.state().depth, pi.outbox.state().dropped) == (1, 0)


def test_it_is_told_when_the_clock_is_set_and_when_it_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line each."""
    caplog.set_level("INFO", "edge")
    pi = Pi(wall_ms=0, synced=False)
    pi.visit()
    pi.live(30)
    pi.set_clock()
    pi.live(30)

    lines = [r.message for r in caplog.records if r.name in {"edge.clock", "edge.upkeep"}]
    assert [line.split(":")[0] for line in lines] == [
        "the clock is not set yet",
        f"the clock was set on by {pi.true_offset_ms // 1000 + 20} s",
        "the clock is set",
        "1 visits have waited for the time and are dated now",
    ]


def test_only_a_provisional_stamp_is_dated() -> None:
    """Another one is right already; and no date comes out that no clock of ours can have shown."""
    payload = make_payload()
    assert dated(payload, NOW_MS) == payload
    waiting = encode_visit(make_visit(detected_at=EARLIEST_MS + 5000))
    assert json.loads(dated(waiting, NOW_MS))["detected_at"] == NOW_MS + 5000
    for offset_ms in (0, EARLIEST_MS, 5_000_000_000_000):
        with pytest.raises(InvalidMessageError, match="detected_at"):
            dated(waiting, offset_ms)
