"""Museum days and local hours, on nights of summer-time changes too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.museums import Museum

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_STEP_MS: Final = 900_000
"""Offsets from UTC, and the local times at which they change, are multiples of 15 minutes."""


@dataclass(frozen=True, slots=True)
class LocalHour:
    """One hour of a museum day.

    Attributes:
        key: Local hour with its UTC offset, e.g. ``14+0200``; sorts an ambiguous hour's two parts
            apart. Zones that shift by half an hour have hours of 30 minutes.
        start_ms: Its first instant, ms since 1970 UTC.
        end_ms: The instant after its last.
    """

    key: str
    start_ms: int
    end_ms: int


def to_local(ms: int, zone: ZoneInfo) -> datetime:
    """An instant as the museum's clocks show it."""
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware time, cut to the second."""
    return int(moment.timestamp()) * 1000


def museum_day(ms: int, zone: ZoneInfo) -> date:
    """The calendar day in the museum's zone."""
    return to_local(ms, zone).date()


def hour_key(ms: int, zone: ZoneInfo) -> str:
    """The local hour with its UTC offset: ``02+0200`` and ``02+0100`` when the hour comes twice."""
    return to_local(ms, zone).strftime("%H%z")


def day_start_ms(day: date, zone: ZoneInfo) -> int:
    """The first instant of a museum day.

    Where summer time skips midnight, ``fold=0`` reads it with the offset before the change, which
    is the instant of the change (PEP 495).
    """
    return to_ms(datetime.combine(day, time.min, zone))


def day_end_ms(day: date, zone: ZoneInfo) -> int:
    """The first instant after a museum day."""
    return day_start_ms(day + timedelta(days=1), zone)


def local_noon_ms(day: date, zone: ZoneInfo) -> int:
    """Noon of a museum day."""
    return to_ms(datetime.combine(day, time(12), zone))


def hours_of(day: date, zone: ZoneInfo) -> list[LocalHour]:
    """The hours of a museum day in order: 24, or one fewer or more when the clocks change."""
    hours: list[LocalHour] = []
    for start in range(day_start_ms(day, zone), day_end_ms(day, zone), _STEP_MS):
        key = hour_key(start, zone)
        if hours and hours[-1].key == key:
            hours[-1] = LocalHour(key, hours[-1].start_ms, start + _STEP_MS)
        else:
            hours.append(LocalHour(key, start, start + _STEP_MS))
    return hours


def hour_label(key: str, day: date, zone: ZoneInfo) -> str:
    """An hour for readers, e.g. ``14:00 to 15:00``; one that comes twice says which one it is."""
    hour = int(key[:2])
    label = f"{hour:02}:00 to {(hour + 1) % 24:02}:00"
    twins = [one.key for one in hours_of(day, zone) if one.key[:2] == key[:2]]
    if len(twins) == 1:
        return label
    which = "before" if twins[0] == key else "after"
    return f"{label}, {which} the clocks changed"


def open_spans(museum: Museum, day: date) -> Iterator[tuple[int, int]]:
    """The instants ``[start, end)`` at which the museum is open by that day's opening hours."""
    hours = museum.opening_hours.on(day)
    if hours is None:
        return
    opens, closes = hours
    last_day = day if closes > opens else day + timedelta(days=1)
    start = to_ms(datetime.combine(day, opens, museum.zone))
    yield start, to_ms(datetime.combine(last_day, closes, museum.zone))


def is_open_within(museum: Museum, start_ms: int, end_ms: int) -> bool:
    """Whether the museum is open at any instant of ``[start_ms, end_ms)``, long nights included."""
    first = museum_day(start_ms, museum.zone) - timedelta(days=1)
    last = museum_day(end_ms, museum.zone)
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return any(
        start < end_ms and start_ms < end for day in days for start, end in open_spans(museum, day)
    )
