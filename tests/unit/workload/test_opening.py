"""Opening hours in UTC, and clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.museums import Artwork, Museum, OpeningHours
from workload.opening import latest_change, openings, usual_end

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("saturday", "hours"),
    [(date(2026, 10, 17), 18), (date(2026, 10, 24), 19), (date(2026, 3, 28), 17)],
)
def test_the_long_night_is_longer_or_shorter_when_clocks_change(
    museum: Museum, saturday: date, hours: int
) -> None:
    """From 10:00 to 04:00 on the wall is 18 hours, 19 in autumn's change and 17 in spring's."""
    (span,) = openings(museum, saturday, 1)
    assert span.end - span.start == timedelta(hours=hours)
    assert span.end.astimezone(ROME).hour == 4


def test_closed_days_have_no_span(museum: Museum) -> None:
    """Mondays are left out."""
    days = {span.day.weekday() for span in openings(museum, date(2026, 10, 1), 14)}
    assert days == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("zone", "before", "change"),
    [
        ("Europe/Rome", "2026-11-21T09:00:00+00:00", "2026-10-25T01:00:00+00:00"),
        ("Europe/Rome", "2026-05-01T00:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        ("America/New_York", "2026-11-21T09:00:00+00:00", "2026-11-01T06:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-11-21T09:00:00+00:00", "2026-10-03T15:30:00+00:00"),
        ("Asia/Tokyo", "2026-11-21T09:00:00+00:00", None),
    ],
)
def test_latest_change(zone: str, before: str, change: str | None) -> None:
    """The change is found to the second, in either hemisphere, or reported as none."""
    found = latest_change(ZoneInfo(zone), datetime.fromisoformat(before))
    assert found == (datetime.fromisoformat(change) if change else None)


def test_the_usual_fortnight_has_eight_days_before_the_change(museum: Museum) -> None:
    """The fortnight ends six days after the change's day began."""
    end = usual_end(museum, 14, datetime(2026, 11, 21, tzinfo=UTC))
    assert end == date(2026, 10, 31)


@given(
    days=st.integers(min_value=2, max_value=40),
    now=st.integers(min_value=0, max_value=15 * 365 * 24).map(
        lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    ),
)
def test_the_usual_days_are_past_and_hold_the_change_night(days: int, now: datetime) -> None:
    """Whatever the date, the Sunday of the change and the Saturday before are among past days."""
    museum = _museum_in_rome()
    end = usual_end(museum, days, now)
    change = latest_change(ROME, now)
    assert change is not None
    sunday = change.astimezone(ROME).date()
    assert end <= now.astimezone(ROME).date()
    assert end - timedelta(days=days) <= sunday
    if now.astimezone(ROME).date() > sunday:
        assert end - timedelta(days=days) < sunday < end


def _museum_in_rome() -> Museum:

    return Museum(
        id="m",
        name="M",
        time_zone="Europe/Rome",
        curator_emails=(),
        opening_hours=OpeningHours(saturday="10:00-04:00"),
        artworks=(Artwork(id="a", title="A"),),
    )
