"""When the Pi watches: hours, plan, switches, and a clock that may be wrong."""

import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contracts.museums import OpeningHours
from contracts.status import WatchMode
from edge.config import Measuring, PlannedHours, Restriction, WatchConfig
from edge.gate import LOOK_S, Decision, Reason, SteadyGate, WatchGate, decide, trusted_ms
from edge.opening import holds
from edge.switches import Switch, Switches
from tests.fakes.clock import FakeClock

ROME = ZoneInfo("Europe/Rome")
HOURS = OpeningHours(
    tuesday="10:00-17:00", wednesday="10:00-17:00", saturday="10:00-04:00", sunday="10:00-17:00"
)
PLAN = (
    PlannedHours(mode=Restriction.COUNT_ONLY, tuesday="10:30-12:00"),
    PlannedHours(mode=Restriction.COUNT_ONLY, tuesday="14:00-15:00"),
    PlannedHours(mode=Restriction.PAUSED, tuesday="13:00-14:30", wednesday="00:00-00:00"),
)
MUSEUM = WatchConfig(time_zone="Europe/Rome", opening_hours=HOURS, plan=PLAN)
ALWAYS = WatchConfig()
NOTHING = Switches()
PAUSE = Switches(paused=Switch())
COUNT = Switches(count_only=Switch())


def rome(text: str, *, fold: int = 0) -> int:
    """A moment on Roman clocks, ms since 1970 UTC; ``fold=1`` is the second of two."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ROME, fold=fold)
    return round(moment.timestamp() * 1000)


TUESDAY = "2026-11-24T"
DECISIONS: dict[str, tuple[WatchConfig, Switches, int | None, WatchMode, Reason]] = {
    "nothing configured": (ALWAYS, NOTHING, 0, WatchMode.FULL, Reason.CONFIGURED),
    "nothing configured, no clock": (ALWAYS, NOTHING, None, WatchMode.FULL, Reason.CONFIGURED),
    "open": (MUSEUM, NOTHING, rome(TUESDAY + "10:00"), WatchMode.FULL, Reason.CONFIGURED),
    "before": (MUSEUM, NOTHING, rome(TUESDAY + "09:59:59"), WatchMode.CLOSED, Reason.HOURS),
    "after": (MUSEUM, NOTHING, rome(TUESDAY + "17:00"), WatchMode.CLOSED, Reason.HOURS),
    "Monday": (MUSEUM, NOTHING, rome("2026-11-23T12:00"), WatchMode.CLOSED, Reason.HOURS),
    "a class": (MUSEUM, NOTHING, rome(TUESDAY + "11:00"), WatchMode.COUNT_ONLY, Reason.PLANNED),
    "a break": (MUSEUM, NOTHING, rome(TUESDAY + "13:00"), WatchMode.PAUSED, Reason.PLANNED),
    "break and class": (
        MUSEUM, NOTHING, rome(TUESDAY + "14:15"), WatchMode.PAUSED, Reason.PLANNED,
    ),
    "second class": (
        MUSEUM, NOTHING, rome(TUESDAY + "14:30"), WatchMode.COUNT_ONLY, Reason.PLANNED,
    ),
    "a whole day's pause": (
        MUSEUM, NOTHING, rome("2026-11-25T16:00"), WatchMode.PAUSED, Reason.PLANNED,
    ),
    "no clock": (MUSEUM, NOTHING, None, WatchMode.CLOSED, Reason.NO_CLOCK),
    "no clock, a plan alone": (
        WatchConfig(time_zone="Europe/Rome", plan=PLAN), NOTHING, None,
        WatchMode.PAUSED, Reason.NO_CLOCK,
    ),
    "no clock, classes alone": (
        WatchConfig(time_zone="Europe/Rome", plan=PLAN[:2]), NOTHING, None,
        WatchMode.COUNT_ONLY, Reason.NO_CLOCK,
    ),
    "paused by hand": (
        MUSEUM, PAUSE, rome(TUESDAY + "12:30"), WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a pause by hand in closed hours is told as what it is": (
        MUSEUM, PAUSE, rome(TUESDAY + "20:00"), WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a pause by hand without a clock": (
        MUSEUM, PAUSE, None, WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a switch opens nothing: closed": (
        MUSEUM, COUNT, rome(TUESDAY + "20:00"), WatchMode.CLOSED, Reason.HOURS,
    ),
    "a switch opens nothing: planned pause": (
        MUSEUM, COUNT, rome(TUESDAY + "13:30"), WatchMode.PAUSED, Reason.PLANNED,
    ),
    "counting by hand": (
        MUSEUM, COUNT, rome(TUESDAY + "12:30"), WatchMode.COUNT_ONLY, Reason.SWITCHED,
    ),
    "paused while counting": (
        MUSEUM, Switches(paused=Switch(), count_only=Switch()), rome(TUESDAY + "12:30"),
        WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a pause that has ended leaves counting": (
        MUSEUM,
        Switches(paused=Switch(until_ms=rome(TUESDAY + "12:20")), count_only=Switch()),
        rome(TUESDAY + "12:20"), WatchMode.COUNT_ONLY, Reason.SWITCHED,
    ),
    "a pause that has not ended": (
        MUSEUM, Switches(paused=Switch(until_ms=rome(TUESDAY + "12:20"))),
        rome(TUESDAY + "12:19:59"), WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a pause with an end, and no clock to tell it by": (
        ALWAYS, Switches(paused=Switch(until_ms=0)), None, WatchMode.PAUSED, Reason.SWITCHED,
    ),
    "a damaged note": (
        MUSEUM, Switches.decode(b"{"), rome(TUESDAY + "12:30"), WatchMode.PAUSED, Reason.DAMAGED,
    ),
    "counts only, by configuration": (
        WatchConfig(mode=Measuring.COUNT_ONLY), NOTHING, 0,
        WatchMode.COUNT_ONLY, Reason.CONFIGURED,
    ),
    "counts only, and closed": (
        WatchConfig(mode=Measuring.COUNT_ONLY, time_zone="Europe/Rome", opening_hours=HOURS),
        NOTHING, rome(TUESDAY + "20:00"), WatchMode.CLOSED, Reason.HOURS,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "switches", "now_ms", "mode", "reason"), DECISIONS.values(), ids=list(DECISIONS)
)
def test_the_strictest_holds(
    config: WatchConfig, switches: Switches, now_ms: int | None, mode: WatchMode, reason: Reason
) -> None:
    """Hours, plan and switches add up; nothing by hand opens what they close."""
    assert decide(config, switches, now_ms) == Decision(mode, reason)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (rome("2026-10-24T23:00"), True),
        (rome("2026-10-25T02:30"), True),
        (rome("2026-10-25T02:30", fold=1), True),
        (rome("2026-10-25T03:59:59"), True),
        (rome("2026-10-25T04:00"), False),
        (rome("2027-03-28T01:59:59"), True),
        (rome("2027-03-28T03:00"), True),
        (rome("2027-03-28T04:00"), False),
        (rome("2026-10-26T00:30"), False),
    ],
)
def test_a_long_night_ends_by_the_clock_on_the_wall(moment: int, is_open: bool) -> None:  # noqa: FBT001 - expected
    """Saturday's hours end at four on Sunday morning, also when the clocks change at three."""
    assert holds(HOURS, ROME, moment) is is_open


def test_a_long_night_is_an_hour_longer_in_autumn_and_shorter_in_spring() -> None:
    """18 hours on the wall are 19 and 17 of time."""
    quarter = 15 * 60_000
    for day, hours in (("2026-10-24", 19), ("2026-11-21", 18), ("2027-03-27", 17)):
        start = rome(f"{day}T09:00")
        moments = range(start, start + 24 * 4 * quarter, quarter)
        assert sum(holds(HOURS, ROME, m) for m in moments) == 4 * hours


def test_a_time_that_comes_twice_closes_the_first_time() -> None:
    """And one that is skipped closes nothing for longer than the night has."""
    night = OpeningHours(saturday="20:00-02:30")
    assert holds(night, ROME, rome("2026-10-25T02:29"))
    assert not holds(night, ROME, rome("2026-10-25T02:29", fold=1))
    assert holds(night, ROME, rome("2027-03-28T01:59"))
    assert not holds(night, ROME, rome("2027-03-28T03:30"))


def test_hours_are_those_of_the_museum_whatever_the_machine_says() -> None:
    """Ten in Tokyo is one in the morning UTC."""
    tokyo = WatchConfig(time_zone="Asia/Tokyo", opening_hours=HOURS)
    one = round(datetime(2026, 11, 24, 1, tzinfo=UTC).timestamp() * 1000)
    assert decide(tokyo, NOTHING, one).mode is WatchMode.FULL
    assert decide(tokyo, NOTHING, one - 1).mode is WatchMode.CLOSED


@pytest.mark.parametrize(
    ("year", "synced", "trust", "trusted"),
    [
        (2026, True, False, True),
        (2026, None, False, True),
        (2026, False, False, False),
        (2026, False, True, True),
        (2019, True, False, False),
        (2019, None, True, False),
    ],
)
def test_which_clock_is_trusted(
    *, year: int, synced: bool | None, trust: bool, trusted: bool
) -> None:
    """Not one that no time server has set, nor one before there was any Pi of ours."""
    now_ms = round(datetime(year, 6, 1, tzinfo=UTC).timestamp() * 1000)
    config = WatchConfig(trust_clock=trust)
    assert trusted_ms(now_ms, config, synced) == (now_ms if trusted else None)


class Board:
    """Switches and a synchronised clock, both in memory; counts how often it is asked."""

    def __init__(self) -> None:
        self.switches = Switches()
        self.synced: bool | None = False
        self.reads = 0

    def read(self) -> Switches:
        """What the test has switched."""
        self.reads += 1
        return self.switches


def make(board: Board, clock: FakeClock, config: WatchConfig = MUSEUM) -> WatchGate:
    """A gate between fakes."""
    return WatchGate(config, switches=board, clock=clock, clock_synced=lambda: board.synced)


def test_the_camera_waits_for_the_clock_to_be_set() -> None:
    """A Pi that wakes with last night's time does not watch by it."""
    board, clock = Board(), FakeClock(rome(TUESDAY + "12:30"))
    gate = make(board, clock)
    assert gate.mode() is WatchMode.CLOSED
    board.synced = True
    clock.sleep(LOOK_S)
    assert gate.mode() is WatchMode.FULL


def test_it_looks_four_times_a_second_at_most_and_sees_a_switch_by_then() -> None:
    """Asked before every frame, from two threads; the file is not looked at each time."""
    board, clock = Board(), FakeClock(rome(TUESDAY + "12:30"))
    board.synced = True
    gate = make(board, clock)
    for _ in range(100):
        assert gate.mode() is WatchMode.FULL
        clock.sleep(LOOK_S / 100)
    assert board.reads <= 2
    board.switches = PAUSE
    clock.sleep(LOOK_S)
    assert gate.mode() is WatchMode.PAUSED


def test_threads_may_ask_at_the_same_time() -> None:
    """They get one answer, from one look."""
    board = Board()
    gate = make(board, FakeClock(), ALWAYS)
    seen: list[WatchMode] = []
    threads = [threading.Thread(target=lambda: seen.append(gate.mode())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [WatchMode.FULL] * 8
    assert board.reads == 1


def test_a_steady_gate_is_steady() -> None:
    """For replays."""
    assert SteadyGate(WatchMode.COUNT_ONLY).mode() is WatchMode.COUNT_ONLY
