"""When schedules are due."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.schedule_expression import parse_schedule

ROME = "Europe/Rome"


def due(expression: str, timezone: str, start: str, end: str) -> list[str]:
    """Moments as ``MM-DDTHH:MM`` in UTC."""
    moments = parse_schedule(expression, timezone, "here").between(
        dt.datetime.fromisoformat(start + "+00:00"), dt.datetime.fromisoformat(end + "+00:00")
    )
    return [moment.strftime("%m-%dT%H:%M") for moment in moments]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 7 * * ? *)", ["10-20T05:00", "10-21T05:00"]),
        ("cron(0/30 3 * * ? *)", ["10-20T01:00", "10-20T01:30", "10-21T01:00", "10-21T01:30"]),
        ("cron(5,10 12-13 21 * ? *)",
         ["10-21T10:05", "10-21T10:10", "10-21T11:05", "10-21T11:10"]),
        ("cron(0 12 ? OCT WED 2026)", ["10-21T10:00"]),
        ("cron(0 12 ? * 2-3 *)", ["10-20T10:00"]),
        ("cron(0 12 ? 1 * *)", []),
        ("at(2026-10-20T12:34:00)", ["10-20T10:34"]),
        ("rate(1 day)", ["10-20T00:00", "10-21T00:00"]),
    ],
)  # fmt: skip
def test_expressions(expression: str, expected: list[str]) -> None:
    """In Rome, two days of summer time (20 October 2026 is a Tuesday)."""
    assert due(expression, ROME, "2026-10-20T00:00", "2026-10-22T00:00") == expected


def test_a_repeated_local_time_is_due_once() -> None:
    """On 25 October 2026 at 03:00 the clock in Rome goes back to 02:00."""
    found = due("cron(30 * * * ? *)", ROME, "2026-10-24T23:00", "2026-10-25T03:00")
    assert found == ["10-24T23:30", "10-25T00:30", "10-25T02:30"]


def test_a_local_time_that_does_not_exist_is_skipped() -> None:
    """On 29 March 2026 at 02:00 the clock in Rome goes on to 03:00."""
    found = due("cron(30 * * * ? *)", ROME, "2026-03-29T00:00", "2026-03-29T03:00")
    assert found == ["03-29T00:30", "03-29T01:30", "03-29T02:30"]
    assert due("cron(30 2 * * ? *)", ROME, "2026-03-28T12:00", "2026-03-29T12:00") == []


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)),
    zone=st.sampled_from(["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_a_daily_schedule_is_due_at_most_once_a_local_day_at_its_local_time(
    minute: int, hour: int, day: dt.date, zone: str
) -> None:
    """Absent only where that local time does not exist."""
    here = ZoneInfo(zone)
    start = dt.datetime.combine(day, dt.time(), here)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), here)
    moments = list(parse_schedule(f"cron({minute} {hour} * * ? *)", zone, "x").between(start, end))
    exists = (
        dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=here)
        .astimezone(dt.UTC)
        .astimezone(here)
    ).hour == hour
    assert len(moments) == exists
    assert all((m.astimezone(here).hour, m.astimezone(here).minute) == (hour, minute)
               for m in moments)  # fmt: skip


@given(cut=st.integers(0, 48 * 60))
def test_cutting_a_span_in_two_neither_loses_nor_doubles_an_occurrence(cut: int) -> None:
    """Around the night on which the clock goes back."""
    schedule = parse_schedule("cron(0/15 * * * ? *)", ROME, "x")
    start = dt.datetime(2026, 10, 24, tzinfo=dt.UTC)
    middle, end = start + dt.timedelta(minutes=cut), start + dt.timedelta(days=2)
    whole = list(schedule.between(start, end))
    assert [*schedule.between(start, middle), *schedule.between(middle, end)] == whole
    assert whole == sorted(set(whole))


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("cron(0 0 L * ? *)", UnsupportedError),
        ("cron(0 0 ? * 2#1 *)", UnsupportedError),
        ("cron(0 0 15W * ? *)", UnsupportedError),
        ("cron(0 7 * * * *)", LocalCloudError),
        ("cron(0 7 * *)", LocalCloudError),
        ("cron(60 7 * * ? *)", LocalCloudError),
        ("cron(x 7 * * ? *)", LocalCloudError),
        ("cron(0 9-7 * * ? *)", LocalCloudError),
        ("cron(0/0 7 * * ? *)", LocalCloudError),
        ("rate(0 minutes)", LocalCloudError),
        ("rate(5 weeks)", LocalCloudError),
        ("at(tomorrow)", LocalCloudError),
        ("every day", LocalCloudError),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(
    expression: str, error: type[Exception]
) -> None:
    """At the start, not when it would be due."""
    with pytest.raises(error, match="stack/Schedule"):
        parse_schedule(expression, ROME, "stack/Schedule")


def test_an_unknown_time_zone_is_an_error() -> None:
    """It is named."""
    with pytest.raises(LocalCloudError, match="Europe/Atlantis"):
        parse_schedule("cron(0 7 * * ? *)", "Europe/Atlantis", "x")
