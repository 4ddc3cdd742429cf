"""How fast this machine sees: time per stage, frames per second, processor and memory.

Frames come as fast as they are handled, from a film or from a painted wall before which two faces
are made up: the detector looks at the wall in earnest and finds nothing, the made-up faces then
take the way of real ones through tracker, crop and network.
"""

import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import numpy as np

from contracts.status import STAGES
from edge.cadence import Cadence
from edge.crop import Framing
from edge.models import Box, Face, Frame, Image
from edge.pipeline import Pipeline
from edge.ports import ExpressionClassifier, FaceDetector, FrameSource
from edge.stats import PipelineStats
from edge.visits import VisitBuilder, VisitRules

WARM_UP: Final = 10
"""Frames that are not counted: they load what later ones need no more."""
PAINTED_FRAMES: Final = 300
PAINTED_SIZE: Final = (1280, 720)
_PAINTED: Final = 3
_WALKERS: Final = ((0.2, 0.3, 0.14), (0.5, 0.4, 0.20))
"""Made-up faces: where they begin and how large they are, in heights of the picture."""
_WALK: Final = 60
"""Frames in which one walks a picture's height to the right, and back."""
_MEMORY: Final = Path("/proc/self/status")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """Time that one stage took, ms.

    Attributes:
        median: Half of the times are shorter.
        p95: 95 of 100 are.
        count: How many were measured.
    """

    median: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What was measured.

    Attributes:
        width: Of the frames, pixels.
        height: Of the frames, pixels.
        detector: Name of the face detector.
        runtime: What runs the expression model.
        frames: Frames measured.
        faces_per_frame: Mean number of faces that the detector gave.
        stages_ms: Times per stage; ``classify`` is per face, and each face is classified five times
            a second at most. Stages that never came up are absent.
        frames_per_s: Frames handled per second, all stages together, one after the other.
        cpu_share: Processor time over time that passed; 1 is one core.
        cpu_ms_per_frame: Processor time per frame, all threads, ms.
        camera_frames_per_s: Rate of the camera that the following two are for.
        camera_cpu_share: Share of a core that the frames of such a camera take.
        detect_every: The detector would look at every n-th of them.
        peak_memory_mb: Most memory that this process ever held (``VmHWM``), in 10^6 bytes; None
            where the system does not tell.
    """

    width: int
    height: int
    detector: str
    runtime: str
    frames: int
    faces_per_frame: float
    stages_ms: dict[str, StageTime]
    frames_per_s: float
    cpu_share: float
    cpu_ms_per_frame: float
    camera_frames_per_s: float
    camera_cpu_share: float
    detect_every: int
    peak_memory_mb: float | None

    def document(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return asdict(self)


class Times(PipelineStats):
    """Keeps every time, where the heartbeat needs no more than the median."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, list[float]] = {stage: [] for stage in STAGES}

    def add_time(self, stage: str, ms: float) -> None:
        """Notes one time, ms."""
        super().add_time(stage, ms)
        self.kept[stage].append(ms)


class CountingDetector:
    """Another detector, whose faces are counted, and to which made-up ones are added."""

    def __init__(self, detector: FaceDetector, made_up: Iterable[list[Face]]) -> None:
        self._detector = detector
        self._made_up = iter(made_up)
        self.faces = 0

    @property
    def name(self) -> str:
        """The other detector's name."""
        return self._detector.name

    def detect(self, image: Image) -> list[Face]:
        """Its faces and the next made-up ones."""
        faces = self._detector.detect(image) + next(self._made_up)
        self.faces += len(faces)
        return faces


def nobody() -> Iterator[list[Face]]:
    """Adds no face to what is really there."""
    return itertools.repeat([])


def two_walkers(height: int) -> Iterator[list[Face]]:
    """Two faces that walk to and fro in a picture of some height, for ever."""
    for i in itertools.count():
        way = abs((i + _WALK) % (2 * _WALK) - _WALK) / _WALK
        yield [
            Face(Box((x + way) * height, y * height, size * height, 1.2 * size * height), 0.9)
            for x, y, size in _WALKERS
        ]


def painted_frames(frames_per_s: float, count: int = PAINTED_FRAMES) -> Iterator[Frame]:
    """A wall in uneven light with the noise of a sensor, BGR [720, 1280, 3]."""
    width, height = PAINTED_SIZE
    light = (
        np.linspace(170, 120, width)[None, :, None] + np.linspace(20, -20, height)[:, None, None]
    )
    random = np.random.default_rng(1)
    walls = [
        np.clip(light + random.normal(0, 2, (height, width, 3)), 0, 255).astype(np.uint8)
        for _ in range(_PAINTED)
    ]
    for i in range(count):
        yield Frame(walls[i % _PAINTED], i, i / frames_per_s)


def film_frames(film: FrameSource) -> Iterator[Frame]:
    """The frames of an opened film to its end."""
    while (frame := film.read()) is not None:
        yield frame


def benchmark(
    frames: Iterator[Frame],
    *,
    detector: CountingDetector,
    classifier: ExpressionClassifier,
    framing: Framing,
    runtime: str,
    camera_frames_per_s: float,
) -> Benchmark | None:
    """Handles the frames as fast as they come and measures.

    Args:
        frames: The first ``WARM_UP`` of them are not counted.
        detector: Finds the faces.
        classifier: The expression model.
        framing: How it wants the detector's faces cropped.
        runtime: What runs the model, for the record.
        camera_frames_per_s: Rate of the camera to reckon with.

    Returns:
        The figures, or None where there were no frames but those for warming up.

    Raises:
        CameraError: The film fails.
    """
    times = Times()
    pipeline = Pipeline(
        detector=detector,
        classifier=classifier,
        framing=framing,
        builder=_builder(classifier),
        stats=times,
    )
    for frame in itertools.islice(frames, WARM_UP):
        pipeline.process(frame)
    for kept in times.kept.values():
        kept.clear()
    detector.faces = count = 0
    shape: tuple[int, ...] = ()
    began_s, began_cpu_s = perf_counter(), process_time()
    for frame in _timed(frames, times.add_time):
        pipeline.process(frame)
        count, shape = count + 1, frame.image.shape
    seconds, cpu_s = perf_counter() - began_s, process_time() - began_cpu_s
    if not count:
        return None
    stages = {stage: _stage(kept) for stage, kept in times.kept.items() if kept}
    return Benchmark(
        width=shape[1],
        height=shape[0],
        detector=detector.name,
        runtime=runtime,
        frames=count,
        faces_per_frame=round(detector.faces / count, 2),
        stages_ms=stages,
        frames_per_s=round(count / seconds, 1),
        cpu_share=round(cpu_s / seconds, 3),
        cpu_ms_per_frame=round(cpu_s / count * 1000, 3),
        camera_frames_per_s=camera_frames_per_s,
        camera_cpu_share=round(cpu_s / count * camera_frames_per_s, 3),
        detect_every=_detect_every(stages["frame"].median / 1000, camera_frames_per_s),
        peak_memory_mb=peak_memory_mb(),
    )


def peak_memory_mb(status: Path = _MEMORY) -> float | None:
    """Most memory that this process ever held, in 10^6 bytes, or None where nothing tells."""
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return None
    kibibytes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return round(kibibytes[0] * 1024 / 1e6, 1) if kibibytes else None


def _builder(classifier: ExpressionClassifier) -> VisitBuilder:
    """Makes records that nobody keeps."""
    return VisitBuilder(
        museum_id="bench",
        artwork_id="bench",
        device_id="bench",
        model=classifier.info,
        rules=VisitRules(),
        wall_ms=lambda moment_s: 1_800_000_000_000 + round(moment_s * 1000),
    )


def _timed(frames: Iterator[Frame], add: Callable[[str, float], None]) -> Iterator[Frame]:
    while True:
        start = perf_counter()
        frame = next(frames, None)
        if frame is None:
            return
        add("capture", (perf_counter() - start) * 1000)
        yield frame


def _stage(times: list[float]) -> StageTime:
    ordered = sorted(times)
    return StageTime(
        median=round(statistics.median(ordered), 3),
        p95=round(ordered[int(0.95 * (len(ordered) - 1))], 3),
        count=len(ordered),
    )


def _detect_every(frame_s: float, camera_frames_per_s: float) -> int:
    """What the cadence would choose, asked by playing it ten seconds of such frames."""
    cadence = Cadence(frames_per_s=camera_frames_per_s)
    for i in range(round(10 * camera_frames_per_s) + 1):
        now_s = i / camera_frames_per_s
        cadence.note(now_s, frame_s if cadence.is_due(now_s) else 0.0)
    return cadence.every
