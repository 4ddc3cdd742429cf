"""Museum days and hours in zones that are awkward."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.museum_toml import load_museums
from contracts.museums import Artwork, Museum, OpeningHours
from lambdas.shared.museum_time import (
    HOUR_MS,
    day_end_ms,
    day_start_ms,
    hour_key,
    hour_label,
    hours_of,
    is_open_within,
    local_noon_ms,
    museum_day,
    to_local,
)

ROME = ZoneInfo("Europe/Rome")
AUTUMN, SPRING = date(2026, 10, 25), date(2026, 3, 29)
zones = st.sampled_from(
    [
        "Europe/Rome",
        "America/New_York",
        "Asia/Kolkata",  # +05:30
        "Asia/Kathmandu",  # +05:45
        "Australia/Lord_Howe",  # summer time is half an hour
        "America/St_Johns",  # -03:30 with summer time
        "Africa/Cairo",  # summer time begins at midnight
        "Pacific/Chatham",  # changes at 02:45
        "Pacific/Kiritimati",
        "UTC",
    ]
).map(ZoneInfo)
instants = st.integers(1_577_836_800_000, 2_524_608_000_000)
dates = st.dates(date(2020, 1, 2), date(2049, 12, 30))


def ms(text: str) -> int:
    """An ISO time as ms."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _museum(zone: str = "Europe/Rome", **hours: str) -> Museum:
    return Museum(
        id="m",
        name="M",
        time_zone=zone,
        curator_emails=(),
        opening_hours=OpeningHours(**hours),
        artworks=(Artwork(id="a", title="A"),),
    )


@given(instants, zones)
def test_every_instant_lies_in_exactly_one_hour_of_its_day(instant: int, zone: ZoneInfo) -> None:
    """The hours of a day neither overlap nor leave a gap."""
    hours = hours_of(museum_day(instant, zone), zone)
    inside = [hour for hour in hours if hour.start_ms <= instant < hour.end_ms]
    assert [hour.key for hour in inside] == [hour_key(instant, zone)]


@given(dates, zones)
def test_the_hours_of_a_day_fill_it(day: date, zone: ZoneInfo) -> None:
    """They follow each other from the day's first instant to its last, with keys of their own."""
    hours = hours_of(day, zone)
    assert hours[0].start_ms == day_start_ms(day, zone)
    assert hours[-1].end_ms == day_end_ms(day, zone)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(hours))
    assert len({hour.key for hour in hours}) == len(hours)
    assert museum_day(day_start_ms(day, zone), zone) == day
    assert museum_day(day_start_ms(day, zone) - 1, zone) == day - timedelta(days=1)


@given(dates, zones)
def test_noon_is_noon(day: date, zone: ZoneInfo) -> None:
    """In every zone and on every day."""
    noon = to_local(local_noon_ms(day, zone), zone)
    assert (noon.date(), noon.hour, noon.minute) == (day, 12, 0)


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (date(2026, 10, 26), 24)])
def test_a_day_of_a_clock_change_has_an_hour_more_or_less(day: date, hours: int) -> None:
    """In Rome, 2026."""
    assert len(hours_of(day, ROME)) == hours
    assert day_end_ms(day, ROME) - day_start_ms(day, ROME) == hours * HOUR_MS


def test_both_parts_of_the_repeated_hour_have_their_own_key() -> None:
    """Half past two comes twice, an hour apart."""
    assert hour_key(ms("2026-10-25T00:30:00+00:00"), ROME) == "02+0200"
    assert hour_key(ms("2026-10-25T01:30:00+00:00"), ROME) == "02+0100"


def test_an_hour_is_named_for_readers() -> None:
    """Only an hour that comes twice says which one is meant."""
    assert hour_label("14+0100", date(2026, 11, 12), ROME) == "14:00 to 15:00"
    assert hour_label("23+0100", date(2026, 11, 12), ROME) == "23:00 to 00:00"
    assert hour_label("02+0200", AUTUMN, ROME) == "02:00 to 03:00, before the clocks changed"
    assert hour_label("02+0100", AUTUMN, ROME) == "02:00 to 03:00, after the clocks changed"
    assert hour_label("14+0530", AUTUMN, ZoneInfo("Asia/Kolkata")) == "14:00 to 15:00"


def test_a_long_night_is_open_until_its_end_on_the_next_day() -> None:
    """Saturday 10:00 to 04:00, on the night on which the clocks go back."""
    museum = _museum(saturday="10:00-04:00")
    for text, is_open in [
        ("2026-10-24T10:00:00+02:00", True),
        ("2026-10-24T09:58:00+02:00", False),
        ("2026-10-25T02:30:00+02:00", True),
        ("2026-10-25T02:30:00+01:00", True),
        ("2026-10-25T03:59:00+01:00", True),
        ("2026-10-25T04:00:00+01:00", False),
        ("2026-10-25T12:00:00+01:00", False),
    ]:
        assert is_open_within(museum, ms(text), ms(text) + 60_000) is is_open, text


def test_a_window_that_reaches_into_the_opening_hours_counts() -> None:
    """After closing, the last visits are still looked at."""
    museum = _museum(friday="10:00-18:00")
    close = ms("2026-11-13T18:00:00+01:00")
    assert is_open_within(museum, close - 60_000, close + 59 * 60_000)
    assert not is_open_within(museum, close, close + HOUR_MS)


@given(instants)
def test_a_museum_without_opening_hours_is_never_open(instant: int) -> None:
    """Closed all week."""
    assert not is_open_within(_museum(), instant, instant + HOUR_MS)


def test_the_shipped_museum_has_24_hours_on_most_days(repository: Path) -> None:
    """The configuration that is shipped names a zone that the functions can read."""
    museum = load_museums(repository / "museum.toml").museums[0]
    assert len(hours_of(datetime(2026, 11, 12, tzinfo=UTC).date(), museum.zone)) == 24
