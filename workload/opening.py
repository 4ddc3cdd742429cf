"""When a museum is open, in UTC, and when its clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.museums import Museum

_LOOK_BACK_DAYS: Final = 400
"""Zones with summer time change their clocks at least once in that time."""
_DAYS_AFTER_CHANGE: Final = 6
_OF_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Span:
    """One opening of the museum, UTC; ``day`` is the museum day on which it opens."""

    day: date
    start: datetime
    end: datetime


def openings(museum: Museum, first: date, days: int) -> list[Span]:
    """Opening spans that begin on the ``days`` museum days from ``first`` on.

    A long night keeps to the clock on the wall: it is an hour longer or shorter when clocks change.
    """
    spans = []
    for day in (first + timedelta(days=i) for i in range(days)):
        hours = museum.opening_hours.on(day)
        if hours is None:
            continue
        opens, closes = hours
        last = day if closes > opens else day + timedelta(days=1)
        start = datetime.combine(day, opens, museum.zone).astimezone(UTC)
        end = datetime.combine(last, closes, museum.zone).astimezone(UTC)
        spans.append(Span(day, start, end))
    return spans


def latest_change(zone: ZoneInfo, before: datetime) -> datetime | None:
    """The latest change of the zone's UTC offset before a moment, UTC to the second; None if none.

    Changes of the last 400 days are looked for.
    """
    later = before.astimezone(UTC).replace(microsecond=0)
    for _ in range(_LOOK_BACK_DAYS):
        earlier = later - timedelta(days=1)
        if _offset(zone, earlier) != _offset(zone, later):
            return _between(zone, earlier, later)
        later = earlier
    return None


def usual_end(museum: Museum, days: int, now: datetime) -> date:
    """The day after the last one, so that the latest clock change is among the ``days``.

    A fortnight has eight days before the change's day and five after it. No day lies in the
    future; without a change in the past 400 days the last day is yesterday.
    """
    today = now.astimezone(museum.zone).date()
    change = latest_change(museum.zone, now)
    if change is None:
        return today
    after = max(1, round(days * _DAYS_AFTER_CHANGE / _OF_DAYS))
    return min(today, change.astimezone(museum.zone).date() + timedelta(days=after))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _between(zone: ZoneInfo, earlier: datetime, later: datetime) -> datetime:
    """The first second with the later offset."""
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=2))
        if _offset(zone, middle) == _offset(zone, later):
            later = middle
        else:
            earlier = middle
    return later
