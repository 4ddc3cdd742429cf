"""Alerts: once, soon, and without small numbers."""

from dataclasses import replace

import pytest

from contracts.expressions import Expression
from contracts.metrics import Metric
from contracts.museums import CrowdingAlert, ExpressionAlert, MuseumConfig
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


def _come(world: World, start: str, *, negative: int, other: int) -> None:
    """Visits of the quarter of an hour that begins then, at the harvest."""
    moods = [Expression.ANGER] * negative + [Expression.NEUTRAL] * other
    visits = [
        visit_at(f"2026-11-12T{start}+01:00", emotion=mood, artwork_id="harvest") for mood in moods
    ]
    for i in range(0, len(visits), 20):
        batch = visits[i : i + 20]
        assert world.store_visits().store([message(batch, received_at=batch[0].detected_at)]) == (
            frozenset()
        )


_STARTS = [f"{hour}:{quarter:02}:07" for hour in (11, 12, 13) for quarter in (0, 15, 30, 45)]


def _day(config: MuseumConfig, quarters: list[tuple[int, int]]) -> list[int]:
    """Negative and other visits of each quarter from 11:00 on; after which quarters mail came."""
    world = World(config=config)
    mailed: list[int] = []
    for i, (negative, other) in enumerate(quarters):
        end = ms("2026-11-12T11:15:00+01:00") + i * QUARTER_MS
        world.clock.wall_ms = end
        _come(world, _STARTS[i], negative=negative, other=other)
        before = len(world.notifier.mails)
        _watch(world, end)
        mailed += [i] * (len(world.notifier.mails) - before)
    return mailed


_QUARTERLY = replace(
    CONFIG,
    museums=(
        replace(
            MUSEUM,
            expression_alert=ExpressionAlert(window_minutes=15, clear_share=0.3),
            crowding_alert=CrowdingAlert(visits=60, clear_visits=40),
        ),
    ),
)


@pytest.mark.parametrize(
    ("quarters", "mailed"),
    [
        ([(20, 10)] * 5, [0]),  # it goes on
        ([(20, 10), (12, 18), (20, 10), (12, 18), (20, 10)], [0]),  # 67 and 40 %: not below 30
        ([(20, 10), (5, 25), (20, 10)], [0, 2]),  # 17 % in between
        ([(20, 10), (5, 13), (20, 10)], [0, 2]),  # on few visits, too
        ([(20, 10), (10, 5), (20, 10)], [0]),  # fewer visits, as negative as before
        ([(20, 10), (5, 4), (20, 10)], [0, 2]),  # hardly anybody: over
        ([(20, 10), (0, 0), (0, 0), (20, 10)], [0, 3]),
        ([(12, 18), (12, 18)], []),
    ],
)
def test_an_alert_goes_off_again_only_after_it_was_over(
    quarters: list[tuple[int, int]], mailed: list[int]
) -> None:
    """Off at half of the visits, over below three in ten."""
    assert _day(_QUARTERLY, quarters) == mailed


@pytest.mark.parametrize(
    ("visits", "mailed"),
    [
        ([59, 60, 61, 200], [1]),
        ([60, 59, 60, 40, 60], [0]),  # hovers, never below 40
        ([60, 39, 60], [0, 2]),
        ([60, 0, 59, 60], [0, 3]),
        ([59, 59, 59], []),
    ],
)
def test_a_crowd_is_told_of_once(visits: list[int], mailed: list[int]) -> None:
    """Off at 60 visits in 15 minutes, over below 40."""
    assert _day(_QUARTERLY, [(0, n) for n in visits]) == mailed


def test_an_hours_windows_never_overlap() -> None:
    """Over and high again within the hour: told again when a whole hour has passed."""
    config = replace(
        CONFIG,
        museums=(replace(MUSEUM, expression_alert=ExpressionAlert(clear_share=0.45)),),
    )
    #          67 %     44 %      52 %      54 %      …
    quarters = [(20, 10), (0, 15), (12, 4), (20, 10), (20, 10), (20, 10)]
    assert _day(config, quarters) == [0, 4]


def test_a_crowds_mail_says_no_number_but_the_bound() -> None:
    """61 came."""
    world = World(config=_QUARTERLY)
    world.clock.wall_ms = ms("2026-11-12T11:15:00+01:00")
    _come(world, "11:00:07", negative=0, other=61)
    _watch(world, ms("2026-11-12T11:15:00+01:00"))
    (mail,) = world.notifier.mails
    assert mail.subject == "City Gallery: many visitors at Harvest"
    assert "11:00 and 11:15" in mail.body
    assert "60 visits or more" in mail.body
    assert "fewer than 40 visits" in " ".join(mail.body.split())
    assert "61" not in mail.body
    assert max(map(len, mail.body.splitlines())) <= 78


def test_both_alerts_are_two_mails() -> None:
    """Each under its own key."""
    world = World(config=_QUARTERLY)
    world.clock.wall_ms = ms("2026-11-12T11:15:00+01:00")
    _come(world, "11:00:07", negative=40, other=30)
    for _ in range(2):
        _watch(world, ms("2026-11-12T11:15:00+01:00"))
    subjects = [mail.subject for mail in world.notifier.mails]
    assert subjects == [
        "City Gallery: many negative expressions at Harvest",
        "City Gallery: many visitors at Harvest",
    ]
    assert world.metrics.values(Metric.ALERTS_SENT) == [1, 1]


def test_a_run_that_comes_late_ends_nothing() -> None:
    """The retry of 11:15 saw nobody; the alert of 11:30 stands."""
    world = World(config=_QUARTERLY)
    world.clock.wall_ms = ms("2026-11-12T11:45:00+01:00")
    _come(world, "11:15:07", negative=20, other=10)
    _come(world, "11:30:07", negative=20, other=10)
    for clock in ("11:30", "11:15", "11:45"):
        _watch(world, ms(f"2026-11-12T{clock}:00+01:00"))
    assert len(world.notifier.mails) == 1


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
