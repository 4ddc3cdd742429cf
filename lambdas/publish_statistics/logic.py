"""Publishes a day's numbers as metrics."""

from dataclasses import dataclass

from contracts.metrics import Dimension, Metric
from contracts.museums import MuseumConfig
from lambdas.shared.day_counts import count_day
from lambdas.shared.museum_time import local_noon_ms
from lambdas.shared.ports import Log, Metrics, RollupReader, Unit
from lambdas.shared.published_day import publish_day
from lambdas.shared.schedule_event import ScheduledRun


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStatistics:
    """Yesterday's expressions per artwork and its busiest hour.

    A hidden number has no datum at all. Data carry the time of the museum day's noon, so that a
    graph by day shows them on their day; CloudWatch takes data up to two weeks old. Publishing a
    day twice puts the same values twice, which graphs of the maximum do not show. Late visits that
    change a day afterwards are in its corrected report, not here: a second value would stand
    beside the first, and CloudWatch cannot take the first back.
    """

    config: MuseumConfig
    rollups: RollupReader
    metrics: Metrics
    log: Log

    def run(self, run: ScheduledRun) -> None:
        """One daily run for one museum."""
        museum, day = run.museum, run.yesterday
        counts = count_day(museum, day, self.rollups.of_day(museum.id, day))
        published = publish_day(counts, self.config.privacy.small_cell)
        data = [
            (
                Metric.EMOTION_COUNT_PER_ARTWORK,
                count,
                {Dimension.ARTWORK.value: artwork_id, Dimension.EMOTION.value: expression.label},
            )
            for artwork_id, artwork in published.artworks.items()
            for expression, count in artwork.expressions.items()
            if isinstance(count, int)
        ]
        if published.busiest is not None:
            data.append((Metric.BUSIEST_HOUR_COUNT, published.busiest.visits, {}))
        at_ms = local_noon_ms(day, museum.zone)
        for metric, count, further in data:
            dimensions = {Dimension.MUSEUM.value: museum.id, **further}
            self.metrics.put(metric, [count], Unit.COUNT, dimensions, at_ms=at_ms)
        self.log.info("published", museum=museum.id, day=day.isoformat(), data=len(data))
