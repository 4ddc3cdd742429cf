"""Metrics as CloudWatch would get them, from functions' logs (EMF) and from PutMetricData.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from local_cloud.account import METRICS_PATH
from local_cloud.aws_server import AwsServer
from local_cloud.json_value import Json

_READ_S: Final = 30


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

    def __init__(self, aws: AwsServer) -> None:
        self._aws = aws
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
        return logged + self._put()

    def _put(self) -> list[MetricDatum]:
        url = self._aws.endpoint_url + METRICS_PATH
        with urllib.request.urlopen(url, timeout=_READ_S) as answer:  # noqa: S310 - our own server
            return [
                MetricDatum(**datum | {"values": tuple(datum["values"])})
                for datum in json.load(answer)
            ]
