"""The demo's steps in their order."""

import hashlib
import json
import multiprocessing
import shutil
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from contracts.museum_toml import load_museums
from contracts.museums import Museum
from demo.annotate import annotate
from demo.camera import CameraResult, Film, run_camera, settle
from demo.check_reports import check_reports, last_open_day, save_report
from demo.errors import DemoError
from demo.fortnight import LEAST_APART, run_fortnight, until_report
from demo.options import REPOSITORY, Options
from demo.outcome import Summary, summarise
from demo.screen import Stopwatch, console
from demo.stored import read_stored, write_visits_csv
from local_cloud.cloud import LocalCloud
from local_cloud.synthesis import synthesise
from workload.files import summary as workload_summary
from workload.files import write_visits
from workload.film import render_film, write_truth
from workload.generator import Workload, generate
from workload.options import Options as WorkloadOptions

MARKER: Final = ".smart-museum-demo"
"""Says that a folder is the demo's, so that the next run may empty it."""
DRAIN_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the demo: what was asked, for which museum, and what will be delivered."""

    options: Options
    museum: Museum
    workload: Workload
    watch: Stopwatch

    def use(self, cloud: LocalCloud, film: "Future[Film] | None") -> Summary:
        """Takes the local cloud through the fortnight, the camera and today."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            filming = beside.submit(self.film, cloud, film)
            self.deliver(cloud)
            camera, shown, annotated = filming.result()
        cloud.drain(DRAIN_TIMEOUT_S)
        settle(cloud, self.museum, shown, camera)
        with self.watch.step("today", "Today's schedules"):
            tomorrow = datetime.now(self.museum.zone).date() + timedelta(days=1)
            midnight = datetime.combine(tomorrow, datetime.min.time(), self.museum.zone)
            start = datetime.fromtimestamp(camera.started_at_ms / 1000, UTC)
            end = midnight.astimezone(UTC) + until_report(self.museum)
            cloud.fire_schedules(start, end, least_apart=LEAST_APART)
            cloud.drain(DRAIN_TIMEOUT_S)
            cloud.clock.real()
        if annotated:
            with self.watch.step("annotated", "The film as the edge sees it"):
                annotated.join()
        return self.write(cloud, camera, shown)

    def deliver(self, cloud: LocalCloud) -> None:
        """A museum's fortnight, on a clock of its own."""
        truth = self.workload.truth
        days = (truth.last_day - truth.first_day).days + 1
        title = f"{len(truth.visits):,} visits of {days} days, and every schedule"
        with self.watch.step("fortnight", title) as progress:
            run_fortnight(cloud, self.museum, self.workload, progress)

    def film(
        self, cloud: LocalCloud, film: "Future[Film] | None"
    ) -> tuple[CameraResult, Film | None, BaseProcess | None]:
        """The camera, in real time, meanwhile; then the annotated film is begun."""
        with self.watch.step("camera", "The camera, with the plug pulled") as progress:
            shown = film.result() if film else None
            camera = run_camera(cloud, self.museum, self.options, shown, progress)
        return camera, shown, _annotate_aside(shown, self.options)

    def write(self, cloud: LocalCloud, camera: CameraResult, film: Film | None) -> Summary:
        """Writes the results and holds them against the truth."""
        out, truth = self.options.out, self.workload.truth
        stored = read_stored(cloud)
        metrics = cloud.metrics
        write_visits_csv(out / "visits.csv", stored.visits)
        _write_json(out / "metrics.json", [datum.as_dict() for datum in metrics])
        _write_json(out / "workload_truth.json", workload_summary(self.workload))
        write_visits(out / "workload_visits.csv", truth.visits)
        save_report(cloud, self.museum, last_open_day(self.museum, self.workload), out)
        summary = summarise(
            stored=stored,
            truth=truth,
            camera=camera,
            still_faces=int(film.truth["still_faces"]) if film else 0,
            metrics=metrics,
            dead_letters=cloud.stats["dead_letters"],
            report_errors=check_reports(cloud, self.museum, self.workload),
            seconds=self.watch.seconds,
        )
        _write_json(out / "summary.json", summary.to_dict())
        return summary


def make_empty(out: Path) -> None:
    """Makes the folder of the results, and empties it if an earlier demo wrote it.

    Raises:
        DemoError: It holds something else, which must not be deleted, or is no folder.
    """
    if out.exists() and not out.is_dir():
        raise DemoError(f"{out} is a file; name a folder with --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise DemoError(f"{out} holds what no demo wrote; name a new or empty folder with --out.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARKER).touch()


def run_demo(options: Options) -> Summary:
    """Runs the whole path and writes the results into ``options.out``.

    Raises:
        DemoError: A step could not be done.
        ConfigError: ``museum.toml`` cannot be used.
        LocalCloudError: The local cloud met something it does not know, or a function failed.
        WorkloadError: The broker did not take what was sent.
    """
    museum = load_museums(options.museums).museums[0]
    make_empty(options.out)
    amount = WorkloadOptions(
        days=options.days, visits_per_day=options.visits_per_day, seed=options.seed
    )
    workload = generate(museum, amount)
    with ThreadPoolExecutor(max_workers=1) as aside, Stopwatch() as watch:
        film = aside.submit(_film, options) if options.renders_film else None
        with watch.step("synth", "Synthesising the CDK app, without AWS"):
            assembly = synthesise(options.out / "cdk.out")
        run = Run(options, museum, workload, watch)
        with LocalCloud(assembly=assembly, home=options.out / "cloud") as cloud:
            summary = run.use(cloud, film)
            if options.keep_running:
                _stay(cloud)
    return summary


def _film(options: Options) -> Film:
    """Renders the film, or takes the one that an earlier run rendered with the same code."""
    sources = sorted((REPOSITORY / "workload").glob("*.py"))
    key = hashlib.sha256(b"".join(f.read_bytes() for f in sources)).hexdigest()[:16]
    kept = REPOSITORY / "build" / "films" / f"{options.seed}-{key}"
    file, truth = kept / "film.mp4", kept / "truth.json"
    if not truth.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        write_truth(truth, render_film(file, seed=options.seed))  # the truth last: it says "done"
    for source, name in ((file, "film.mp4"), (truth, "film_truth.json")):
        shutil.copyfile(source, options.out / name)
    return Film(file=options.out / "film.mp4", truth=json.loads(truth.read_text(encoding="utf-8")))


def _annotate_aside(film: Film | None, options: Options) -> BaseProcess | None:
    """Draws the annotated film in a process of its own: it must not slow the broker's bridge."""
    if film is None:
        return None
    process = multiprocessing.get_context("spawn").Process(
        target=annotate,
        args=(film.file, float(film.truth["frames_per_s"]), options.out / "annotated.mp4"),
    )
    process.start()
    return process


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=2, default=str) + "\n", encoding="utf-8")


def _stay(cloud: LocalCloud) -> None:
    console.print(
        f"The local cloud is up: AWS endpoint {cloud.endpoint_url}, broker "
        f"{cloud.broker.host}:{cloud.broker.port}. Ctrl-C ends it."
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        ended.wait()
    except KeyboardInterrupt:
        console.print("Ending.")
