"""The rendered film with what the edge sees drawn in. Never for a real camera."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2

from demo.camera import yunet_model
from demo.errors import DemoError
from edge.config import DetectorConfig
from edge.models import Frame, Image
from edge.pipeline import SeenFace
from edge.replay import ReplayResult, replay
from edge.still_faces import Liveness

SCALE: Final = 0.5
"""The annotated film is half as wide and high: it is for looking, not for measuring."""
_COLOURS: Final = {  # BGR
    Liveness.UNKNOWN: (160, 160, 160),
    Liveness.ALIVE: (60, 170, 60),
    Liveness.STILL: (40, 90, 220),
}


class AnnotatedFilm:
    """An observer that draws boxes and labels into each frame and writes a film. A context manager.

    Raises:
        DemoError: The film cannot be written.
    """

    def __init__(self, file: Path, frames_per_s: float) -> None:
        self._file = file
        self._frames_per_s = frames_per_s
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.release()

    def on_frame(self, frame: Frame, faces: Sequence[SeenFace]) -> None:
        """Draws one frame."""
        image = cv2.resize(frame.image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
        for face in faces:
            _draw(image, face)
        self._open(image).write(image)

    def _open(self, image: Image) -> "cv2.VideoWriter":
        if self._writer is None:
            size = (image.shape[1], image.shape[0])
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._file), code, self._frames_per_s, size)
            if not self._writer.isOpened():
                raise DemoError(f"{self._file}: OpenCV cannot write this film")
        return self._writer


def _draw(image: Image, face: SeenFace) -> None:
    colour = _COLOURS[face.liveness]
    left, top = round(face.box.x * SCALE), round(face.box.y * SCALE)
    right = round((face.box.x + face.box.width) * SCALE)
    bottom = round((face.box.y + face.box.height) * SCALE)
    cv2.rectangle(image, (left, top), (right, bottom), colour, 2)
    label = {
        Liveness.UNKNOWN: "looking",
        Liveness.STILL: "still face: not counted",
        Liveness.ALIVE: f"{face.expression.label} {face.confidence:.0%}  {face.dwell_s:.0f} s",
    }[face.liveness]
    at = (max(2, left), max(12, top - 6))
    cv2.putText(image, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(image, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)


def annotate(film: Path, frames_per_s: float, out: Path) -> ReplayResult:
    """Replays the rendered film through the edge's own pipeline and writes what it sees."""
    with AnnotatedFilm(out, frames_per_s) as observer:
        return replay(
            film,
            start_ms=0,
            detector=DetectorConfig(yunet_model=yunet_model()),
            observer=observer,
        )
