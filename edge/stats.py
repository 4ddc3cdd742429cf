"""What the pipeline counts and times, read by the heartbeat from another thread."""

import statistics
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from contracts.status import STAGES

_KEPT: Final = 2048
"""Times kept per stage: a minute or more at up to 30 frames/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsSnapshot:
    """The pipeline's figures at one moment.

    Attributes:
        frames: Frames handled since the start.
        visits: Visits completed since the start.
        passers_by: Living faces that did not stay long enough, and flickers, since the start.
        excluded: Faces that a worn marker kept from being measured, since the start.
        still_faces_suppressed: Faces of artworks that were not counted, since the start.
        detect_every: The detector looks at every n-th frame.
        stages_ms: Median of the last 2,048 times per stage, ms; stages without times are absent.
    """

    frames: int
    visits: int
    passers_by: int
    excluded: int
    still_faces_suppressed: int
    detect_every: int
    stages_ms: dict[str, float]


class PipelineStats:
    """Counters and stage times; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames = 0
        self._visits = 0
        self._passers_by = 0
        self._excluded = 0
        self._detect_every = 1
        self._still_faces = 0
        self._times: dict[str, deque[float]] = {stage: deque(maxlen=_KEPT) for stage in STAGES}

    def add_time(self, stage: str, ms: float) -> None:
        """Notes how long one frame spent in a stage of ``contracts.status.STAGES``, ms."""
        with self._lock:
            self._times[stage].append(ms)

    def add_frame(self) -> None:
        """Counts one handled frame."""
        with self._lock:
            self._frames += 1

    def add_visits(self, count: int) -> None:
        """Counts completed visits."""
        with self._lock:
            self._visits += count

    def add_passer_by(self) -> None:
        """Counts a living face that did not stay long enough for a visit, or a flicker."""
        with self._lock:
            self._passers_by += 1

    def add_excluded(self) -> None:
        """Counts a face that a worn marker kept from being measured."""
        with self._lock:
            self._excluded += 1

    def set_detect_every(self, frames: int) -> None:
        """Notes that the detector looks at every ``frames``-th frame."""
        with self._lock:
            self._detect_every = frames

    def add_still_faces(self, count: int) -> None:
        """Counts faces that turned out to be artworks."""
        with self._lock:
            self._still_faces += count

    def snapshot(self) -> StatsSnapshot:
        """The figures now."""
        with self._lock:
            stages = {
                stage: round(statistics.median(times), 3)
                for stage, times in self._times.items()
                if times
            }
            return StatsSnapshot(
                frames=self._frames,
                visits=self._visits,
                passers_by=self._passers_by,
                excluded=self._excluded,
                still_faces_suppressed=self._still_faces,
                detect_every=self._detect_every,
                stages_ms=stages,
            )
