"""The demo's verdict must not overlook anything."""

from typing import Any

import pytest

from contracts.museum_toml import load_museums
from demo.camera import DEVICE_ID, CameraResult
from demo.options import REPOSITORY
from demo.outcome import Summary, latency_of, summarise
from demo.stored import Stored
from local_cloud.metrics import MetricDatum
from workload.generator import Workload, generate
from workload.options import Options

MUSEUM = load_museums(REPOSITORY / "museum.toml").museums[0]


@pytest.fixture(scope="module")
def workload() -> Workload:
    """A small workload with every kind of fault."""
    return generate(MUSEUM, Options(days=2, visits_per_day=40))


def _stored(workload: Workload, filmed: int) -> Stored:
    visits = [visit.to_dict() for visit in workload.truth.visits]
    film = [visits[0] | {"visit_id": f"film-{i}", "device_id": DEVICE_ID} for i in range(filmed)]
    return Stored(
        visits=visits + film,
        quarantined=[{"reason": "not-json"}] * workload.truth.quarantined,
    )


def _summary(workload: Workload, stored: Stored, **change: object) -> Summary:
    camera = CameraResult(expected=5, status={"still_faces_suppressed": 1})
    given: dict[str, Any] = {
        "stored": stored,
        "truth": workload.truth,
        "camera": camera,
        "still_faces": 1,
        "metrics": [],
        "dead_letters": 0,
        "report_errors": [],
        "seconds": {},
    }
    return summarise(**(given | change))


def test_a_perfect_run_has_no_failures(workload: Workload) -> None:
    """Everything that was sent is there once."""
    summary = _summary(workload, _stored(workload, 5))
    assert summary.failures == []
    assert summary.visits_expected == summary.visits_stored == 85


def test_a_lost_visit_is_a_failure(workload: Workload) -> None:
    """Whichever one it is, and even if another one makes up for the number."""
    perfect = _stored(workload, 5)
    stranger = perfect.visits[1] | {"visit_id": "stranger"}
    stored = Stored([stranger, *perfect.visits[1:]], perfect.quarantined)
    summary = _summary(workload, stored)
    assert (summary.lost, summary.duplicated) == (1, 1)
    assert len(summary.failures) == 2


@pytest.mark.parametrize("filmed", [4, 6])
def test_a_film_with_another_count_is_a_failure(workload: Workload, filmed: int) -> None:
    """The film's truth is a number, not a list of ids."""
    summary = _summary(workload, _stored(workload, filmed))
    assert summary.lost + summary.duplicated == 1
    assert summary.failures


@pytest.mark.parametrize(
    "change",
    [
        {"dead_letters": 1},
        {"report_errors": ["report of 2026-10-25: visits says 1, the truth is 2"]},
        {"still_faces": 2},
    ],
)
def test_anything_untrue_is_a_failure(workload: Workload, change: dict[str, Any]) -> None:
    """Dead letters, wrong reports and an overlooked portrait."""
    assert len(_summary(workload, _stored(workload, 5), **change).failures) == 1


def test_a_refused_message_that_is_missing_or_doubled_is_a_failure(workload: Workload) -> None:
    """Quarantine holds each exactly once."""
    perfect = _stored(workload, 5)
    for quarantined in (perfect.quarantined[1:], [*perfect.quarantined, {"reason": "x"}]):
        assert _summary(workload, Stored(perfect.visits, quarantined)).failures


def test_latency_is_given_as_median_and_95th_percentile() -> None:
    """Few values give what few values can."""
    assert latency_of([]).p50 is None
    assert (latency_of([7.0]).p50, latency_of([7.0]).p95) == (7.0, 7.0)
    hundred = latency_of([float(i) for i in range(101)])
    assert (hundred.n, hundred.p50, hundred.p95) == (101, 50.0, 95.0)


def test_a_visit_that_waited_for_the_broker_is_not_called_undisturbed(workload: Workload) -> None:
    """Neither one that ended during the outage nor one that ended just before it."""
    camera = CameraResult(
        expected=5,
        status={"still_faces_suppressed": 1},
        started_at_ms=1_000_000,
        outage_ms=(1_010_000, 1_020_000),
    )
    metrics = [
        _latency(stored_at=1_005_000, ms=3_000),  # before the outage
        _latency(stored_at=1_021_000, ms=12_000),  # ended before, stored after
        _latency(stored_at=1_022_000, ms=7_000),  # ended during
        _latency(stored_at=1_040_000, ms=4_000),  # after
        _latency(stored_at=900_000, ms=9_000),  # not the camera's
    ]
    summary = _summary(workload, _stored(workload, 5), camera=camera, metrics=metrics)
    assert summary.latency_ms.n == 4
    assert (summary.latency_ms_undisturbed.n, summary.latency_ms_undisturbed.p50) == (2, 3500.0)


def _latency(stored_at: int, ms: float) -> MetricDatum:
    return MetricDatum("SmartMuseum", "EndToEndLatency", {}, (ms,), "Milliseconds", stored_at)
