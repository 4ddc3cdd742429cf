"""A log and metrics that are kept in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.metrics import Metric
from lambdas.shared.ports import Unit


@dataclass(frozen=True)
class LogLine:
    """One structured line."""

    event: str
    facts: dict[str, Any]


@dataclass
class InMemoryLog:
    """``Log`` in memory."""

    lines: list[LogLine] = field(default_factory=list)

    def info(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # as the port
        """Keeps the line."""
        self.lines.append(LogLine(event, facts))

    def warning(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # as the port
        """Keeps the line."""
        self.lines.append(LogLine(event, facts))

    def events(self) -> list[str]:
        """The events in order."""
        return [line.event for line in self.lines]


@dataclass(frozen=True)
class Datum:
    """What one ``put`` published."""

    metric: Metric
    values: tuple[float, ...]
    unit: Unit
    dimensions: dict[str, str]
    at_ms: int | None


@dataclass
class InMemoryMetrics:
    """``Metrics`` in memory."""

    data: list[Datum] = field(default_factory=list)

    def put(
        self,
        metric: Metric,
        values: Sequence[float],
        unit: Unit,
        dimensions: Mapping[str, str],
        *,
        at_ms: int | None = None,
    ) -> None:
        """Keeps the values; no values, no datum."""
        if values:
            self.data.append(Datum(metric, tuple(values), unit, dict(dimensions), at_ms))

    def of(self, metric: Metric) -> list[Datum]:
        """The data of one metric."""
        return [datum for datum in self.data if datum.metric is metric]

    def values(self, metric: Metric) -> list[float]:
        """All values of one metric."""
        return [value for datum in self.of(metric) for value in datum.values]
