"""From frames to visits, with every part behind its port."""

from collections.abc import Sequence

import numpy as np
import pytest

from contracts.expressions import Expression
from contracts.status import STAGES
from contracts.visit import Visit
from edge.crop import Framing
from edge.models import Box, Face, Frame
from edge.pipeline import Pipeline, SeenFace
from edge.still_faces import Liveness
from edge.visits import VisitBuilder, VisitRules
from tests.fakes.classifier import FakeClassifier
from tests.fakes.detector import ScriptedDetector

RATE = 10.0
START_MS = 1_792_900_000_000
WALL = np.random.default_rng(1).integers(90, 160, (240, 640, 3), np.uint8)
"""A wall that never changes: what shows life here is travel alone."""


class Watcher:
    """Keeps what an observer is shown."""

    def __init__(self) -> None:
        self.shown: list[list[SeenFace]] = []

    def on_frame(self, frame: Frame, faces: Sequence[SeenFace]) -> None:
        """Notes the faces."""
        assert frame.index == len(self.shown)
        self.shown.append(list(faces))


def face(x: float) -> Face:
    """A face of 60 px."""
    return Face(Box(x, 80, 60, 60), 0.9)


def walk_in(seconds: float) -> list[list[Face]]:
    """Someone who walks in from the left within a second, and then stands."""
    return [[face(100 + 200 * min(1.0, i / RATE))] for i in range(round(seconds * RATE))]


def empty(seconds: float) -> list[list[Face]]:
    """Nobody."""
    return [[] for _ in range(round(seconds * RATE))]


def make(script: list[list[Face]], classifier: FakeClassifier, watcher: Watcher) -> Pipeline:
    """A pipeline over a script."""
    return Pipeline(
        detector=ScriptedDetector(script),
        classifier=classifier,
        framing=Framing(0, 0, 1),
        builder=VisitBuilder(
            museum_id="city-gallery",
            artwork_id="night-watch",
            device_id="pi-1",
            model=classifier.info,
            rules=VisitRules(),
            wall_ms=lambda moment_s: START_MS + round(moment_s * 1000),
        ),
        observer=watcher,
    )


def play(
    script: list[list[Face]],
) -> tuple[list[list[Visit]], list[Visit], Pipeline, FakeClassifier, Watcher]:
    """The visits of each frame, those at the end, and the parts."""
    classifier, watcher = FakeClassifier(), Watcher()
    pipeline = make(script, classifier, watcher)
    during = [pipeline.process(Frame(WALL, i, i / RATE)) for i in range(len(script))]
    return during, pipeline.finish(), pipeline, classifier, watcher


def test_a_visit_is_reported_when_the_visitor_is_gone() -> None:
    """Not before the bridging time is over, and with the times of the sightings."""
    during, at_end, pipeline, _, _ = play([*walk_in(4), *empty(3)])
    reported = [i for i, visits in enumerate(during) if visits]
    assert len(reported) == 1
    assert reported[0] / RATE >= 3.9 + 2.0 - 1e-9
    (visit,) = during[reported[0]]
    assert (visit.detected_at, visit.dwell_ms) == (START_MS, 3900)
    assert visit.emotion_id is Expression.HAPPINESS
    assert at_end == []
    assert pipeline.stats.snapshot().visits == 1


def test_who_is_there_at_the_end_is_reported_then() -> None:
    """And the pipeline may go on afterwards: the camera had only failed."""
    script = [*walk_in(3), *walk_in(3)]
    classifier = FakeClassifier()
    pipeline = make(script, classifier, Watcher())
    for i in range(30):
        assert pipeline.process(Frame(WALL, i, i / RATE)) == []
    assert len(pipeline.finish()) == 1
    assert pipeline.finish() == []
    for i in range(30, 60):
        assert pipeline.process(Frame(WALL, i, i / RATE)) == []
    assert len(pipeline.finish()) == 1


def test_a_portrait_gives_no_visit_and_is_counted_once() -> None:
    """It is no longer classified either, once it is known."""
    during, at_end, pipeline, classifier, _ = play([[face(400)] for _ in range(200)])
    assert not any(during)
    assert at_end == []
    assert pipeline.stats.snapshot().still_faces_suppressed == 1
    assert classifier.calls <= 5 * 3 + 1


def test_who_turns_round_before_a_portrait_is_one_visit_of_their_own() -> None:
    """The portrait is hidden meanwhile; it neither lends nor borrows any time."""
    script = [[face(300)] for _ in range(60)]
    for i in range(40):
        visitor = Face(Box(320 + 6 * i, 95, 64, 64), 0.95)
        script.append([visitor] if i < 8 else [visitor, face(300)])
    script += [[face(300)] for _ in range(40)]
    during, at_end, pipeline, _, _ = play(script)
    (visit,) = [v for visits in during for v in visits]
    assert (visit.detected_at, visit.dwell_ms) == (START_MS + 6000, 3900)
    assert at_end == []
    assert pipeline.stats.snapshot().still_faces_suppressed == 1


def test_a_passer_by_gives_no_visit() -> None:
    """Someone who crosses the picture in eight tenths of a second."""
    script = [[face(40 * i)] for i in range(9)]
    during, at_end, pipeline, _, _ = play([*script, *empty(3)])
    assert not any(during)
    assert at_end == []
    assert pipeline.stats.snapshot().passers_by == 1


def test_faces_are_classified_five_times_a_second_at_most() -> None:
    """Ten seconds of one face at ten frames a second: 50 looks, first sightings left out."""
    _, (visit,), _, classifier, _ = play(walk_in(10))
    assert visit.samples == classifier.calls
    assert 45 <= classifier.calls <= 50


def test_times_of_all_stages_but_capture_are_kept() -> None:
    """Capture is measured by whoever reads the camera."""
    _, _, pipeline, _, _ = play(walk_in(2))
    snapshot = pipeline.stats.snapshot()
    assert set(snapshot.stages_ms) == set(STAGES) - {"capture"}
    assert snapshot.frames == 20
    assert snapshot.stages_ms["frame"] >= snapshot.stages_ms["detect"]


def test_an_observer_sees_each_face_with_what_is_known_of_it() -> None:
    """First unknown, then alive with an expression; a still face is marked as one."""
    _, _, _, _, watcher = play([[*faces, face(560)] for faces in walk_in(5)])
    assert [len(faces) for faces in watcher.shown] == [2] * 50
    first, last = watcher.shown[0], sorted(watcher.shown[-1], key=lambda f: f.box.x)
    assert {f.liveness for f in first} == {Liveness.UNKNOWN}
    assert [f.liveness for f in last] == [Liveness.ALIVE, Liveness.STILL]
    assert last[0].expression is Expression.HAPPINESS
    assert last[0].confidence == pytest.approx(0.7)
    assert last[0].dwell_s == pytest.approx(4.9)


def test_it_says_what_it_is_made_of() -> None:
    """For the heartbeat."""
    pipeline = make([], FakeClassifier(), Watcher())
    assert pipeline.model.version == "fake-1"
    assert pipeline.detector == "yunet"
