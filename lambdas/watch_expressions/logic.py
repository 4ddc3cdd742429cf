"""Tells curators at once where many visits show negative expressions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.expressions import Sentiment, sentiment_of
from contracts.metrics import Dimension, Metric
from contracts.museums import Museum, MuseumConfig
from lambdas.shared.models import AlertMarker
from lambdas.shared.museum_time import is_open_within, museum_day
from lambdas.shared.ports import AlertMarkers, Log, Metrics, Notifier, Unit, VisitReader
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.shared.suppression import protect_part
from lambdas.watch_expressions.mail import Finding, alert_body, alert_subject

MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchExpressions:
    """Looks at the visits of the latest window, artwork by artwork.

    An alert says that many visits were negative, so it is a published number itself: none is sent
    on fewer than k negative visits.
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
        start_ms = end_ms - museum.expression_alert.window_minutes * MINUTE_MS
        if not is_open_within(museum, start_ms, end_ms):
            self.log.info("closed", museum=museum.id)
            return
        claimed: list[tuple[AlertMarker, Finding]] = []
        for finding in self._findings(museum, start_ms, end_ms):
            marker = AlertMarker(
                museum_id=museum.id,
                artwork_id=finding.artwork.id,
                window_start=start_ms,
                window_end=end_ms,
            )
            if self.alerts.claim(marker):
                claimed.append((marker, finding))
        self.log.info("watched", museum=museum.id, alerts=len(claimed))
        if not claimed:
            return
        findings = [finding for _, finding in claimed]
        body = alert_body(museum, findings, start_ms, end_ms, self.config.privacy.small_cell)
        artworks = " ".join(finding.artwork.id for finding in findings)
        key = f"alert {end_ms} {artworks}"
        self.notifier.send(museum.id, alert_subject(museum, findings), body, key=key)
        self.alerts.confirm([marker for marker, _ in claimed])
        self.metrics.put(
            Metric.ALERTS_SENT, [len(claimed)], Unit.COUNT, {Dimension.MUSEUM.value: museum.id}
        )

    def _findings(self, museum: Museum, start_ms: int, end_ms: int) -> Iterator[Finding]:
        rule, k = museum.expression_alert, self.config.privacy.small_cell
        days = sorted({museum_day(ms, museum.zone) for ms in (start_ms, end_ms - 1)})
        artwork_ids = [artwork.id for artwork in museum.artworks]
        by_day = [  # one day, or more around midnight
            self.visits.between(museum.id, artwork_ids, day, start_ms, end_ms) for day in days
        ]
        for artwork in museum.artworks:
            visits = [visit for found in by_day for visit in found[artwork.id]]
            negative = sum(sentiment_of(one.emotion) is Sentiment.NEGATIVE for one in visits)
            enough = len(visits) >= rule.minimum_visits and negative >= k
            if enough and negative >= rule.negative_share * len(visits):
                part, whole = protect_part(negative, len(visits), k)
                yield Finding(artwork=artwork, negative=part, visits=whole)
