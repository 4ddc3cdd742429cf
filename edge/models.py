"""Values that pass between the parts of the edge process; none of them leaves the Pi."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""BGR picture [height, width, 3] or grey picture [height, width]."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the full frame; may reach beyond the frame's edges."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Centre, pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def size(self) -> float:
        """Geometric mean of the sides, pixels."""
        return float((self.width * self.height) ** 0.5)

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0 … 1."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        shared = max(0.0, right - left) * max(0.0, bottom - top)
        union = self.width * self.height + other.width * other.height - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the camera; lives in RAM only and is dropped after its turn.

    Attributes:
        image: BGR [height, width, 3].
        index: Number of the frame since the source was opened.
        monotonic_s: When it was taken, on the process's monotonic clock (video time for a replay).
    """

    image: Image
    index: int
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face.

    Attributes:
        box: Where, in pixels of the full frame.
        score: The detector's confidence, 0 … 1.
        landmarks: Right eye, left eye, nose, right and left mouth corner in pixels, where the
            detector gives them; used for facing and dropped with the frame.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the edge must know of the expression model.

    Attributes:
        version: As in the visits.
        abstain_below: A visit whose top mean probability is lower is *uncertain*, 0 … 1.
    """

    version: str
    abstain_below: float


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An encoded visit waiting to be delivered.

    Attributes:
        row: Rising number; the order of delivery.
        payload: What ``contracts.visit.encode_visit`` made.
        queued_at: ms since 1970 UTC.
    """

    row: int
    payload: bytes
    queued_at: int


@dataclass(frozen=True, slots=True)
class Undated:
    """By what a visit can be dated that was queued before the Pi knew the time.

    Attributes:
        boot: Name of the machine's start from which its stamp counts.
        offset_ms: When that was, by the clock of then, ms since 1970 UTC.
    """

    boot: str
    offset_ms: int


@dataclass(frozen=True, slots=True)
class UndatedRow:
    """An encoded visit that waits for the time to be known.

    Attributes:
        payload: What ``contracts.visit.encode_visit`` made, with a provisional stamp.
        undated: By what it can be dated.
    """

    payload: bytes
    undated: Undated


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How full the outbox is.

    Attributes:
        depth: Visits that wait.
        oldest_at: When the oldest of them was queued, ms since 1970 UTC; None when empty.
        dropped: Visits that fell off a bound, or were lost, since the file was made.
        set_aside: Damaged files of earlier outboxes that lie beside this one.
    """

    depth: int
    oldest_at: int | None
    dropped: int
    set_aside: int = 0
