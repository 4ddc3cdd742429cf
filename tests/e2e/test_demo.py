"""The demo's own code, with a small workload: camera to curator, with the plug pulled."""

import json
from pathlib import Path

import pytest

from demo.options import Options
from demo.steps import run_demo

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_nothing_is_lost_or_doubled_from_camera_to_curator(tmp_path: Path) -> None:
    """Every visit arrives once, refused ones are in quarantine, and the reports are true."""
    out = tmp_path / "demo"

    summary = run_demo(Options(out=out, days=2, visits_per_day=150.0, seed=11))

    assert summary.failures == []
    assert summary.visits_stored == summary.visits_expected == 2 * 150 + 5
    assert summary.malformed_quarantined == summary.malformed_sent > 0
    assert summary.duplicates_sent > 0
    assert summary.film["broker_kills"] == 1
    assert summary.film["edge_kills"] == 1
    assert summary.latency_ms.n == 5
    assert summary.stages_ms["detect"] > 0
    written = json.loads((out / "summary.json").read_text("utf-8"))
    assert written["lost"] == written["duplicated"] == 0
    for name in ("report.txt", "report.json", "metrics.json", "visits.csv", "annotated.mp4"):
        assert (out / name).stat().st_size > 0, name

    edge_wrote = {f.name.split(".")[0] for f in (out / "edge").iterdir()}
    assert edge_wrote <= {"edge", "outbox"}, "the edge keeps its log and outbox, and no picture"
