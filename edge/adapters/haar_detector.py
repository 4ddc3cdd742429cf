"""The Haar cascade that OpenCV 4 carries: always there, slower and blinder than YuNet."""

from pathlib import Path
from typing import Final

import cv2

from edge.errors import ModelError
from edge.models import Box, Face, Image
from edge.smallest_face import smallest_face

CASCADE: Final = "haarcascade_frontalface_alt2.xml"
LONGEST_PX: Final = 480
_SCALE_STEP: Final = 1.1
_NEIGHBOURS: Final = 3
_SMALLEST_PX: Final = 24


class HaarDetector:
    """Finds frontal faces; no landmarks; one thread."""

    name = "haar"

    def __init__(self, min_face_px: int | None, longest_px: int = LONGEST_PX) -> None:
        """Loads the cascade.

        Raises:
            ModelError: This OpenCV has no Haar cascades (OpenCV 5 dropped them).
        """
        cv2.setNumThreads(1)
        folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
        file = Path(folder) / CASCADE
        if not hasattr(cv2, "CascadeClassifier") or not file.is_file():
            raise ModelError(CASCADE, "this OpenCV has no Haar cascades; install OpenCV 4.x")
        self._cascade = cv2.CascadeClassifier(str(file))
        self._min_face_px, self._longest_px = min_face_px, longest_px

    def detect(self, image: Image) -> list[Face]:
        """Faces in a BGR picture, boxes in its pixels.

        The score grows with the number of raw hits n that agree on a face: n / (n + 3).
        """
        height, width = image.shape[:2]
        factor = min(1.0, self._longest_px / max(width, height))
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim > 2 else image  # noqa: PLR2004 - has channels
        if factor < 1.0:
            size = (max(1, round(width * factor)), max(1, round(height * factor)))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        wanted = smallest_face(self._min_face_px, max(width, height))
        smallest = max(_SMALLEST_PX, round(wanted * factor))
        boxes, hits = self._cascade.detectMultiScale2(
            cv2.equalizeHist(grey),
            scaleFactor=_SCALE_STEP,
            minNeighbors=_NEIGHBOURS,
            minSize=(smallest, smallest),
        )
        return [
            Face(
                Box(x / factor, y / factor, w / factor, h / factor),
                float(n) / (float(n) + _NEIGHBOURS),
            )
            for (x, y, w, h), n in zip(boxes, hits, strict=True)
        ]
