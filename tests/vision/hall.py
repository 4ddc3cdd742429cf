"""The ten-minute gallery hall through the edge's own pipeline, with both detectors.

``python -m tests.vision.hall`` renders each film once and prints what either detector made of it;
it takes some minutes a film. ``--film`` chooses; ``--yunet`` names the model's file.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Final

from contracts.visit import Visit
from edge.adapters.haar_detector import HaarDetector
from edge.adapters.yunet_detector import YuNetDetector
from edge.models import Frame
from edge.pipeline import Pipeline
from edge.ports import FaceDetector
from tests.fakes.classifier import FakeClassifier
from tests.vision.counting import Count, make_pipeline, to_count
from workload.hall import Hall

YUNET: Final = Path(__file__).parents[3] / "shared" / "models" / "face_detection_yunet_2026may.onnx"

FILMS: Final[Mapping[str, Hall]] = {
    "plain": Hall(),
    "vibration": Hall(vibration_px=1.0),
    "hard": Hall(vibration_px=1.0, draught_px=1.2, printed=True, screen=True),
    "slow": Hall(vibration_px=1.0, rate=3.0, seed=9),
}
"""``hard`` adds a poster in a draught, a printed shirt and a screen; ``slow`` has 3 frames/s."""


@dataclass(slots=True)
class _Run:
    """One detector's turn at a film."""

    detector: FaceDetector
    classifier: FakeClassifier = field(default_factory=FakeClassifier)
    visits: list[Visit] = field(default_factory=list)
    seconds: float = 0.0
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        self.pipeline = make_pipeline(self.detector, self.classifier)

    def process(self, frame: Frame) -> None:
        start = perf_counter()
        self.visits += self.pipeline.process(frame)
        self.seconds += perf_counter() - start

    def count(self) -> Count:
        self.visits += self.pipeline.finish()
        return to_count(self.visits, self.pipeline, self.classifier)


def watch(hall: Hall, detectors: Sequence[FaceDetector]) -> dict[str, tuple[Count, float]]:
    """What each detector's pipeline counted in a film, and how long that took it, seconds."""
    runs = [_Run(detector) for detector in detectors]
    for index, (now_s, image) in enumerate(hall.frames()):
        for run in runs:
            run.process(Frame(image, index, now_s))
    return {run.detector.name: (run.count(), run.seconds) for run in runs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each film and detector; 1 when one of them counts wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", action="append", choices=FILMS, help="all unless chosen")
    parser.add_argument("--yunet", type=Path, default=YUNET, help="YuNet's ONNX file")
    options = parser.parse_args(arguments)
    failed = False
    for name in options.film or FILMS:
        hall, start = FILMS[name], perf_counter()
        detectors: list[FaceDetector] = [HaarDetector(None)]
        if options.yunet.is_file():
            detectors.insert(0, YuNetDetector(options.yunet, None))
        truth = hall.stays()
        for detector, (count, seconds) in watch(hall, detectors).items():
            missed, surplus = count.missed(truth), count.surplus(truth)
            failed |= bool(missed or surplus)
            sys.stdout.write(
                f"{name:10} {detector:6} visits {len(count.stays)} of {len(truth)}, "
                f"missed {len(missed)}, surplus {len(surplus)}, still faces {count.still}, "
                f"inferences {count.inferences}, {seconds:.0f} s\n"
            )
            for stay in surplus:
                sys.stdout.write(f"    surplus: {stay.first_s:.1f} to {stay.last_s:.1f} s\n")
            for first_s, last_s in missed:
                sys.stdout.write(f"    missed: {first_s:.1f} to {last_s:.1f} s\n")
        sys.stdout.write(f"{name:10} rendered and counted in {perf_counter() - start:.0f} s\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
