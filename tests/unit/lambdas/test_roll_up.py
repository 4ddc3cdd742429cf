"""Counts always equal a straight count of what is stored."""

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.expressions import Expression
from contracts.metrics import Metric
from contracts.visit import Visit
from lambdas.roll_up.counting import count_hours
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import HOUR_MS
from tests import strategies
from tests.fakes.failures import never
from tests.support.function_data import ARTWORKS, MUSEUM
from tests.unit.lambdas.messages import message, ms, visit_at
from tests.unit.lambdas.worlds import World
from workload.recount import recount

AUTUMN = date(2026, 10, 25)
START = ms("2026-10-23T00:00:00+02:00")
END = ms("2026-10-26T23:59:59+01:00")  # over the night on which the clocks go back


def _store(world: World, visits: list[Visit], now: int) -> None:
    world.clock.wall_ms = now
    batch = [
        message(visits[i : i + 9], f"m-{i}", received_at=now) for i in range(0, len(visits), 9)
    ]
    assert world.store_visits().store(batch) == frozenset()


def _counted(world: World, day: date) -> dict[tuple[str, str], HourCount]:
    return {(one.artwork_id, one.hour): one for one in world.rollups.of_day(MUSEUM.id, day)}


def _assert_counts_are_true(world: World, visits: list[Visit], day: date) -> None:
    """Held against the workload's recount, which shares no code with the functions."""
    true = recount(visits, MUSEUM, day)
    counted = _counted(world, day)
    assert {key: one.visits for key, one in counted.items()} == dict(true.by_artwork_hour)
    for artwork_id in ARTWORKS:
        rows = [one for (artwork, _), one in counted.items() if artwork == artwork_id]
        assert sum(one.dwell_ms_total for one in rows) == true.dwell_ms[artwork_id]
        for emotion in Expression:
            number = sum(one.emotions.get(emotion, 0) for one in rows)
            assert number == true.by_artwork_expression[artwork_id, emotion]


histories = st.lists(
    st.tuples(
        strategies.visits(artworks=ARTWORKS, start_ms=START, end_ms=END - 1000),
        st.integers(0, 5 * 24),  # hours that the visit is on its way
    ),
    max_size=25,
    unique_by=lambda one: one[0].visit_id,
)


@settings(max_examples=50)
@given(histories, st.randoms(use_true_random=False))
def test_counts_equal_a_recount_whatever_comes_late_twice_or_in_another_order(
    history: list[tuple[Visit, int]], random: Random
) -> None:
    """Hourly runs over a week in which visits arrive at any time after they happened."""
    world = World()
    arrivals: dict[int, list[Visit]] = {}
    first = START // HOUR_MS
    for visit, delay_h in history:
        hour = visit.detected_at // HOUR_MS + delay_h
        arrivals.setdefault(hour, []).append(visit)
        if random.random() < 0.3:  # the broker or the queue brings it again
            arrivals.setdefault(hour + random.randint(0, 9), []).append(visit)
    for hour in range(first, END // HOUR_MS + 6 * 24):
        now = (hour + 1) * HOUR_MS + 600_000  # at ten past every hour, as the schedule does
        if hour in arrivals:
            random.shuffle(arrivals[hour])
            _store(world, arrivals[hour], now - 60_000)
        if hour in arrivals or hour % 24 in {22, 23}:  # others would count what was counted
            world.roll_up().run(world.run_at(now))
    for day in (date(2026, 10, day) for day in range(22, 29)):
        _assert_counts_are_true(world, [visit for visit, _ in history], day)
    assert world.dirty_days.marks == {}


@settings(max_examples=30)
@given(histories, st.integers(0, 30))
def test_a_run_that_died_anywhere_is_made_up_for_by_its_retry(
    history: list[tuple[Visit, int]], survives: int
) -> None:
    """The same tables as if it had not died."""
    now = END + 8 * HOUR_MS
    worlds = World(), World()
    for world in worlds:
        _store(world, [visit for visit, _ in history], now)
    calls = iter(range(10**6))
    fakes = (worlds[0].visits, worlds[0].rollups, worlds[0].dirty_days, worlds[0].recounts)
    for fake in fakes:
        fake.fails = lambda: next(calls) == survives
    try:
        worlds[0].roll_up().run(worlds[0].run_at(now))
    except ServiceError:
        for fake in fakes:
            fake.fails = never
        worlds[0].roll_up().run(worlds[0].run_at(now))
    for fake in fakes:
        fake.fails = never
    worlds[1].roll_up().run(worlds[1].run_at(now))
    assert worlds[0].rollups.days == worlds[1].rollups.days
    assert worlds[0].recounts.times == worlds[1].recounts.times
    assert worlds[0].dirty_days.marks == worlds[1].dirty_days.marks == {}


def test_the_repeated_hour_is_counted_twice_over() -> None:
    """Half past two of summer time and half past two of winter time are different hours."""
    world = World()
    visits = [visit_at("2026-10-25T02:30:00+02:00"), visit_at("2026-10-25T02:30:00+01:00")]
    _store(world, visits, ms("2026-10-25T03:00:00+01:00"))
    world.roll_up().run(world.run_at(ms("2026-10-25T03:10:00+01:00")))
    assert sorted(hour for _, hour in _counted(world, AUTUMN)) == ["02+0100", "02+0200"]


def test_a_count_that_has_no_visits_any_more_disappears() -> None:
    """Of artworks that are counted; others keep what they had."""
    world = World()
    day = date(2026, 11, 12)
    old = [
        HourCount(
            artwork_id=artwork,
            hour="11+0100",
            visits=3,
            emotions={Expression.FEAR: 3},
            dwell_ms_total=9,
            share_sums=(0.0,) * 8,
        )
        for artwork in ("water-lilies", "sold-last-year")
    ]
    world.rollups.change(MUSEUM.id, day, put=old, delete=[], computed_at=1)
    world.roll_up().run(world.run_at(ms("2026-11-12T15:10:00+01:00")))
    assert list(_counted(world, day)) == [("sold-last-year", "11+0100")]


def test_a_second_run_writes_nothing() -> None:
    """Only what changed is written."""
    world = World()
    now = ms("2026-11-12T15:10:00+01:00")
    _store(world, [visit_at("2026-11-12T11:00:00+01:00")], now)
    for _ in range(2):
        world.roll_up().run(world.run_at(now))
    assert world.rollups.written == 1


@pytest.mark.parametrize(
    ("clock", "days"),
    [
        ("00:10", 1),
        ("01:10", 1),
        ("02:10", 0),
        ("09:10", 0),
        ("11:10", 1),
        ("19:10", 1),
        ("20:10", 0),
    ],
)
def test_only_days_that_can_have_changed_are_counted(clock: str, days: int) -> None:
    """Today while the museum is open and a little longer, yesterday in its first two hours."""
    world = World()
    world.roll_up().run(world.run_at(ms(f"2026-11-12T{clock}:00+01:00")))
    assert world.visits.queries == days * len(ARTWORKS)
    assert world.metrics.values(Metric.DAYS_RECOMPUTED) == ([days] if days else [])


def test_a_day_whose_visits_begin_to_expire_keeps_its_counts() -> None:
    """A count would be too low. The mark goes, and the log says so."""
    world = World()
    now = ms("2026-11-12T15:10:00+01:00")
    world.dirty_days.mark(MUSEUM.id, date(2026, 10, 12), now)
    world.roll_up().run(world.run_at(now))
    assert world.visits.queries == len(ARTWORKS)  # today alone
    assert world.dirty_days.marks == {}
    assert "too_old_to_count" in world.log.events()


def test_a_day_that_is_marked_during_the_run_stays_marked() -> None:
    """The visit that marked it may have come after the count."""
    world = World()
    now, day = ms("2026-11-12T15:10:00+01:00"), date(2026, 11, 10)
    world.dirty_days.mark(MUSEUM.id, day, now)

    def mark_again() -> bool:
        world.dirty_days.mark(MUSEUM.id, day, now)
        return False

    world.recounts.fails = mark_again
    world.roll_up().run(world.run_at(now))
    assert list(world.dirty_days.marks) == [(MUSEUM.id, day)]
    assert "marked_again" in world.log.events()


def test_shares_are_added_up_to_three_decimals() -> None:
    """As they crossed; 0.1 + 0.2 is 0.3."""
    world = World()
    now = ms("2026-11-12T15:10:00+01:00")
    visits = [visit_at(f"2026-11-12T11:0{i}:00+01:00") for i in range(3)]
    _store(world, visits, now)
    seen = world.visits.of_day(MUSEUM.id, ["water-lilies"], date(2026, 11, 12))["water-lilies"]
    (count,) = count_hours("water-lilies", seen, MUSEUM.zone).values()
    assert count.share_sums == (0, 3, 0, 0, 0, 0, 0, 0)
