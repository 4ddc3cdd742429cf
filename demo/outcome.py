"""What the demo saw, held against what is known: the summary and its verdict."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.metrics import Metric
from demo.camera import DEVICE_ID, CameraResult
from demo.stored import Stored
from local_cloud.metrics import MetricDatum
from workload.generator import Truth


@dataclass(frozen=True, slots=True)
class Latency:
    """Time from a visit's end to its storing.

    Attributes:
        n: How many visits.
        p50: Median, ms; None without visits.
        p95: 95th percentile (inclusive method), ms; None without visits.
    """

    n: int
    p50: float | None
    p95: float | None


def latency_of(values: Sequence[float]) -> Latency:
    """Percentiles of latencies in ms."""
    if not values:
        return Latency(0, None, None)
    if len(values) == 1:
        return Latency(1, round(values[0], 1), round(values[0], 1))
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return Latency(len(values), round(statistics.median(values), 1), round(cuts[18], 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What ``summary.json`` holds.

    Attributes:
        visits_expected: Good visits that were sent or filmed.
        visits_stored: Visits in the table, each counted once.
        lost: Expected visits that are not there.
        duplicated: Visits that are there twice, or that nobody sent.
        malformed_sent: Bad visits and messages that were sent.
        malformed_quarantined: Refused records in the quarantine bucket.
        quarantine_reasons: Reason → records.
        duplicates_sent: Visits that were sent a second time on purpose.
        delivered_late: Visits that a Pi without network held back.
        dead_letters: Messages that ended in a dead-letter queue.
        report_errors: Differences between reports and a straight recount of the truth.
        film: The camera step: expected and stored visits, still faces, kills.
        latency_ms: Camera to stored, over all visits of the camera step.
        latency_ms_undisturbed: The same over those that no outage of the broker held up.
        frames_per_s: The edge process's last figure.
        stages_ms: Median time per stage of the edge process's last figure.
        seconds: Wall time of each step of the demo.
    """

    visits_expected: int
    visits_stored: int
    lost: int
    duplicated: int
    malformed_sent: int
    malformed_quarantined: int
    quarantine_reasons: Mapping[str, int]
    duplicates_sent: int
    delivered_late: int
    dead_letters: int
    report_errors: Sequence[str]
    film: Mapping[str, Any]
    latency_ms: Latency
    latency_ms_undisturbed: Latency
    frames_per_s: float
    stages_ms: Mapping[str, float]
    seconds: Mapping[str, float]

    @property
    def failures(self) -> list[str]:
        """What is wrong, in plain English; empty when all is well."""
        checks = [
            (self.visits_stored == self.visits_expected, "stored visits differ from expected ones"),
            (self.lost == 0, f"{self.lost} visits are lost"),
            (self.duplicated == 0, f"{self.duplicated} visits are doubled or invented"),
            (
                self.malformed_quarantined == self.malformed_sent,
                "not every malformed message is in quarantine exactly once",
            ),
            (self.dead_letters == 0, f"{self.dead_letters} messages are dead letters"),
            (
                self.film["still_faces_suppressed"] >= self.film["still_faces_expected"],
                "the portrait on the wall was not reported as a still face",
            ),
            *((False, error) for error in self.report_errors),
        ]
        return [message for good, message in checks if not good]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"failures": self.failures}


def latencies(metrics: Iterable[MetricDatum], since_ms: int) -> list[tuple[float, float]]:
    """(moment in ms, latency in ms) of every visit that was stored after ``since_ms``."""
    return [
        (datum.timestamp_ms, value)
        for datum in metrics
        if datum.name == Metric.LATENCY and datum.timestamp_ms >= since_ms
        for value in datum.values
    ]


def summarise(
    *,
    stored: Stored,
    truth: Truth,
    camera: CameraResult,
    still_faces: int,
    metrics: Iterable[MetricDatum],
    dead_letters: int,
    report_errors: Sequence[str],
    seconds: Mapping[str, float],
) -> Summary:
    """Holds what is stored against the workload's truth and the film's."""
    filmed = {v["visit_id"] for v in stored.of_device(DEVICE_ID)}
    sent = {v.visit_id for v in truth.visits}
    ids = {v["visit_id"] for v in stored.visits}
    invented = len(ids - filmed - sent) + max(0, len(filmed) - camera.expected)
    measured = latencies(metrics, camera.started_at_ms)
    down, up = camera.outage_ms
    undisturbed = [ms for at, ms in measured if at < down or at - ms > up]
    return Summary(
        visits_expected=len(sent) + camera.expected,
        visits_stored=len(ids),
        lost=len(sent - ids) + max(0, camera.expected - len(filmed)),
        duplicated=stored.doubled + invented,
        malformed_sent=truth.quarantined,
        malformed_quarantined=len(stored.quarantined),
        quarantine_reasons=stored.reasons(),
        duplicates_sent=truth.duplicates.visits,
        delivered_late=truth.held_back,
        dead_letters=dead_letters,
        report_errors=report_errors,
        film={
            "visits_expected": camera.expected,
            "visits_stored": len(filmed),
            "still_faces_expected": still_faces,
            "still_faces_suppressed": camera.status.get("still_faces_suppressed", 0),
            "broker_kills": camera.broker_kills,
            "broker_down_s": round((up - down) / 1000, 1),
            "edge_kills": camera.edge_kills,
            "model": camera.status.get("model"),
        },
        latency_ms=latency_of([ms for _, ms in measured]),
        latency_ms_undisturbed=latency_of(undisturbed),
        frames_per_s=camera.status.get("frames_per_s", 0.0),
        stages_ms=camera.status.get("stages_ms", {}),
        seconds=seconds,
    )
