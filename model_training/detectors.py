"""Face detectors as the cameras use them, reduced to what the framing study needs."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.errors import DataError

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""

_YUNET_SCORE: Final = 0.6
_HAAR_FILE: Final = "haarcascade_frontalface_alt2.xml"


class BoxDetector(Protocol):
    """Finds faces in a grey picture."""

    def boxes(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Returns the boxes found in uint8 (h, w), most certain first where it can tell."""
        ...


class YunetBoxes:
    """OpenCV's `FaceDetectorYN` with a YuNet file."""

    def __init__(self, model: Path) -> None:
        if not model.is_file():
            raise DataError(f"{model}: there is no such YuNet model file")
        self._detector = cv2.FaceDetectorYN.create(str(model), "", (320, 320), _YUNET_SCORE)

    def boxes(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Returns boxes by falling score."""
        height, width = grey.shape
        self._detector.setInputSize((width, height))
        _, found = self._detector.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
        rows = [] if found is None else sorted(found, key=lambda row: -float(row[-1]))
        return [(float(r[0]), float(r[1]), float(r[2]), float(r[3])) for r in rows]


class HaarBoxes:
    """OpenCV's frontal-face cascade `alt2`, as it comes inside opencv-python 4."""

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(_cascade_file()))

    def boxes(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Returns boxes, largest first: the cascade gives no score."""
        found = self._cascade.detectMultiScale(
            cv2.equalizeHist(grey), scaleFactor=1.1, minNeighbors=3, minSize=(24, 24)
        )
        rows = sorted((tuple(map(float, row)) for row in found), key=lambda row: -row[2])
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def _cascade_file() -> Path:
    """OpenCV 4's wheels carry the cascades; OpenCV 5's do not."""
    folder = Path(cv2.__file__).parent / "data"
    if not (folder / _HAAR_FILE).is_file():
        raise DataError(f"{folder} has no {_HAAR_FILE}: the framing study needs opencv-python 4")
    return folder / _HAAR_FILE
