"""Functions that die between any two of their calls, and the retry that makes up for it."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from contracts.expressions import Expression
from lambdas.shared.errors import ServiceError
from tests.fakes.failures import Failing, never
from tests.support.function_data import MUSEUM, hour_counts, local
from tests.unit.lambdas.messages import message, ms, visit_at
from tests.unit.lambdas.worlds import World

DAY = date(2026, 11, 12)
MOST_CALLS = 40


def _die_at(fakes: tuple[Failing, ...], survives: int) -> None:
    """Lets ``survives`` calls through and fails the next one, whichever fake it goes to."""
    calls = itertools.count()
    for fake in fakes:
        fake.fails = lambda: next(calls) == survives


def run_with_retry(fakes: tuple[Failing, ...], survives: int, run: Callable[[], None]) -> bool:
    """Says whether the run died before it was repeated."""
    _die_at(fakes, survives)
    try:
        run()
    except ServiceError:
        for fake in fakes:
            fake.fails = never
        run()
        return True
    for fake in fakes:
        fake.fails = never
    return False


def _reporting(survives: int) -> tuple[World, bool]:
    """A report with a correction of the day before."""
    world = World()
    counts = [hour_counts(40, hour="11+0100"), hour_counts(30, hour="14+0100")]
    world.rollups.change(MUSEUM.id, DAY, put=counts, delete=[], computed_at=1)
    world.daily_report().run(world.run_at(local(DAY + timedelta(days=1), "07:00")))
    late = [hour_counts(25, hour="17+0100", artwork_id="harvest")]
    world.rollups.change(MUSEUM.id, DAY, put=late, delete=[], computed_at=1)
    world.recounts.record(MUSEUM.id, DAY, local(DAY + timedelta(days=1), "15:10"))
    world.notifier.mails.clear()
    fakes = (world.rollups, world.recounts, world.markers, world.reports, world.notifier)
    run = world.run_at(local(DAY + timedelta(days=2), "07:00"))
    return world, run_with_retry(fakes, survives, lambda: world.daily_report().run(run))


def test_a_report_that_died_anywhere_ends_the_same() -> None:
    """The same reports and markers, and one mail."""
    whole, died = _reporting(MOST_CALLS)
    assert not died
    (expected,) = whole.notifier.mails
    deaths = 0
    for survives in range(MOST_CALLS):
        world, died = _reporting(survives)
        deaths += died
        assert world.notifier.mails == [expected]
        assert world.reports.reports == whole.reports.reports
        assert world.markers.markers == whole.markers.markers
    assert deaths >= 8  # every call of the run


@pytest.mark.parametrize("survives", range(8))
def test_an_alert_that_died_anywhere_is_mailed(survives: int) -> None:
    """The claim of the run that died does not silence its retry."""
    world = World()
    visits = [
        visit_at(f"2026-11-12T11:{10 + i}:00+01:00", emotion=Expression.ANGER) for i in range(30)
    ]
    noon = ms("2026-11-12T12:00:00+01:00")
    world.clock.wall_ms = noon
    world.store_visits().store([message(visits, received_at=noon)])
    fakes = (world.visits, world.alerts, world.notifier)
    run = world.run_at(noon)
    run_with_retry(fakes, survives, lambda: world.watch_expressions().run(run))
    assert len(world.notifier.mails) == 1
    world.watch_expressions().run(run)
    assert len(world.notifier.mails) == 1
