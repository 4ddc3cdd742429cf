"""Alerts: once, soon, and without small numbers."""

from dataclasses import replace

import pytest

from contracts.expressions import Expression
from contracts.metrics import Metric
from contracts.museums import ExpressionAlert, MuseumConfig
from lambdas.shared.errors import ServiceError
from lambdas.shared.museum_time import HOUR_MS
from tests.fakes.failures import always, never
from tests.support.function_data import ARTWORKS, CONFIG, MUSEUM
from tests.unit.lambdas.messages import message, ms, visit_at
from tests.unit.lambdas.worlds import World

NOON = ms("2026-11-12T12:00:00+01:00")  # a Thursday
QUARTER_MS = HOUR_MS // 4


def _world(
    negative: int,
    other: int,
    *,
    artwork_id: str = "harvest",
    start: str = "2026-11-12T11",
    config: MuseumConfig = CONFIG,
) -> World:
    world = World(config=config)
    moods = [Expression.SADNESS] * negative + [Expression.NEUTRAL] * other
    visits = [
        visit_at(f"{start}:{10 + i % 40}:00+01:00", emotion=mood, artwork_id=artwork_id)
        for i, mood in enumerate(moods)
    ]
    world.clock.wall_ms = NOON
    batch = [
        message(visits[i : i + 20], f"m-{i}", received_at=visits[0].detected_at)
        for i in range(0, len(visits), 20)
    ]
    assert world.store_visits().store(batch) == frozenset()
    return world


def _watch(world: World, at: int) -> None:
    world.watch_expressions().run(world.run_at(at))


def test_an_alert_names_the_artwork_and_its_numbers() -> None:
    """Where both numbers and their difference may be published."""
    world = _world(20, 12)
    _watch(world, NOON)
    (mail,) = world.notifier.mails
    assert "Harvest" in mail.subject
    assert "20 of 32 visits" in mail.body
    assert "not feelings" in mail.body
    assert max(map(len, mail.body.splitlines())) <= 78
    assert world.metrics.values(Metric.ALERTS_SENT) == [1]


def test_the_few_who_looked_otherwise_are_not_given_away() -> None:
    """With 25 of 28, three visits would follow."""
    world = _world(25, 3)
    _watch(world, NOON)
    (mail,) = world.notifier.mails
    assert "25 of" not in mail.body
    assert "at least 50" in mail.body


def test_a_bound_of_everybody_does_not_tell_how_many() -> None:
    """With 100 % of 25 visits, it would be known that nobody looked otherwise."""
    config = replace(
        CONFIG,
        museums=(replace(MUSEUM, expression_alert=ExpressionAlert(negative_share=1.0)),),
    )
    world = _world(25, 0, config=config)
    _watch(world, NOON)
    (mail,) = world.notifier.mails
    assert "at least 100 % of the visits were negative" in mail.body
    assert "25" not in mail.body


@pytest.mark.parametrize(
    ("negative", "other"),
    [(19, 0), (9, 11), (9, 10), (15, 16), (0, 40)],
)
def test_too_few_visits_or_too_small_a_share_is_no_alert(negative: int, other: int) -> None:
    """At least 20 visits, at least half of them negative, and at least k negative ones."""
    world = _world(negative, other)
    _watch(world, NOON)
    assert world.notifier.mails == []


def test_alerts_of_one_artwork_never_overlap() -> None:
    """The next one comes a whole window later at the soonest."""
    world = _world(30, 10)
    more = [
        visit_at(f"2026-11-12T{12 + i // 40}:{10 + i % 40}:00+01:00", emotion=Expression.ANGER,
                 artwork_id="harvest")
        for i in range(80)
    ]  # fmt: skip
    for i in range(0, 80, 20):
        world.store_visits().store([message(more[i : i + 20], received_at=more[i].detected_at)])
    for quarter in range(9):
        _watch(world, NOON + quarter * QUARTER_MS)
    assert len(world.notifier.mails) == 3  # at 12:00, 13:00 and 14:00


def test_the_same_run_twice_mails_once() -> None:
    """The scheduler calls at least once."""
    world = _world(30, 10)
    for _ in range(2):
        _watch(world, NOON)
    assert len(world.notifier.mails) == 1


def test_a_mail_that_did_not_go_out_is_made_up_for() -> None:
    """The claim of a run that died does not silence its retry."""
    world = _world(30, 10)
    world.notifier.fails = always
    with pytest.raises(ServiceError):
        _watch(world, NOON)
    world.notifier.fails = never
    _watch(world, NOON)
    assert len(world.notifier.mails) == 1


def test_a_closed_museum_is_not_looked_at() -> None:
    """No query at all at night; the last window of the day is still looked at."""
    world = _world(30, 10)
    _watch(world, ms("2026-11-12T03:00:00+01:00"))
    assert world.visits.queries == 0
    _watch(world, ms("2026-11-12T18:45:00+01:00"))
    assert world.visits.queries == len(ARTWORKS)


def test_a_window_over_midnight_sees_both_days() -> None:
    """The long night: Saturday's and Sunday's partitions."""
    world = World()
    visits = [
        visit_at(
            f"2026-11-14T23:{50 + i // 3}:{i:02}+01:00"
            if i < 15
            else f"2026-11-15T00:0{i // 10}:{i:02}+01:00",
            emotion=Expression.FEAR,
        )
        for i in range(30)
    ]
    midnight = ms("2026-11-15T00:00:00+01:00")
    world.clock.wall_ms = midnight + QUARTER_MS
    world.store_visits().store([message(visits, received_at=midnight)])
    _watch(world, midnight + QUARTER_MS)
    (mail,) = world.notifier.mails
    assert "23:15 and 00:15" in mail.body
    assert "30 visits" in mail.body
