"""Counts visits per artwork and local hour."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from contracts.expressions import EXPRESSIONS
from lambdas.shared.models.counts import CountedVisit, HourCount
from lambdas.shared.museum_time import hour_key


def count_hours(
    artwork_id: str, visits: Iterable[CountedVisit], zone: ZoneInfo
) -> dict[tuple[str, str], HourCount]:
    """The counts of an artwork's visits, by ``(artwork_id, hour key)``; hours without are left out.

    A visit counts in the hour in which it began.
    """
    by_hour: dict[str, list[CountedVisit]] = defaultdict(list)
    for visit in visits:
        by_hour[hour_key(visit.detected_at, zone)].append(visit)
    return {(artwork_id, hour): _count(artwork_id, hour, by_hour[hour]) for hour in sorted(by_hour)}


def _count(artwork_id: str, hour: str, visits: list[CountedVisit]) -> HourCount:
    return HourCount(
        artwork_id=artwork_id,
        hour=hour,
        visits=len(visits),
        emotions=dict(sorted(Counter(visit.emotion for visit in visits).items())),
        dwell_ms_total=sum(visit.dwell_ms for visit in visits),
        share_sums=tuple(
            round(sum(visit.shares[expression] for visit in visits), 3)
            for expression in EXPRESSIONS
        ),
    )
