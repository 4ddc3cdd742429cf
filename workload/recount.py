"""A straight recount of true visits, to hold reports against; shares no code with the functions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from contracts.expressions import Expression
from contracts.museums import Museum
from contracts.visit import Visit


@dataclass(slots=True)
class Recount:
    """One museum day's numbers.

    Attributes:
        day: The museum day.
        visits: All visits that were detected on it.
        by_artwork: Visits per artwork id.
        by_hour: Visits per hour of the local clock with its UTC offset, as ``14+0200``; the
            repeated hour of an autumn night has two.
        by_expression: Visits per expression.
        by_artwork_hour: Visits per artwork and such hour.
        by_artwork_expression: Visits per artwork and expression.
        dwell_ms: Summed dwell per artwork, ms.
    """

    day: date
    visits: int = 0
    by_artwork: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[str] = field(default_factory=Counter)
    by_expression: Counter[Expression] = field(default_factory=Counter)
    by_artwork_hour: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_artwork_expression: Counter[tuple[str, Expression]] = field(default_factory=Counter)
    dwell_ms: Counter[str] = field(default_factory=Counter)


def museum_day(visit: Visit, museum: Museum) -> date:
    """The museum day on which a visit was detected."""
    return _local(visit, museum).date()


def recount(visits: Iterable[Visit], museum: Museum, day: date) -> Recount:
    """Counts the visits that were detected on a museum day."""
    count = Recount(day)
    for visit in visits:
        local = _local(visit, museum)
        if local.date() != day:
            continue
        hour = local.strftime("%H%z")
        count.visits += 1
        count.by_artwork[visit.artwork_id] += 1
        count.by_hour[hour] += 1
        count.by_expression[visit.emotion_id] += 1
        count.by_artwork_hour[visit.artwork_id, hour] += 1
        count.by_artwork_expression[visit.artwork_id, visit.emotion_id] += 1
        count.dwell_ms[visit.artwork_id] += visit.dwell_ms
    return count


def _local(visit: Visit, museum: Museum) -> datetime:
    return datetime.fromtimestamp(visit.detected_at / 1000, UTC).astimezone(museum.zone)
