"""Tells curators at once where many visits show negative expressions, or where a crowd is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.metrics import Dimension, Metric
from contracts.museums import Museum, MuseumConfig
from lambdas.shared.models.alerts import AlertKind, AlertMarker, StandingAlert
from lambdas.shared.models.counts import CountedVisit
from lambdas.shared.museum_time import is_open_within, museum_day
from lambdas.shared.ports import AlertMarkers, Log, Metrics, Notifier, Unit, VisitReader
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.watch_expressions.watches import Found, Level, Watch, watches_of

MINUTE_MS: Final = 60_000

_Standing = Mapping[tuple[AlertKind, str], StandingAlert]
_Visits = Mapping[str, Sequence[CountedVisit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchExpressions:
    """Looks at the visits of the latest windows, artwork by artwork.

    An alert that goes off stands until a later window shows that it is over; only then, and only
    for a window that does not overlap the one that was told of, it can go off again.
    """

    config: MuseumConfig
    visits: VisitReader
    alerts: AlertMarkers
    notifier: Notifier
    metrics: Metrics
    log: Log

    def run(self, run: ScheduledRun) -> None:
        """One run for one museum; outside its opening hours it asks no service for anything."""
        museum, end_ms = run.museum, run.scheduled_ms
        watches = watches_of(museum, self.config.privacy.small_cell)
        start_ms = end_ms - max(one.window_minutes for one in watches) * MINUTE_MS
        if not is_open_within(museum, start_ms, end_ms):
            self.log.info("closed", museum=museum.id)
            return
        visits = self._visits(museum, start_ms, end_ms)
        standing = {(one.kind, one.artwork_id): one for one in self.alerts.standing(museum.id)}
        told = sum(self._watch(one, museum, end_ms, visits, standing) for one in watches)
        self.log.info("watched", museum=museum.id, alerts=told)

    def _visits(self, museum: Museum, start_ms: int, end_ms: int) -> _Visits:
        days = sorted({museum_day(ms, museum.zone) for ms in (start_ms, end_ms - 1)})
        artwork_ids = [artwork.id for artwork in museum.artworks]
        by_day = [  # one day, or more around midnight
            self.visits.between(museum.id, artwork_ids, day, start_ms, end_ms) for day in days
        ]
        return {one: [visit for found in by_day for visit in found[one]] for one in artwork_ids}

    def _watch(
        self, watch: Watch, museum: Museum, end_ms: int, visits: _Visits, standing: _Standing
    ) -> int:
        """One kind of alert at all artworks; says of how many the curators are told."""
        start_ms = end_ms - watch.window_minutes * MINUTE_MS
        claimed: list[tuple[AlertMarker, Found]] = []
        for artwork in museum.artworks:
            seen = [one for one in visits[artwork.id] if one.detected_at >= start_ms]
            level, alert = watch.level(seen), standing.get((watch.kind, artwork.id))
            # A run that comes after a later one must not end what that one found.
            if level is Level.LOW and alert is not None and alert.window_end < end_ms:
                self.alerts.clear(museum.id, alert)
            if level is not Level.HIGH or (alert is not None and alert.sent):
                continue
            marker = AlertMarker(
                museum_id=museum.id,
                artwork_id=artwork.id,
                kind=watch.kind,
                window_start=start_ms,
                window_end=end_ms,
            )
            if self.alerts.claim(marker):
                claimed.append((marker, (artwork, seen)))
        if claimed:
            found = [one for _, one in claimed]
            subject, body = watch.letter(museum, found, start_ms, end_ms)
            artworks = " ".join(artwork.id for artwork, _ in found)
            key = f"{watch.kind.value} {end_ms} {artworks}"
            self.notifier.send(museum.id, subject, body, key=key)
            self.alerts.confirm([marker for marker, _ in claimed])
            dimensions = {Dimension.MUSEUM.value: museum.id}
            self.metrics.put(Metric.ALERTS_SENT, [len(claimed)], Unit.COUNT, dimensions)
        return len(claimed)
