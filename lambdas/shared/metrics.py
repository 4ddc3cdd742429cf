"""Metrics as CloudWatch's embedded metric format on standard output."""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from contracts.metrics import NAMESPACE, Metric
from lambdas.shared.ports import Unit

_NO_SERVICE: Final = ""
"""Keeps Powertools from adding its ``service`` dimension: it would name another metric."""


class EmfMetrics:
    """``Metrics`` (see ports) through Powertools, one log line per set of dimensions."""

    def put(
        self,
        metric: Metric,
        values: Sequence[float],
        unit: Unit,
        dimensions: Mapping[str, str],
        *,
        at_ms: int | None = None,
    ) -> None:
        """Prints the values; more than a hundred become several lines, as the format wants."""
        if not values:
            return
        provider = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service=_NO_SERVICE)
        for name, value in dimensions.items():
            provider.add_dimension(name, value)
        if at_ms is not None:
            provider.set_timestamp(at_ms)
        for one in values:
            provider.add_metric(name=metric.value, unit=unit.value, value=one)
        if provider.metric_set:  # empty where the hundredth value has just been printed
            provider.flush_metrics()
