"""One frame after the other, from faces to visits; knows the ports and nothing behind them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Protocol

from contracts.expressions import Expression
from contracts.visit import Visit
from edge.crop import Framing, crop_face
from edge.models import Box, Frame, ModelInfo
from edge.ports import ExpressionClassifier, FaceDetector
from edge.stats import PipelineStats
from edge.still_faces import Liveness, StillFaces
from edge.tracker import Track, Tracker
from edge.visits import Expressions, VisitBuilder

CLASSIFY_EVERY_S: Final = 0.18
"""An expression lasts for half a second or longer; five looks a second miss none. A little under a
fifth, so that a camera of 10 frames/s, never quite on time, is looked at in every second frame."""


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face of one frame, as shown to an observer.

    Attributes:
        box: Where, pixels of the full frame.
        liveness: Whether it is a visitor, a still face, or not known yet.
        expression: The visit's expression so far; *uncertain* until there is one.
        confidence: Mean probability of that expression, 0 … 1.
        dwell_s: For how long it has been there.
    """

    box: Box
    liveness: Liveness
    expression: Expression
    confidence: float
    dwell_s: float


class Observer(Protocol):
    """Sees what the pipeline sees; only the demo has one, for its own rendered film."""

    def on_frame(self, frame: Frame, faces: Sequence[SeenFace]) -> None:
        """Called after each frame."""
        ...


class Pipeline:
    """Detects, follows, judges, classifies, and makes visits.

    Attributes:
        stats: Counters and times; all stages but ``capture``, which is the caller's.
        passers_by: Living faces that did not stay long enough for a visit, and flickers.
    """

    def __init__(
        self,
        *,
        detector: FaceDetector,
        classifier: ExpressionClassifier,
        framing: Framing,
        builder: VisitBuilder,
        tracker: Tracker | None = None,
        still_faces: StillFaces | None = None,
        stats: PipelineStats | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._detector = detector
        self._classifier = classifier
        self._framing = framing
        self._builder = builder
        self._tracker = tracker or Tracker()
        self._still_faces = still_faces or StillFaces()
        self._observer = observer
        self._expressions: dict[str, Expressions] = {}
        self._classified_at: dict[str, float] = {}
        self._still_faces_told = 0
        self.stats = stats or PipelineStats()
        self.passers_by = 0

    @property
    def detector(self) -> str:
        """Name of the face detector."""
        return self._detector.name

    @property
    def model(self) -> ModelInfo:
        """The expression model's version and threshold."""
        return self._classifier.info

    def process(self, frame: Frame) -> list[Visit]:
        """Takes in a frame; returns the visits that ended with it. Keeps nothing of the picture."""
        with self._timed("frame"):
            with self._timed("detect"):
                faces = self._detector.detect(frame.image)
            with self._timed("track"):
                step = self._tracker.update(faces, frame.monotonic_s)
                states = [
                    self._still_faces.observe(t, t.face, frame.image, frame.monotonic_s)
                    for t in step.seen
                ]
            for track, state in zip(step.seen, states, strict=True):
                track.pinned = state is Liveness.STILL
                if track.confirmed and state is not Liveness.STILL:
                    self._classify(track, frame)
        self.stats.add_frame()
        visits = self._end(step.ended)
        if self._observer is not None:
            self._observer.on_frame(frame, [self._show(t) for t in step.seen])
        return visits

    def finish(self) -> list[Visit]:
        """Ends what is still open: the camera failed or closed. ``process`` may go on later."""
        return self._end(self._tracker.finish())

    def _classify(self, track: Track, frame: Frame) -> None:
        last = self._classified_at.get(track.track_id)
        if last is not None and frame.monotonic_s - last < CLASSIFY_EVERY_S:
            return
        self._classified_at[track.track_id] = frame.monotonic_s
        start = perf_counter()
        crop = crop_face(frame.image, track.box, self._framing)
        probabilities = self._classifier.classify(crop)
        milliseconds = (perf_counter() - start) * 1000
        self.stats.add_time("classify", milliseconds)
        seen = self._expressions.setdefault(track.track_id, Expressions())
        seen.add(probabilities, milliseconds)

    def _end(self, tracks: Sequence[Track]) -> list[Visit]:
        visits = []
        for track in tracks:
            seen = self._expressions.pop(track.track_id, None) or Expressions()
            self._classified_at.pop(track.track_id, None)
            if self._still_faces.close(track) is Liveness.ALIVE:
                if self._builder.rules.is_visit(track):
                    visits.append(self._builder.build(track, seen))
                else:
                    self.passers_by += 1
        self.stats.add_visits(len(visits))
        # May fall again: a visitor who stood very still was taken for a portrait until they moved.
        self.stats.add_still_faces(self._still_faces.suppressed - self._still_faces_told)
        self._still_faces_told = self._still_faces.suppressed
        return visits

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.stats.add_time(stage, (perf_counter() - start) * 1000)

    def _show(self, track: Track) -> SeenFace:
        seen = self._expressions.get(track.track_id) or Expressions()
        rules, model = self._builder.rules, self._builder.model
        expression, confidence = seen.verdict(model.abstain_below, rules.min_samples)
        return SeenFace(
            track.box,
            self._still_faces.state(track),
            expression,
            confidence,
            track.last_s - track.first_s,
        )
