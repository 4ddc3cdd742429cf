"""How many custom metrics a museum has, and in how many hours of a month each is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.expressions import Expression
from contracts.metrics import DIMENSIONS, Dimension, Metric, Sent
from contracts.museums import Museum
from costs.hours import open_hours
from costs.shape import MONTH_DAYS

HOURS: Final = 24 * MONTH_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Metrics of one name: how many there are, and the hours of a month in which one is sent."""

    metric: Metric
    count: int
    hours: float

    @property
    def months(self) -> float:
        """Metric-months, as CloudWatch bills them: by the hours in which a metric is sent."""
        return self.count * self.hours / HOURS


def series_of(museum: Museum) -> Iterator[Series]:
    """Every custom metric that carries the museum's name."""
    hours = {
        Sent.ONCE_A_DAY: float(MONTH_DAYS),
        Sent.WHILE_OPEN: open_hours(museum),
        Sent.RARELY: 0.1 * MONTH_DAYS,
    }
    sizes = {
        Dimension.MUSEUM: 1,
        Dimension.ARTWORK: len(museum.artworks),
        Dimension.EMOTION: len(Expression),
    }
    for metric, (dimensions, sent) in DIMENSIONS.items():
        if dimensions:
            count = 1
            for dimension in dimensions:
                count *= sizes[dimension]
            yield Series(metric=metric, count=count, hours=hours[sent])
