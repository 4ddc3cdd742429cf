"""Whether hours of the week hold at a moment: long nights and changes of the clocks included."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.museums import OpeningHours


def holds(hours: OpeningHours, zone: ZoneInfo, now_ms: int) -> bool:
    """Whether ``now_ms`` (ms since 1970 UTC) lies within that day's hours or the last night's.

    Hours keep to the clock on the wall. A time that a night of summer time skips counts as if the
    clocks had not changed yet; of a time that comes twice the first one is meant, so that a camera
    closes rather too early.
    """
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    return any(_covers(hours, day, zone, now_ms) for day in (today - timedelta(days=1), today))


def _covers(hours: OpeningHours, day: date, zone: ZoneInfo, now_ms: int) -> bool:
    span = hours.on(day)
    if span is None:
        return False
    opens, closes = span
    last = day if closes > opens else day + timedelta(days=1)
    start = datetime.combine(day, opens, zone).timestamp()
    end = datetime.combine(last, closes, zone).timestamp()
    return start * 1000 <= now_ms < end * 1000
