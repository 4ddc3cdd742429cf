"""Plays a clip as a camera, and compares what was seen with what is known to be in it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from contracts.errors import ConfigError
from contracts.strict import read_text
from contracts.visit import Visit
from edge.adapters.image_folder_source import ImageFolderSource
from edge.adapters.video_source import VideoSource
from edge.assembly import assemble
from edge.config import DetectorConfig, DetectorKind, DeviceConfig, ModelConfig, VisitsConfig
from edge.pipeline import Observer
from edge.ports import FrameSource

_IMAGES_PER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known to be in a clip.

    Attributes:
        visits: Visits that a camera there should report.
        still_faces: Portraits, prints and the like that it should not.
    """

    visits: int
    still_faces: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What a clip gave.

    Attributes:
        visits: The records, in the order in which the visits ended; times are the clip's own.
        suppressed_still_faces: Still faces that were not counted.
        passers_by: Living faces that did not stay long enough, and flickers.
        frames: Frames played.
        seconds: How long that took.
        stages_ms: Median time per stage and frame, ms.
        detector: Which detector was used.
        facing: For each visit, for how much of it the face was turned to the camera, 0 … 1; None
            where the detector gives no landmarks.
    """

    visits: tuple[Visit, ...]
    suppressed_still_faces: int
    passers_by: int
    frames: int
    seconds: float
    stages_ms: Mapping[str, float]
    detector: str
    facing: tuple[float | None, ...] = ()

    def errors(self, truth: Truth) -> dict[str, int]:
        """Seen less known: positive is too many, negative too few."""
        errors = {"visits": len(self.visits) - truth.visits}
        if truth.still_faces is not None:
            errors["still_faces"] = self.suppressed_still_faces - truth.still_faces
        return errors


class FilmClock:
    """Time as the film has it: it stands still between frames, and begins at ``start_ms``."""

    def __init__(self, start_ms: int) -> None:
        self._start_ms = start_ms
        self.position_s = 0.0

    def now_ms(self) -> int:
        """Wall clock of the film, ms since 1970 UTC."""
        return self._start_ms + round(self.position_s * 1000)

    def monotonic_s(self) -> float:
        """Seconds since the film began."""
        return self.position_s

    def sleep(self, seconds: float) -> None:
        """Moves on at once."""
        self.position_s += max(0.0, seconds)


def replay(
    path: Path,
    *,
    start_ms: int,
    detector: DetectorConfig | None = None,
    model: ModelConfig | None = None,
    rules: VisitsConfig | None = None,
    observer: Observer | None = None,
) -> ReplayResult:
    """Plays a video, or a folder of pictures, frame by frame, and finds the visits in it.

    Args:
        path: The file or folder.
        start_ms: Wall-clock moment at which it begins, ms since 1970 UTC.
        detector: Which detector; YuNet needs its file named, without it Haar is used.
        model: The expression model; the package's own unless given.
        rules: What makes a visit.
        observer: Sees each frame and the faces in it; for rendered films only.

    Raises:
        CameraError: The clip cannot be read.
        ModelError: A model cannot be used.
    """
    clock = FilmClock(start_ms)
    facing: list[float | None] = []
    pipeline = assemble(
        device=DeviceConfig(museum_id="replay", artwork_id="replay", device_id="replay"),
        detector=detector or DetectorConfig(kind=DetectorKind.HAAR),
        model=model or ModelConfig(),
        visits=rules or VisitsConfig(),
        clock=clock,
        observer=observer,
        on_visit=lambda _, share: facing.append(share),
    )
    visits: list[Visit] = []
    began = perf_counter()
    with _source(path, clock) as source:
        while True:
            start = perf_counter()
            frame = source.read()
            if frame is None:
                break
            pipeline.stats.add_time("capture", (perf_counter() - start) * 1000)
            visits += pipeline.process(frame)
    visits += pipeline.finish()
    snapshot = pipeline.stats.snapshot()
    return ReplayResult(
        visits=tuple(visits),
        suppressed_still_faces=snapshot.still_faces_suppressed,
        passers_by=snapshot.passers_by,
        frames=snapshot.frames,
        seconds=perf_counter() - began,
        stages_ms=snapshot.stages_ms,
        detector=pipeline.detector,
        facing=tuple(facing),
    )


def load_truth(path: Path) -> Truth:
    """Reads a truth file: a JSON object with ``visits`` and, where known, ``still_faces``.

    Other keys (``people`` with ``enter_s`` and ``leave_s``, say) are left to whoever wrote them.

    Raises:
        ConfigError: The file is missing or says something else.
    """
    text = read_text(path)
    try:
        data: Any = json.loads(text)
    except ValueError as error:
        raise ConfigError(str(path), "file", f"cannot be read as JSON: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(str(path), "file", "must hold a JSON object")
    still = data.get("still_faces")
    return Truth(
        visits=_count(path, "visits", data.get("visits")),
        still_faces=None if still is None else _count(path, "still_faces", still),
    )


def _count(path: Path, key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(str(path), key, "must be a whole number, 0 or more")
    return value


def _source(path: Path, clock: FilmClock) -> FrameSource:
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises where it may not look
        return ImageFolderSource(path, clock, frames_per_s=_IMAGES_PER_S, realtime=False)
    return VideoSource(path, clock, realtime=False)
