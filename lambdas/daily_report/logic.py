"""Writes yesterday's report, corrects earlier ones, and mails it once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.metrics import Dimension, Metric
from contracts.museums import Museum, MuseumConfig
from lambdas.daily_report.as_json import to_json
from lambdas.daily_report.as_text import subject, to_text
from lambdas.daily_report.report import LateVisits, Report, build_report
from lambdas.shared.day_counts import DayCounts, count_day
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.ports import (
    Log,
    Metrics,
    Notifier,
    RecountLog,
    ReportMarkers,
    ReportStore,
    RollupReader,
    Unit,
)
from lambdas.shared.published_day import publish_day
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.shared.suppression import Hidden

MOST_CORRECTIONS: Final = 60
"""Reports corrected in one run; the markers of one run are written in one transaction of 100."""
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Correction:
    """An earlier day whose numbers changed after its report."""

    marker: ReportMarker
    counts: DayCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The daily e-mail, and the reports that are kept.

    Reports are written before the e-mail, the markers after it: a run that dies before its markers
    is repeated whole, a run that is repeated after them does nothing. The e-mail of such a
    repetition has the same key, so that only one is sent.
    """

    config: MuseumConfig
    rollups: RollupReader
    recounts: RecountLog
    markers: ReportMarkers
    store: ReportStore
    notifier: Notifier
    metrics: Metrics
    log: Log
    clock: Callable[[], int]

    def run(self, run: ScheduledRun) -> None:
        """One daily run for one museum."""
        museum, day = run.museum, run.yesterday
        if self.markers.get(museum.id, day) is not None:
            self.log.info("already_mailed", museum=museum.id, day=day.isoformat())
            return
        read_at = self.clock()  # before reading: what is recounted from now on is corrected later
        counts = self._counts(museum, day)
        corrections = self._corrections(museum, day)
        late = tuple(self._late_visits(one) for one in corrections if _more(one) > 0)
        report = self._write(museum, counts, late)
        for one in corrections:
            if _more(one) != 0:
                self._write(museum, one.counts, ())
        key = f"report {day.isoformat()}"
        self.notifier.send(museum.id, subject(report), to_text(report), key=key)
        mailed_at = self.clock()
        markers = [
            ReportMarker(
                day=one.counts.day,
                visits=one.counts.visits,
                read_at=read_at,
                mailed_at=one.marker.mailed_at,
            )
            for one in corrections
        ]
        markers.append(
            ReportMarker(day=day, visits=counts.visits, read_at=read_at, mailed_at=mailed_at)
        )
        self.markers.put(museum.id, markers)
        self.metrics.put(Metric.REPORTS_SENT, [1], Unit.COUNT, {Dimension.MUSEUM.value: museum.id})
        self.log.info("mailed", museum=museum.id, day=day.isoformat(), corrected=len(late))

    def _counts(self, museum: Museum, day: date) -> DayCounts:
        return count_day(museum, day, self.rollups.of_day(museum.id, day))

    def _corrections(self, museum: Museum, day: date) -> list[_Correction]:
        """Earlier days that were counted again since their numbers were read for a report."""
        earliest = day - timedelta(days=self.config.privacy.visit_retention_days + 1)
        recounted = self.recounts.since(museum.id, earliest)
        outdated = [
            marker
            for marker in self.markers.since(museum.id, earliest)
            if marker.day < day and recounted.get(marker.day, -1) >= marker.read_at
        ]
        return [
            _Correction(marker, self._counts(museum, marker.day))
            for marker in outdated[:MOST_CORRECTIONS]
        ]

    def _late_visits(self, one: _Correction) -> LateVisits:
        """A number below k is hidden, and with it the total, from which the mailed one is known."""
        k = self.config.privacy.small_cell
        more = _more(one)
        if more < k:
            return LateVisits(one.counts.day, Hidden(k), Hidden(k))
        return LateVisits(one.counts.day, more, publish_day(one.counts, k).museum.visits)

    def _write(self, museum: Museum, counts: DayCounts, late: tuple[LateVisits, ...]) -> Report:
        report = build_report(
            museum,
            self.config.privacy.small_cell,
            counts,
            day_before=self._counts(museum, counts.day - _DAY),
            week_before=self._counts(museum, counts.day - _WEEK),
            late=late,
        )
        self.store.put(museum.id, counts.day, data=to_json(report), text=to_text(report))
        return report


def _more(one: _Correction) -> int:
    return one.counts.visits - one.marker.visits
