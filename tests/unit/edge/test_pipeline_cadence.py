"""The pipeline between two detections."""

from collections.abc import Sequence

import numpy as np
import pytest

from contracts.visit import Visit
from edge.cadence import Cadence, CadenceRules
from edge.crop import Framing
from edge.models import Box, Face, Frame, Image
from edge.pipeline import Pipeline, SeenFace
from edge.visits import VisitBuilder, VisitRules
from tests.fakes.classifier import FakeClassifier

RATE = 15.0
WALL = np.random.default_rng(1).integers(90, 160, (240, 960, 3), np.uint8)
EVERY_THIRD = CadenceRules(busy_share=0.0, room_share=0.0, settle_s=0.0)
"""No time at all for frames: as few detections as are allowed."""


def walker_x(now_s: float) -> float:
    """Someone who walks through the picture at two face sizes per second."""
    return 60 + 120 * now_s


class Walk:
    """A detector that knows where the walker is; the frames' index is in their first pixel."""

    name = "yunet"

    def __init__(self, until: int) -> None:
        self.looked: list[int] = []
        self._until = until

    def detect(self, image: Image) -> list[Face]:
        """The walker, until the frame with which they left."""
        index = int(image[0, 0, 0])
        self.looked.append(index)
        if index >= self._until:
            return []
        return [Face(Box(walker_x(index / RATE) - 30, 80, 60, 60), 0.9)]


class Watcher:
    """Keeps what an observer is shown."""

    def __init__(self) -> None:
        self.shown: list[Sequence[SeenFace]] = []

    def on_frame(self, frame: Frame, faces: Sequence[SeenFace]) -> None:
        """Notes the faces."""
        assert frame.index == len(self.shown)
        self.shown.append(faces)


def frame(index: int) -> Frame:
    """The wall, with the frame's number in its corner."""
    image = WALL.copy()
    image[0, 0, 0] = index
    return Frame(image, index, index / RATE)


def play(frames: int, until: int) -> tuple[Pipeline, Walk, Watcher, FakeClassifier, list[Visit]]:
    """Walks until frame ``until``, then shows the wall."""
    detector, watcher, classifier = Walk(until), Watcher(), FakeClassifier()
    pipeline = Pipeline(
        detector=detector,
        classifier=classifier,
        framing=Framing(0, 0, 1),
        builder=VisitBuilder(
            museum_id="city-gallery",
            artwork_id="night-watch",
            device_id="pi-1",
            model=classifier.info,
            rules=VisitRules(),
            wall_ms=lambda moment_s: 1_792_900_000_000 + round(moment_s * 1000),
        ),
        cadence=Cadence(frames_per_s=RATE, rules=EVERY_THIRD),
        observer=watcher,
    )
    visits = [v for i in range(frames) for v in pipeline.process(frame(i))]
    return pipeline, detector, watcher, classifier, visits


def test_every_third_frame_is_looked_at_and_all_are_counted() -> None:
    """Five a second; the heartbeat learns of both."""
    pipeline, detector, *_ = play(91, 91)
    steps = np.diff(detector.looked[-21:])
    assert set(steps) == {3}
    snapshot = pipeline.stats.snapshot()
    assert (snapshot.frames, snapshot.detect_every) == (91, 3)


def test_the_visit_is_the_one_of_every_frame() -> None:
    """But for the frames at its ends; expressions are looked at as often as detections allow."""
    _, _, _, classifier, (visit,) = play(120, 75)
    assert visit.dwell_ms == pytest.approx(74 / RATE * 1000, abs=2 * 1000 / RATE)
    assert visit.samples == classifier.calls >= 20


def test_between_detections_faces_are_where_their_motion_takes_them() -> None:
    """Within a fifth of a face of the truth, and as many as before."""
    _, detector, watcher, _, _ = play(75, 75)
    between = sorted(set(range(45, 75)) - set(detector.looked))
    assert len(between) == 20
    for index in between:
        (face,) = watcher.shown[index]
        assert face.box.centre[0] == pytest.approx(walker_x(index / RATE), abs=12)


def test_after_the_end_nobody_is_shown_until_the_next_detection() -> None:
    """The camera failed in between; what was seen before is over."""
    pipeline, _, watcher, _, _ = play(74, 74)
    assert watcher.shown[-1]
    assert len(pipeline.finish()) == 1
    pipeline.process(frame(74))
    assert watcher.shown[-1] == []
