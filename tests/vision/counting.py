"""Counts the visits in a film with the edge's own pipeline, and holds them against the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.visit import Visit
from edge.crop import Framing
from edge.models import Face, Frame, Image
from edge.pipeline import Pipeline
from edge.ports import FaceDetector
from edge.visits import VisitBuilder, VisitRules
from tests.fakes.classifier import FakeClassifier

START_MS = 1_792_900_000_000
SLACK_S = 2.0
"""By how much a stay may be seen to begin late or to end early: detectors don't see everything."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit on the film's clock."""

    first_s: float
    last_s: float

    def is_of(self, stay: tuple[float, float]) -> bool:
        """Whether it is the stay of the truth: begins and ends when that does."""
        return abs(self.first_s - stay[0]) <= SLACK_S and abs(self.last_s - stay[1]) <= SLACK_S


@dataclass(frozen=True, slots=True)
class Count:
    """What the edge made of a film.

    Attributes:
        stays: Its visits.
        still: Still faces found.
        inferences: Faces that were classified.
    """

    stays: tuple[Stay, ...]
    still: int
    inferences: int

    def missed(self, truth: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Stays that are no visit."""
        return [stay for stay in truth if not any(s.is_of(stay) for s in self.stays)]

    def surplus(self, truth: Sequence[tuple[float, float]]) -> list[Stay]:
        """Visits that are no stay, or a stay's second one."""
        left = list(self.stays)
        for stay in truth:
            match = next((s for s in left if s.is_of(stay)), None)
            if match is not None:
                left.remove(match)
        return left


class Replayed:
    """A detector that was asked before: gives for each frame what it gave then."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faces: Sequence[Face] = ()

    def detect(self, image: Image) -> Sequence[Face]:  # noqa: ARG002 - the port's signature
        """The faces of the frame at hand."""
        return self.faces


def make_pipeline(detector: FaceDetector, classifier: FakeClassifier) -> Pipeline:
    """The edge's pipeline with a classifier that costs nothing."""
    builder = VisitBuilder(
        museum_id="city-gallery",
        artwork_id="night-watch",
        device_id="pi-1",
        model=classifier.info,
        rules=VisitRules(),
        wall_ms=lambda moment_s: START_MS + round(moment_s * 1000),
    )
    return Pipeline(
        detector=detector, classifier=classifier, framing=Framing(0, 0, 1), builder=builder
    )


def count(frames: Iterable[tuple[float, Image]], detector: FaceDetector) -> Count:
    """Plays a film through the edge: moments (s) and pictures."""
    classifier = FakeClassifier()
    pipeline = make_pipeline(detector, classifier)
    visits: list[Visit] = []
    for index, (now_s, image) in enumerate(frames):
        visits += pipeline.process(Frame(image, index, now_s))
    visits += pipeline.finish()
    return to_count(visits, pipeline, classifier)


def to_count(visits: Sequence[Visit], pipeline: Pipeline, classifier: FakeClassifier) -> Count:
    """The sum of a film that is over."""
    still = pipeline.stats.snapshot().still_faces_suppressed
    return Count(tuple(_stay(visit) for visit in visits), still, classifier.calls)


def _stay(visit: Visit) -> Stay:
    first_s = (visit.detected_at - START_MS) / 1000
    return Stay(first_s, first_s + visit.dwell_ms / 1000)
