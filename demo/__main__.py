"""``scripts/demo``: the whole path, camera to curator, on this machine."""

import logging
import sys
import time

from contracts.errors import ConfigError
from demo.errors import DemoError
from demo.options import Options, parse_options
from demo.outcome import Latency, Summary
from demo.screen import console, table
from demo.steps import run_demo
from local_cloud.errors import LocalCloudError
from workload.errors import WorkloadError


def main() -> int:
    """Runs the demo; 0 only if every visit was stored exactly once and the reports are true."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = parse_options(sys.argv[1:])
    began = time.monotonic()
    try:
        summary = run_demo(options)
    except (DemoError, ConfigError, LocalCloudError, WorkloadError) as exc:
        console.print(f"\nThe demo could not finish. {exc}", style="bold red", markup=False)
        return 1
    _show(summary, options, time.monotonic() - began)
    for failure in summary.failures:
        console.print(f"NOT TRUE TO THE TRUTH: {failure}", style="bold red", markup=False)
    return 1 if summary.failures else 0


def _show(summary: Summary, options: Options, seconds: float) -> None:
    console.print()
    console.print((options.out / "report.txt").read_text("utf-8"), markup=False)
    film = summary.film
    rows = [
        ("visits expected / stored", f"{summary.visits_expected:,} / {summary.visits_stored:,}"),
        ("lost / duplicated", f"{summary.lost} / {summary.duplicated}"),
        (
            "malformed sent / quarantined",
            f"{summary.malformed_sent} / {summary.malformed_quarantined}",
        ),
        ("sent twice, delivered late", f"{summary.duplicates_sent}, {summary.delivered_late}"),
        (
            "camera: visits expected / stored",
            f"{film['visits_expected']} / {film['visits_stored']}",
        ),
        ("camera: still faces suppressed", str(film["still_faces_suppressed"])),
        (
            "plug pulled",
            f"broker {film['broker_kills']} ({film['broker_down_s']} s), edge {film['edge_kills']}",
        ),
        ("camera to stored, undisturbed", _latency(summary.latency_ms_undisturbed)),
        ("camera to stored, all", _latency(summary.latency_ms)),
        (
            "frames/s; ms a frame",
            f"{summary.frames_per_s:.1f}; {summary.stages_ms.get('frame', 0.0):.1f}",
        ),
        ("reports that differ from a recount", str(len(summary.report_errors))),
        ("seconds", f"{seconds:.0f}"),
    ]
    table("What the demo saw", rows)
    console.print(f"Results: {options.out}", markup=False)


def _latency(latency: Latency) -> str:
    if latency.p50 is None or latency.p95 is None:
        return "no visits"
    return f"p50 {latency.p50 / 1000:.1f} s, p95 {latency.p95 / 1000:.1f} s ({latency.n} visits)"


if __name__ == "__main__":
    sys.exit(main())
