"""``museum-edge bench``: how fast this machine is."""

import argparse
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from edge.adapters.choose_detector import choose_detector
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.adapters.video_source import VideoSource
from edge.benchmark import (
    PAINTED_SIZE,
    WARM_UP,
    Benchmark,
    CountingDetector,
    benchmark,
    film_frames,
    nobody,
    painted_frames,
    two_walkers,
)
from edge.commands.subparsers import Subparsers
from edge.config import (
    INSTALLED,
    CameraConfig,
    CameraSource,
    DetectorConfig,
    ModelConfig,
    load_config,
)
from edge.errors import CameraError
from edge.replay import FilmClock

_QUIET: Final = 0.8
"""Share of the time in which a machine with nothing else to do is busy with this."""


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``bench`` to the command line."""
    parser = subparsers.add_parser("bench", help="measure how fast this machine handles frames")
    parser.add_argument(
        "--video", type=Path, metavar="F", help="a film (default: a painted wall and two faces)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument(
        "--config",
        type=Path,
        help=f"edge.toml, for detector, model and camera rate (default: {INSTALLED}, if there)",
    )
    parser.add_argument(
        "--yunet-model", type=Path, help="YuNet's ONNX file, in place of the config's"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measures and prints.

    Returns:
        0.

    Raises:
        ConfigError: The configuration cannot be used.
        EdgeError: The film or a model cannot be used.
    """
    camera, finder, model = _configured(args.config)
    classifier = TfliteClassifier(model.file)
    film = args.video
    detector = CountingDetector(
        choose_detector(finder.kind, args.yunet_model or finder.yunet_model, finder.min_face_px),
        nobody() if film else two_walkers(PAINTED_SIZE[1]),
    )
    rate = camera.frames_per_s
    with VideoSource(film, FilmClock(0), realtime=False) if film else nullcontext() as source:
        result = benchmark(
            film_frames(source) if source else painted_frames(rate),
            detector=detector,
            classifier=classifier,
            framing=classifier.framing(detector.name),
            runtime=classifier.runtime,
            camera_frames_per_s=rate,
        )
    if result is None:
        raise CameraError(str(film), f"is too short; it must have more than {WARM_UP} frames")
    print(json.dumps(result.document()) if args.json else report(result))  # noqa: T201 - a command prints
    return 0


def report(result: Benchmark) -> str:
    """The figures as a person reads them."""
    cores = f"{result.camera_cpu_share:.0%} of a core at {result.camera_frames_per_s:g} frames/s"
    memory = "not known" if result.peak_memory_mb is None else f"{result.peak_memory_mb:.0f} MB"
    seen = f"{result.width}x{result.height}, {result.faces_per_frame:.1f} faces each"
    lines = [
        f"{result.frames} frames of {seen}; {result.detector}, {result.runtime}",
        "",
        "stage       median ms    95 % below    measured",
        *(
            f"{stage:<10}{time.median:11.2f}{time.p95:14.2f}{time.count:12d}"
            for stage, time in result.stages_ms.items()
        ),
        "",
        f"frames/s       {result.frames_per_s:.0f}, one after the other",
        f"processor      {result.cpu_ms_per_frame:.1f} ms a frame, {result.cpu_share:.0%} busy",
        f"at the camera  {cores}; detector at {_nth(result.detect_every)}",
        f"peak memory    {memory}",
    ]
    if result.cpu_share < _QUIET:
        lines += ["", "other programs kept this one waiting: at rest the times above are shorter"]
    return "\n".join(lines)


def _nth(every: int) -> str:
    return "every frame" if every == 1 else f"one frame in {every}"


def _configured(file: Path | None) -> tuple[CameraConfig, DetectorConfig, ModelConfig]:
    if file is None and not INSTALLED.exists():
        return CameraConfig(source=CameraSource.V4L2), DetectorConfig(), ModelConfig()
    config = load_config(file or INSTALLED)
    return config.camera, config.detector, config.model
