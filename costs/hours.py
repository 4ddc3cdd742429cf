"""How long a museum is open in the estimate's month."""

from datetime import date, datetime, timedelta

from contracts.museums import Museum
from costs.shape import MONTH_DAYS

_FIRST = date(2026, 6, 1)


def open_days(museum: Museum) -> int:
    """Days of the month on which it opens."""
    return sum(museum.opening_hours.on(day) is not None for day in _days())


def open_hours(museum: Museum) -> float:
    """Hours of the month in which it is open."""
    total = timedelta()
    for day in _days():
        hours = museum.opening_hours.on(day)
        if hours is not None:
            opens, closes = (datetime.combine(day, at) for at in hours)
            total += closes - opens if closes > opens else closes + timedelta(days=1) - opens
    return total.total_seconds() / 3600


def _days() -> list[date]:
    return [_FIRST + timedelta(days=i) for i in range(MONTH_DAYS)]
