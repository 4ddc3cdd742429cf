"""The true counts of one museum day, added up from its hours. Not for publication."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from contracts.expressions import Expression
from contracts.museums import Museum
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import hours_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtworkCounts:
    """One artwork's day.

    Attributes:
        visits: Number of visits.
        emotions: Number of visits per expression; every expression is there.
        dwell_ms_total: Sum of their dwell times, ms.
    """

    visits: int
    emotions: Mapping[Expression, int]
    dwell_ms_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """One museum's day.

    Attributes:
        day: The museum day.
        artworks: By artwork id: those of ``museum.toml`` in its order, then others with counts.
        hours: Number of visits by hour key, every hour of the day in order.
    """

    day: date
    artworks: Mapping[str, ArtworkCounts]
    hours: Mapping[str, int]

    @property
    def visits(self) -> int:
        """Number of visits of the day."""
        return sum(self.hours.values())

    @property
    def dwell_ms_total(self) -> int:
        """Sum of all dwell times, ms."""
        return sum(artwork.dwell_ms_total for artwork in self.artworks.values())


def count_day(museum: Museum, day: date, hours: Iterable[HourCount]) -> DayCounts:
    """Adds up a museum day's hours."""
    visits: Counter[str] = Counter()
    dwell: Counter[str] = Counter()
    per_hour: Counter[str] = Counter()
    emotions: dict[str, Counter[Expression]] = {a.id: Counter() for a in museum.artworks}
    for hour in hours:
        visits[hour.artwork_id] += hour.visits
        dwell[hour.artwork_id] += hour.dwell_ms_total
        per_hour[hour.hour] += hour.visits
        emotions.setdefault(hour.artwork_id, Counter()).update(hour.emotions)
    keys = [one.key for one in hours_of(day, museum.zone)]
    keys += sorted(per_hour.keys() - set(keys))  # counted before the museum's zone was corrected
    return DayCounts(
        day=day,
        artworks={
            artwork_id: ArtworkCounts(
                visits=visits[artwork_id],
                emotions={expression: counts[expression] for expression in Expression},
                dwell_ms_total=dwell[artwork_id],
            )
            for artwork_id, counts in emotions.items()
        },
        hours={key: per_hour[key] for key in keys},
    )
