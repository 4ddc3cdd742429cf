"""The report says what was counted, once, and is corrected by what comes late."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.expressions import Expression, Sentiment
from contracts.metrics import Metric
from contracts.museums import Artwork
from lambdas.daily_report.as_text import WIDTH
from lambdas.daily_report.wilson import wilson_interval
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.counts import HourCount
from tests.fakes.failures import always, never
from tests.support.function_data import ARTWORKS, CONFIG, MUSEUM, hour_counts, local
from tests.unit.lambdas.worlds import World

DAY = date(2026, 11, 12)  # a Thursday
NEXT = DAY + timedelta(days=1)


def _count(world: World, day: date, *counts: HourCount) -> None:
    """Leaves the counts in the table as a roll-up does."""
    world.rollups.days[MUSEUM.id, day] = {(one.artwork_id, one.hour): one for one in counts}


def _report(world: World, on: date = NEXT) -> None:
    """The run of a morning, for the day before."""
    at = local(on, "07:00")
    world.clock.wall_ms = at
    world.daily_report().run(world.run_at(at))


def _recount(world: World, day: date, *counts: HourCount) -> None:
    """A roll-up of a past day, an hour after the latest report."""
    _count(world, day, *counts)
    world.recounts.record(MUSEUM.id, day, world.clock.wall_ms + 3_600_000)


def _json(world: World, day: date) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(world.reports.reports[MUSEUM.id, day][0])
    return data


QUIET = tuple(  # small numbers that together rest on enough visits
    hour_counts(
        6,
        artwork_id="the-letter",
        hour=hour,
        emotions={Expression.ANGER: 5, Expression.NEUTRAL: 1},
    )
    for hour in ("10+0100", "11+0100")
)
BUSY = (
    *QUIET,
    hour_counts(
        60,
        hour="14+0100",
        emotions={
            Expression.HAPPINESS: 30,
            Expression.NEUTRAL: 12,
            Expression.SURPRISE: 5,
            Expression.SADNESS: 1,
            Expression.UNCERTAIN: 12,
        },
    ),
    hour_counts(
        40,
        artwork_id="harvest",
        hour="15+0100",
        emotions={Expression.SADNESS: 28, Expression.NEUTRAL: 12},
        dwell_ms=20_000,
    ),
)


def test_the_mail_holds_the_days_numbers() -> None:
    """Totals, the most crowded hour, artworks by visits, and who stands out."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    (mail,) = world.notifier.mails
    assert mail.subject == "City Gallery: 12 November 2026, 112 visits"
    lines = mail.body.splitlines()
    assert lines[:2] == ["City Gallery", "Thursday, 12 November 2026"]
    assert "112 visits were counted at 3 artworks." in lines
    assert "Most crowded hour: 14:00 to 15:00, with 60 visits." in lines
    assert "An average visit lasted 13 s." in lines
    first, second = (line for line in lines if line.startswith((" 1.", " 2.")))
    assert first.split()[:4] == ["1.", "Water", "Lilies", "60"]
    assert second.split()[:3] == ["2.", "Harvest", "40"]
    assert "  Harvest: 28 of 40 visits (70 %)" in lines
    assert world.metrics.values(Metric.REPORTS_SENT) == [1]


def test_what_is_kept_is_what_was_mailed() -> None:
    """As text and as numbers."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    assert world.reports.reports[MUSEUM.id, DAY][1] == world.notifier.mails[0].body
    data = _json(world, DAY)
    assert data["museum_id"] == "city-gallery"
    assert data["day"] == "2026-11-12"
    assert data["visits"] == 112
    assert data["small_cell"] == 10
    assert (data["busiest_hour"]["hour"], data["busiest_hour"]["visits"]) == ("14+0100", 60)
    assert data["hours"]["15+0100"] == 40
    assert data["hours"]["16+0100"] == "< 10"
    assert data["artworks"]["harvest"]["visits"] == 40
    assert data["artworks"]["harvest"]["average_dwell_s"] == 20
    assert data["artworks"]["the-letter"]["sentiments"]["neutral"] == "< 10"
    assert list(data["sentiments"]) == [sentiment.value for sentiment in Sentiment]
    assert set(data["expressions"]) == {expression.label for expression in Expression}
    assert data["negative"]["standing_out"] == ["harvest"]


def test_zero_is_hidden_like_every_small_number() -> None:
    """A day with three visits and a day with none look the same."""
    reports = []
    for counts in ((), (hour_counts(3, hour="14+0100"),)):
        world = World()
        _count(world, DAY, *counts)
        _report(world)
        reports.append((world.notifier.mails[0].subject, world.reports.reports[MUSEUM.id, DAY]))
    assert reports[0] == reports[1]
    subject, (data, text) = reports[0]
    assert subject == "City Gallery: 12 November 2026, < 10 visits"
    assert "No visits, or fewer than 10, were counted." in text
    assert json.loads(data)["visits"] == "< 10"


def test_a_closed_day_says_so() -> None:
    """Monday's report is short."""
    world = World()
    _report(world, date(2026, 11, 17))
    assert "By its opening hours the museum was closed." in world.notifier.mails[0].body


def test_the_day_is_compared_with_the_day_and_the_week_before() -> None:
    """With their numbers as their own reports have them."""
    world = World()
    _count(world, DAY, *BUSY)
    _count(world, DAY - timedelta(days=1), hour_counts(120, hour="14+0100"))
    _count(world, DAY - timedelta(days=7), hour_counts(90, hour="14+0100"))
    _report(world)
    text = " ".join(world.notifier.mails[0].body.split())
    assert "8 fewer than the day before (Wednesday, 11 November 2026: 120)" in text
    assert "22 more than a week before (Thursday, 5 November 2026: 90)" in text


def test_the_repeated_hour_of_autumn_is_told_apart() -> None:
    """Two hours are called 02:00; the later one was the more crowded."""
    world = World()
    day = date(2026, 10, 25)
    _count(world, day, hour_counts(20, hour="02+0200"), hour_counts(30, hour="02+0100"), *QUIET)
    _report(world, day + timedelta(days=1))
    text = world.notifier.mails[0].body
    assert "02:00 to 03:00, after the clocks changed, with 30 visits" in text
    assert _json(world, day)["hours"]["02+0200"] == 20


def test_a_repeated_run_mails_nobody_twice() -> None:
    """The schedule may fire twice; the marker stands."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    _report(world)
    assert len(world.notifier.mails) == 1


@pytest.mark.parametrize("what", ["rollups", "reports", "notifier"])
def test_a_run_that_failed_before_its_mail_is_made_up_for(what: str) -> None:
    """Nothing is marked as done."""
    world = World()
    _count(world, DAY, *BUSY)
    failing = getattr(world, what)
    failing.fails = always
    with pytest.raises(ServiceError):
        _report(world)
    failing.fails = never
    _report(world)
    assert len(world.notifier.mails) == 1


def test_late_visits_correct_their_days_report_and_are_told_of() -> None:
    """The next report names the day; nobody is mailed the old day again."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    _recount(world, DAY, *BUSY, hour_counts(50, artwork_id="the-letter", hour="16+0100"))
    _report(world, NEXT + timedelta(days=1))
    assert len(world.notifier.mails) == 2
    body = world.notifier.mails[1].body
    assert "Late arrivals: 50 visits for earlier days arrived" in body
    assert "  Thursday, 12 November 2026: 50 more visits, now 162 in all" in body
    assert _json(world, DAY)["visits"] == 162
    assert _json(world, DAY)["artworks"]["the-letter"]["visits"] == 62
    _report(world, NEXT + timedelta(days=2))
    assert "Late arrivals" not in world.notifier.mails[2].body


def test_few_late_visits_correct_their_report_without_a_number() -> None:
    """The mail would publish a small number."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    _recount(world, DAY, *BUSY, hour_counts(3, artwork_id="the-letter", hour="16+0100"))
    _report(world, NEXT + timedelta(days=1))
    body = world.notifier.mails[1].body
    assert "Late arrivals: < 10 visits for earlier days" in body
    assert "Thursday, 12 November 2026: < 10 more visits\n" in body
    assert _json(world, DAY)["visits"] == 115


def test_a_recount_that_changed_nothing_is_not_told_of() -> None:
    """Late messages may hold visits that were stored before."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    _recount(world, DAY, *BUSY)
    _report(world, NEXT + timedelta(days=1))
    assert "Late arrivals" not in world.notifier.mails[1].body


def test_late_visits_come_again_where_the_mail_failed() -> None:
    """They are marked as told only with the mail."""
    world = World()
    _count(world, DAY, *BUSY)
    _report(world)
    _recount(world, DAY, *BUSY, hour_counts(50, artwork_id="the-letter", hour="16+0100"))
    world.notifier.fails = always
    with pytest.raises(ServiceError):
        _report(world, NEXT + timedelta(days=1))
    world.notifier.fails = never
    _report(world, NEXT + timedelta(days=1))
    assert "Late arrivals: 50 visits" in world.notifier.mails[-1].body


counts = st.dictionaries(
    st.tuples(st.sampled_from(ARTWORKS), st.sampled_from(["10+0100", "14+0100", "17+0100"])),
    st.dictionaries(st.sampled_from(Expression), st.integers(1, 40), min_size=1),
)


@settings(max_examples=60)
@given(by_hour=counts)
def test_every_published_number_is_true_and_none_is_small(
    by_hour: dict[tuple[str, str], dict[Expression, int]],
) -> None:
    """Held against a straight recount, and the text never wider than a mail."""
    world = World()
    hours = [
        hour_counts(sum(seen.values()), artwork_id=artwork, hour=hour, emotions=seen)
        for (artwork, hour), seen in by_hour.items()
    ]
    _count(world, DAY, *hours)
    _report(world)
    data = _json(world, DAY)

    def total(artwork: str | None = None, hour: str | None = None, label: str | None = None) -> int:
        return sum(
            n
            for (a, h), seen in by_hour.items()
            for expression, n in seen.items()
            if artwork in {None, a} and hour in {None, h} and label in {None, expression.label}
        )

    pairs = [(data["visits"], total())]
    pairs += [(said, total(hour=hour)) for hour, said in data["hours"].items()]
    pairs += [(said, total(label=label)) for label, said in data["expressions"].items()]
    for artwork, row in data["artworks"].items():
        pairs.append((row["visits"], total(artwork)))
        pairs += [(said, total(artwork, label=label)) for label, said in row["expressions"].items()]
    for said, true in pairs:
        assert said == "< 10" or (said == true and true >= 10)
    text = world.notifier.mails[0].body
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(world.notifier.mails[0].subject) < 100


def test_long_names_fit_the_mail() -> None:
    """Titles are cut, the museum's name is wrapped, the subject keeps its number."""
    museum = type(MUSEUM)(
        id=MUSEUM.id,
        name="The Municipal Museum of " + "Very " * 30 + "Fine Arts",
        time_zone=MUSEUM.time_zone,
        curator_emails=MUSEUM.curator_emails,
        opening_hours=MUSEUM.opening_hours,
        artworks=(Artwork(id="water-lilies", title="Untitled " * 20),),
    )
    world = World(config=type(CONFIG)(museums=(museum,)))
    _count(world, DAY, BUSY[2])
    _report(world)
    (mail,) = world.notifier.mails
    assert max(map(len, mail.body.splitlines())) <= WIDTH
    assert mail.subject.endswith("12 November 2026, 60 visits")
    assert len(mail.subject) < 100


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (20, 20, 0.8389, 1.0), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_match_published_ones(
    part: int, whole: int, low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I for 1/29; the others by the formula."""
    assert wilson_interval(part, whole) == pytest.approx((low, high), abs=1e-4)
