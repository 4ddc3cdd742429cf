"""Metrics as CloudWatch's embedded metric format on standard output.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.metrics import NAMESPACE, Metric
from lambdas.shared.clock import now_ms
from lambdas.shared.ports import Unit

_MOST_VALUES: Final = 100
"""The format takes no longer arrays."""


class EmfMetrics:
    """``Metrics`` (see ports): one log line per hundred values."""

    def put(
        self,
        metric: Metric,
        values: Sequence[float],
        unit: Unit,
        dimensions: Mapping[str, str],
        *,
        at_ms: int | None = None,
    ) -> None:
        """Prints the values; more than a hundred become several lines."""
        described = {
            "Timestamp": now_ms() if at_ms is None else at_ms,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": metric.value, "Unit": unit.value}],
                }
            ],
        }
        for start in range(0, len(values), _MOST_VALUES):
            part = [float(value) for value in values[start : start + _MOST_VALUES]]
            line = {"_aws": described, **dimensions, metric.value: part}
            print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201  # the format's way
