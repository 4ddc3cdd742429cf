"""One frame after the other, from faces to visits; knows the ports and nothing behind them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Protocol

from contracts.expressions import Expression
from contracts.visit import Visit
from edge.cadence import Cadence
from edge.crop import Framing, crop_face
from edge.facing import FacingShare
from edge.models import Box, Face, Frame, Image, ModelInfo
from edge.ports import ExpressionClassifier, FaceDetector
from edge.stats import PipelineStats
from edge.still_faces import Liveness, StillFaces
from edge.tracker import Track, Tracker, TrackingStep
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


class Exclusion(Protocol):
    """Who must not be measured: masked parts of the picture, worn markers."""

    def unmasked(self, faces: Sequence[Face], image: Image) -> list[Face]:
        """The faces that do not lie in a masked part of the picture."""
        ...

    def excludes(self, track: Track, image: Image, now_s: float) -> bool:
        """Takes in one sighting; whether the track must not be measured, for now or for good.

        Asked for at each sighting of a confirmed track that is no still face. What was measured of
        it before is thrown away then.
        """
        ...

    def close(self, track: Track) -> bool:
        """The final word on a track that has ended; forgets it."""
        ...


class Zones(Protocol):
    """Which of several artworks in the picture a visitor stands before."""

    def observe(self, track: Track, image: Image, now_s: float) -> None:
        """Takes in one sighting."""
        ...

    def close(self, track: Track) -> str | None:
        """The artwork before which an ended track stood longest, None for the device's own."""
        ...


class Observer(Protocol):
    """Sees what the pipeline sees; only the demo has one, for its own rendered film."""

    def on_frame(self, frame: Frame, faces: Sequence[SeenFace]) -> None:
        """Called after each frame."""
        ...


class Pipeline:
    """Detects, follows, judges, classifies, and makes visits.

    Attributes:
        stats: Counters and times; all stages but ``capture``, which is the caller's.
    """

    def __init__(
        self,
        *,
        detector: FaceDetector,
        classifier: ExpressionClassifier | None,
        framing: Framing,
        builder: VisitBuilder,
        tracker: Tracker | None = None,
        still_faces: StillFaces | None = None,
        exclusion: Exclusion | None = None,
        zones: Zones | None = None,
        cadence: Cadence | None = None,
        stats: PipelineStats | None = None,
        observer: Observer | None = None,
        on_visit: Callable[[Visit, float | None], None] | None = None,
    ) -> None:
        """Wires the pipeline.

        Args:
            detector: Finds faces.
            classifier: Measures expressions; None where visits are only counted.
            framing: How faces are cropped for the classifier.
            builder: Makes the records.
            tracker: Follows faces.
            still_faces: Tells visitors from artworks.
            exclusion: Who must not be measured.
            zones: Which artwork a visitor stands before.
            cadence: Which frames are looked at; all of them without one.
            stats: Takes figures and times.
            observer: Is shown each frame; for rendered films only.
            on_visit: Is told of each visit for how much of it the face was turned to the camera,
                0 … 1, or None where the detector gives no landmarks; this never leaves the device.
        """
        self._detector = detector
        self._classifier = classifier
        self._framing = framing
        self._builder = builder
        self._tracker = tracker or Tracker()
        self._still_faces = still_faces or StillFaces()
        self._exclusion = exclusion
        self._zones = zones
        self._cadence = cadence
        self._observer = observer
        self._on_visit = on_visit
        self._facing: dict[str, FacingShare] = {}
        self._expressions: dict[str, Expressions] = {}
        self._classified_at: dict[str, float] = {}
        self._in_sight: list[Track] = []
        self._still_faces_told = 0
        self.stats = stats or PipelineStats()
        self._measures = classifier is not None

    @property
    def detector(self) -> str:
        """Name of the face detector."""
        return self._detector.name

    @property
    def model(self) -> ModelInfo:
        """The expression model's version and threshold."""
        return self._builder.model

    @property
    def measures(self) -> bool:
        """Whether expressions are measured; else visits are only counted.

        Once it is off, what was measured of those who are still there is thrown away, and the model
        is unloaded. Without a classifier it stays off.
        """
        return self._measures

    @measures.setter
    def measures(self, wanted: bool) -> None:
        if self._measures and not wanted and self._classifier is not None:
            self._expressions.clear()
            self._classifier.release()
        self._measures = wanted and self._classifier is not None

    def process(self, frame: Frame) -> list[Visit]:
        """Takes in a frame; returns the visits that ended with it. Keeps nothing of the picture.

        Between the frames that the cadence chooses, nothing is begun, ended or measured, and tracks
        are where their motion takes them.
        """
        now_s, start = frame.monotonic_s, perf_counter()
        visits: list[Visit] = []
        if self._cadence is None or self._cadence.is_due(now_s):
            with self._timed("frame"):
                step = self._look(frame)
            visits, self._in_sight = self._end(step.ended), step.seen
        self.stats.add_frame()
        if self._cadence is not None:
            self._cadence.note(now_s, perf_counter() - start)
            self.stats.set_detect_every(self._cadence.every)
        if self._observer is not None:
            self._observer.on_frame(frame, [self._show(t, now_s) for t in self._in_sight])
        return visits

    def finish(self) -> list[Visit]:
        """Ends what is still open: the camera failed or closed. ``process`` may go on later."""
        self._in_sight = []
        return self._end(self._tracker.finish())

    def _look(self, frame: Frame) -> TrackingStep:
        """Detects, follows, judges and classifies."""
        with self._timed("detect"):
            faces = self._detector.detect(frame.image)
            if self._exclusion is not None:
                faces = self._exclusion.unmasked(faces, frame.image)
        with self._timed("track"):
            step = self._tracker.update(faces, frame.monotonic_s)
            states = [
                self._still_faces.observe(t, t.face, frame.image, frame.monotonic_s)
                for t in step.seen
            ]
        for track, state in zip(step.seen, states, strict=True):
            track.pinned = state is Liveness.STILL
            if track.confirmed and state not in (Liveness.STILL, Liveness.WORN):
                self._measure(track, frame)
        return step

    def _measure(self, track: Track, frame: Frame) -> None:
        """Takes in a sighting of a visitor: where they stand; how they look, if that may be."""
        now_s = frame.monotonic_s
        if self._on_visit is not None:
            self._facing.setdefault(track.track_id, FacingShare()).add(track.face)
        if self._zones is not None:
            self._zones.observe(track, frame.image, now_s)
        if self._exclusion is not None and self._exclusion.excludes(track, frame.image, now_s):
            self._expressions.pop(track.track_id, None)
        elif self._measures and self._classifier is not None:
            self._classify(self._classifier, track, frame)

    def _classify(self, classifier: ExpressionClassifier, track: Track, frame: Frame) -> None:
        last = self._classified_at.get(track.track_id)
        if last is not None and frame.monotonic_s - last < CLASSIFY_EVERY_S:
            return
        self._classified_at[track.track_id] = frame.monotonic_s
        start = perf_counter()
        crop = crop_face(frame.image, track.box, self._framing)
        probabilities = classifier.classify(crop)
        milliseconds = (perf_counter() - start) * 1000
        self.stats.add_time("classify", milliseconds)
        seen = self._expressions.setdefault(track.track_id, Expressions())
        seen.add(probabilities, milliseconds)

    def _end(self, tracks: Sequence[Track]) -> list[Visit]:
        visits = []
        for track in tracks:
            seen = self._expressions.pop(track.track_id, None) or Expressions()
            self._classified_at.pop(track.track_id, None)
            facing = self._facing.pop(track.track_id, FacingShare())
            excluded = self._exclusion is not None and self._exclusion.close(track)
            artwork_id = self._zones.close(track) if self._zones is not None else None
            if self._still_faces.close(track) is not Liveness.ALIVE:
                continue
            if excluded:
                self.stats.add_excluded()
            elif self._builder.rules.is_visit(track):
                visit = self._builder.build(track, seen, artwork_id)
                visits.append(visit)
                if self._on_visit is not None:
                    self._on_visit(visit, facing.share)
            else:
                self.stats.add_passer_by()
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

    def _show(self, track: Track, now_s: float) -> SeenFace:
        seen = self._expressions.get(track.track_id) or Expressions()
        rules, model = self._builder.rules, self._builder.model
        expression, confidence = seen.verdict(model.abstain_below, rules.min_samples)
        return SeenFace(
            track.box if track.last_s == now_s else track.motion.expect(now_s),
            self._still_faces.state(track),
            expression,
            confidence,
            track.last_s - track.first_s,
        )
