"""The gallery film as both detectors see it, written to and read from a real file."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from workload.choreography import choreograph
from workload.cutouts import Image
from workload.film import DEFAULT_SECONDS, DEFAULT_SEED, FRAMES_PER_S, render_film, write_truth
from workload.gallery import STILL_FACE

pytestmark = pytest.mark.integration

Box = tuple[float, float, float, float]
Detect = Callable[[Image], Sequence[Box]]
EVERY = 6
"""Half a second between the frames that are looked at."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The default film and its truth as read back from the file."""
    folder = tmp_path_factory.mktemp("film")
    calls: list[tuple[int, int]] = []
    truth = render_film(folder / "film.mp4", progress=lambda d, t: calls.append((d, t)))
    write_truth(folder / "truth.json", truth)
    total = round(DEFAULT_SECONDS * FRAMES_PER_S)
    assert calls == [(i + 1, total) for i in range(total)]
    return folder / "film.mp4", json.loads((folder / "truth.json").read_text())


def test_the_file_holds_every_frame(film: tuple[Path, dict[str, Any]]) -> None:
    """OpenCV reads back as many frames, at the rate and size, as the truth says."""
    file, truth = film
    frames = list(read(file, 1))
    assert len(frames) == truth["duration_s"] * truth["frames_per_s"]
    assert frames[0][1].shape == (720, 1280, 3)
    assert cv2.VideoCapture(str(file)).get(cv2.CAP_PROP_FPS) == truth["frames_per_s"]


def test_yunet_sees_visitors_and_portrait(
    film: tuple[Path, dict[str, Any]], yunet_model: Path
) -> None:
    """At half size the network finds nearly every face and nothing else."""
    detector = cv2.FaceDetectorYN.create(str(yunet_model), "", (640, 360), 0.7)

    def detect(frame: Image) -> list[Box]:
        found = detector.detect(cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA))[1]
        return [] if found is None else [tuple(2 * v for v in box[:4]) for box in found]

    check(film[0], detect)


def test_haar_sees_visitors_and_portrait(film: tuple[Path, dict[str, Any]]) -> None:
    """The cascade that is always there does too."""
    folder = Path(cv2.__file__).parent / "data"
    cascade = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))

    def detect(frame: Image) -> list[Box]:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, (640, 360), interpolation=cv2.INTER_AREA)
        found = cascade.detectMultiScale(small, 1.1, 5, minSize=(30, 30))
        return [tuple(2.0 * v for v in box) for box in np.reshape(found, (-1, 4))]

    check(film[0], detect)


def check(file: Path, detect: Detect) -> None:
    """Faces are found in at least 80 % of their frames, the portrait in 95 %, little besides."""
    choreography = choreograph(DEFAULT_SECONDS, DEFAULT_SEED)
    seen = standing = portrait = looked = stray = 0
    for i, frame in read(file, EVERY):
        boxes = list(detect(frame))
        looked += 1
        portrait += any(overlap(box, STILL_FACE) > 0.3 for box in boxes)
        people = choreography.visible(i / FRAMES_PER_S)
        wanted = [to_box(pose.box) for _, pose, _ in people]
        clear = [to_box(pose.box) for _, pose, covered in people if not covered]
        standing += len(clear)
        seen += sum(any(overlap(box, face) > 0.3 for box in boxes) for face in clear)
        partly = [to_box(pose.box) for _, pose in choreography.poses(i / FRAMES_PER_S)]
        known = [STILL_FACE, *wanted, *partly]
        stray += sum(all(overlap(box, face) <= 0.3 for face in known) for box in boxes)
    assert standing > 50
    assert seen >= 0.8 * standing
    assert portrait >= 0.95 * looked
    assert stray <= 0.05 * looked


def read(file: Path, every: int) -> Iterator[tuple[int, Image]]:
    """Every so many-th frame with its number."""
    video = cv2.VideoCapture(str(file))
    i = 0
    while video.grab():
        if i % every == 0:
            yield i, video.retrieve()[1]
        i += 1


def to_box(corners: tuple[float, float, float, float]) -> Box:
    """From left, top, right, bottom to x, y, width, height."""
    left, top, right, bottom = corners
    return left, top, right - left, bottom - top


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    tall = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, wide) * max(0.0, tall)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)
