"""Metrics as CloudWatch would get them, from functions' logs (EMF) and from PutMetricData.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from moto.cloudwatch import models as moto_cloudwatch
from moto.cloudwatch.models import cloudwatch_backends

from local_cloud.aws_server import ACCOUNT, REGION
from local_cloud.json_value import Json


@dataclass(frozen=True, slots=True)
class MetricDatum:
    """Values of one metric with one set of dimensions.

    Attributes:
        timestamp_ms: Milliseconds since 1970 UTC.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    values: tuple[float, ...]
    unit: str
    timestamp_ms: int

    def as_dict(self) -> dict[str, Json]:
        """For ``json.dump``."""
        return asdict(self) | {"dimensions": dict(self.dimensions), "values": list(self.values)}


def read_emf(line: str) -> list[MetricDatum]:
    """The metrics in one line of a log; none where the line is not in the embedded format."""
    if '"_aws"' not in line:
        return []
    try:
        record = json.loads(line)
    except ValueError:
        return []
    meta = record.get("_aws") if isinstance(record, dict) else None
    if not isinstance(meta, dict) or "CloudWatchMetrics" not in meta:
        return []
    return list(_directives(record, meta))


def _directives(record: Mapping[str, Json], meta: Mapping[str, Json]) -> Iterator[MetricDatum]:
    for directive in meta["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(record[name]) for name in names}
            for metric in directive["Metrics"]:
                value = record.get(metric["Name"])
                if value is None:
                    continue
                yield MetricDatum(
                    namespace=directive["Namespace"],
                    name=metric["Name"],
                    dimensions=dimensions,
                    values=tuple(map(float, value if isinstance(value, list) else [value])),
                    unit=metric.get("Unit", "None"),
                    timestamp_ms=int(meta["Timestamp"]),
                )


class MetricLog:
    """Collects metrics from functions' log lines and from moto's CloudWatch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._data: list[MetricDatum] = []

    def read_line(self, line: str) -> None:
        """Takes one line of a function's log."""
        found = read_emf(line)
        if found:
            with self._lock:
                self._data += found

    def all(self) -> list[MetricDatum]:
        """What logs held, then what PutMetricData put."""
        with self._lock:
            logged = list(self._data)
        return logged + _put_to_moto()


def _put_to_moto() -> list[MetricDatum]:
    backend = cloudwatch_backends[ACCOUNT][REGION]
    return [
        MetricDatum(
            namespace=datum.namespace,
            name=datum.name,
            dimensions={str(d.name): str(d.value) for d in datum.dimensions},
            values=(float(datum.value),),
            unit=datum.unit or "None",
            timestamp_ms=int(datum.timestamp.timestamp() * 1000),
        )
        for datum in backend.metric_data
        if isinstance(datum, moto_cloudwatch.MetricDatum)
    ]
