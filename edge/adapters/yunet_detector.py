"""YuNet (Wu et al. 2023), the small face detector of OpenCV Zoo."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.models import Box, Face, Image

LONGEST_PX: Final = 480
"""Frames are shrunk to this longer side; YuNet finds faces from 10 px on, so at 1280 px from 27."""
LOWEST_SCORE: Final = 0.3
_MOST_FACES: Final = 64
_OVERLAP: Final = 0.3


class YuNetDetector:
    """Finds faces with five landmarks each; one thread."""

    name = "yunet"

    def __init__(self, model: Path, min_face_px: int, longest_px: int = LONGEST_PX) -> None:
        """Loads the ONNX file.

        Raises:
            ModelError: The file is missing or no detector that this OpenCV can run.
        """
        if not model.is_file():
            raise ModelError(str(model), "no such file; use detector kind haar, or install YuNet")
        cv2.setNumThreads(1)
        self._min_face_px, self._longest_px = min_face_px, longest_px
        try:
            self._detector = cv2.FaceDetectorYN.create(
                str(model), "", (longest_px, longest_px), LOWEST_SCORE, _OVERLAP, _MOST_FACES
            )
        except cv2.error as error:
            raise ModelError(str(model), "OpenCV cannot read it; fetch YuNet again") from error
        self._size: tuple[int, int] | None = None

    def detect(self, image: Image) -> list[Face]:
        """Faces in a BGR picture, boxes and landmarks in its pixels."""
        height, width = image.shape[:2]
        factor = min(1.0, self._longest_px / max(width, height))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = image if factor == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if size != self._size:
            self._detector.setInputSize(size)
            self._size = size
        _, rows = self._detector.detect(small)
        if rows is None:
            return []
        back = np.array([width / size[0], height / size[1]])
        faces = [_face(row, back) for row in rows]
        return [f for f in faces if f.box.size >= self._min_face_px]


def _face(row: NDArray[np.float32], back: NDArray[np.float64]) -> Face:
    points = row[:14].reshape(7, 2).astype(float) * back
    (x, y), (width, height) = points[0], points[1]
    return Face(
        Box(float(x), float(y), float(width), float(height)),
        float(row[14]),
        tuple((float(px), float(py)) for px, py in points[2:]),
    )
