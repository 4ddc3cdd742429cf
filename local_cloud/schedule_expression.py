"""When an EventBridge schedule is due: ``cron``, ``rate`` and ``at`` expressions.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
In a zone with summer time, a local time that does not exist is skipped and one that comes twice
is due once.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_cloud.errors import LocalCloudError, UnsupportedError

_FORM: Final = re.compile(r"^(cron|rate|at)\(([^)]*)\)$")
_RATE: Final = re.compile(r"^([1-9]\d*) (minute|hour|day)s?$")
_CRON_FIELDS: Final = 6
_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199


class ScheduleExpression(Protocol):
    """Says when a schedule is due."""

    def between(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """Moments in ``[start, end)``, in order, in UTC; both limits carry a time zone."""
        ...


def parse_schedule(expression: str, timezone: str, place: str) -> ScheduleExpression:
    """Reads a schedule's expression.

    Raises:
        UnsupportedError: It uses ``L``, ``W`` or ``#``.
        LocalCloudError: It is no such expression, or the time zone is not known.
    """
    match = _FORM.match(expression)
    if match is None:
        raise LocalCloudError(f"{place}: {expression!r} is no cron(), rate() or at() expression")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LocalCloudError(f"{place}: there is no time zone {timezone!r}") from error
    if match[1] == "cron":
        return _cron(match[2], zone, place)
    if match[1] == "at":
        try:
            return At(dt.datetime.fromisoformat(match[2]), zone)
        except ValueError as error:
            raise LocalCloudError(f"{place}: {match[2]!r} is no date and time") from error
    rate = _RATE.match(match[2])
    if rate is None:
        raise LocalCloudError(f"{place}: {match[2]!r} is no rate like '15 minutes'")
    return Rate(dt.timedelta(**{f"{rate[2]}s": int(rate[1])}))


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, days, months and years that must all fit, in local time.

    Attributes:
        weekdays: 1 (Sunday) to 7 (Saturday).
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    zone: ZoneInfo

    def between(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """See ``ScheduleExpression``."""
        one_day = dt.timedelta(days=1)
        day = (start.astimezone(self.zone) - one_day).date()
        last = (end.astimezone(self.zone) + one_day).date()
        while day <= last:
            if self._fits(day):
                # Around a change of the clock, local order is not the order in UTC.
                for moment in sorted(self._moments(day)):
                    if start <= moment < end:
                        yield moment
            day += one_day

    def _fits(self, day: dt.date) -> bool:
        return (
            day.day in self.days
            and day.month in self.months
            and day.year in self.years
            and day.isoweekday() % 7 + 1 in self.weekdays
        )

    def _moments(self, day: dt.date) -> Iterator[dt.datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                moment = _in_utc(dt.datetime.combine(day, dt.time(hour, minute)), self.zone)
                if moment is not None:
                    yield moment


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from the start that is asked for."""

    period: dt.timedelta

    def between(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """See ``ScheduleExpression``."""
        moment = start.astimezone(dt.UTC)
        while moment < end:
            yield moment
            moment += self.period


@dataclass(frozen=True, slots=True)
class At:
    """Once, at a local time."""

    local: dt.datetime
    zone: ZoneInfo

    def between(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """See ``ScheduleExpression``."""
        moment = _in_utc(self.local, self.zone)
        if moment is not None and start <= moment < end:
            yield moment


def _in_utc(local: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """The first moment with this local time, or None where the clock leaps over it."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


def _cron(text: str, zone: ZoneInfo, place: str) -> Cron:
    fields = text.split()
    if len(fields) != _CRON_FIELDS:
        raise LocalCloudError(f"{place}: cron({text}) must have {_CRON_FIELDS} fields")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise LocalCloudError(
            f"{place}: in cron({text}) either the day of the month or the day of the week is ?"
        )
    read = _FieldReader(f"{place}: cron({text})", place)
    return Cron(
        minutes=read.field(fields[0], 0, 59),
        hours=read.field(fields[1], 0, 23),
        days=read.field(fields[2], 1, 31),
        months=read.field(fields[3], 1, 12, _MONTHS),
        weekdays=read.field(fields[4], 1, 7, _DAYS),
        years=read.field(fields[5], _FIRST_YEAR, _LAST_YEAR),
        zone=zone,
    )


@dataclass(frozen=True, slots=True)
class _FieldReader:
    what: str
    place: str

    def field(self, text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
        """The numbers that one field allows."""
        if re.search(r"[LW#]", re.sub("|".join(names) or "$^", "", text)):
            raise UnsupportedError(f"L, W or # in a cron expression ({text})", self.place)
        found: set[int] = set()
        for part in text.split(","):
            span, _, step = part.partition("/")
            first, last = self._span(span, low, high, names, open_ended=bool(step))
            found.update(range(first, last + 1, self._number(step, 1, high, ()) if step else 1))
        return frozenset(found)

    def _span(
        self, span: str, low: int, high: int, names: tuple[str, ...], *, open_ended: bool
    ) -> tuple[int, int]:
        if span in {"*", "?"}:
            return low, high
        start, dash, end = span.partition("-")
        first = self._number(start, low, high, names)
        if dash:
            last = self._number(end, low, high, names)
            if last < first:
                raise LocalCloudError(f"{self.what}: {span} runs backwards")
            return first, last
        return first, high if open_ended else first

    def _number(self, text: str, low: int, high: int, names: tuple[str, ...]) -> int:
        if text.upper() in names:
            return names.index(text.upper()) + 1
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise LocalCloudError(f"{self.what}: {text!r} must be a number from {low} to {high}")
        return int(text)
