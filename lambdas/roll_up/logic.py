"""Recounts museum days: the current one, the one just ended, and those with late visits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.metrics import Dimension, Metric
from contracts.museums import Museum, MuseumConfig
from lambdas.roll_up.counting import count_hours
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import HOUR_MS, day_start_ms, is_open_within
from lambdas.shared.ports import DirtyDays, Log, Metrics, RecountLog, RollupTable, Unit, VisitReader
from lambdas.shared.retention import is_countable
from lambdas.shared.schedule_event import ScheduledRun

YESTERDAY_FOR_MS: Final = 2 * HOUR_MS
"""So long after midnight yesterday is counted again: visits may still be on their way."""
OPEN_WITHIN_MS: Final = 2 * HOUR_MS
"""A day is not counted again when the museum has been closed for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """Makes a day's counts equal to a count of the visits that are stored.

    Counts are never added to: what comes late, twice or in another order ends in the same numbers.
    """

    config: MuseumConfig
    visits: VisitReader
    rollups: RollupTable
    dirty_days: DirtyDays
    recounts: RecountLog
    metrics: Metrics
    log: Log
    clock: Callable[[], int]

    def run(self, run: ScheduledRun) -> None:
        """One hourly run for one museum."""
        museum, today = run.museum, run.today
        # Before any counting: a mark that is set later must survive this run.
        dirty = self.dirty_days.pending(museum.id)
        into_day = run.scheduled_ms - day_start_ms(today, museum.zone)
        days = {run.yesterday} if into_day < YESTERDAY_FOR_MS else set()
        if is_open_within(museum, run.scheduled_ms - OPEN_WITHIN_MS, run.scheduled_ms):
            days.add(today)  # what comes while it is closed is counted when the day is over
        days |= {one.day for one in dirty}
        recounted = [day for day in sorted(days) if self._recount(museum, day, today)]
        for one in dirty:
            if not self.dirty_days.clear(museum.id, one):
                self.log.info("marked_again", museum=museum.id, day=one.day.isoformat())
        self.metrics.put(
            Metric.DAYS_RECOMPUTED,
            # Nothing in the hours in which nothing is counted: CloudWatch bills by the hour.
            [len(recounted)] if recounted else [],
            Unit.COUNT,
            {Dimension.MUSEUM.value: museum.id},
        )

    def _recount(self, museum: Museum, day: date, today: date) -> bool:
        kept_days = self.config.privacy.visit_retention_days
        now = self.clock()
        if not is_countable(day, museum.zone, kept_days, now):
            # Some of its visits have expired: a count would be too low, the old one stays.
            self.log.warning("too_old_to_count", museum=museum.id, day=day.isoformat())
            return False
        counted: dict[tuple[str, str], HourCount] = {}
        artwork_ids = [artwork.id for artwork in museum.artworks]
        for artwork_id, visits in self.visits.of_day(museum.id, artwork_ids, day).items():
            counted |= count_hours(artwork_id, visits, museum.zone)
        # Artworks that left museum.toml keep their counts: they are not counted any more.
        known = {
            (one.artwork_id, one.hour): one
            for one in self.rollups.of_day(museum.id, day)
            if museum.artwork(one.artwork_id)
        }
        changed = [one for key, one in counted.items() if known.get(key) != one]
        gone = sorted(known.keys() - counted.keys())
        if changed or gone:
            self.rollups.change(museum.id, day, put=changed, delete=gone, computed_at=self.clock())
        if day < today:
            # Even where nothing changed: an earlier run may have died between the two writes.
            self.recounts.record(museum.id, day, self.clock())
        self.log.info(
            "recounted",
            museum=museum.id,
            day=day.isoformat(),
            changed=len(changed),
            deleted=len(gone),
        )
        return True
