"""YuNet (Wu et al. 2023), the small face detector of OpenCV Zoo."""

import math
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.models import Box, Face, Image
from edge.smallest_face import smallest_face

LOWEST_SCORE: Final = 0.3
_FACE_PX: Final = 11
"""Side at which YuNet finds every second face; at 13 px it finds nine of ten (docs/speed.md)."""
_NARROWEST: Final = 320
_WIDEST: Final = 960
_STEP: Final = 32
"""The network's coarsest stride. OpenCV pads other sizes, at a fifth more time; faces squeezed to
a lesser height are found less often than ones that are stretched, so that sides are rounded up."""
_MOST_FACES: Final = 64
_OVERLAP: Final = 0.3


class YuNetDetector:
    """Finds faces with five landmarks each; one thread."""

    name = "yunet"

    def __init__(self, model: Path, min_face_px: int | None) -> None:
        """Loads the ONNX file.

        Raises:
            ModelError: The file is missing or no detector that this OpenCV can run.
        """
        if not model.is_file():
            raise ModelError(str(model), "no such file; use detector kind haar, or install YuNet")
        cv2.setNumThreads(1)
        self._min_face_px = min_face_px
        self._size = (_NARROWEST, _NARROWEST)
        try:
            self._detector = cv2.FaceDetectorYN.create(
                str(model), "", self._size, LOWEST_SCORE, _OVERLAP, _MOST_FACES
            )
        except cv2.error as error:
            raise ModelError(str(model), "OpenCV cannot read it; fetch YuNet again") from error

    def detect(self, image: Image) -> list[Face]:
        """Faces in a BGR picture, boxes and landmarks in its pixels."""
        height, width = image.shape[:2]
        smallest = smallest_face(self._min_face_px, max(width, height))
        size = input_size(width, height, smallest)
        if size != self._size:
            self._detector.setInputSize(size)
            self._size = size
        _, rows = self._detector.detect(shrink(image, size))
        if rows is None:
            return []
        back = np.array([width / size[0], height / size[1]])
        faces = [_face(row, back) for row in rows]
        return [f for f in faces if f.box.size >= smallest]


def input_size(width: int, height: int, min_face_px: int) -> tuple[int, int]:
    """Width and height, pixels, in which the network sees a frame: no larger than it must.

    Args:
        width: The frame's, pixels.
        height: The frame's, pixels.
        min_face_px: Smallest face to find, side in pixels of the frame.
    """
    longest = max(width, height)
    wanted = min(max(longest * _FACE_PX / min_face_px, _NARROWEST), _WIDEST, longest)
    long = _whole_steps(wanted)
    short = _whole_steps(long * min(width, height) / longest)
    return (long, short) if width >= height else (short, long)


def _whole_steps(length: float) -> int:
    return math.ceil(length / _STEP) * _STEP


def shrink(image: Image, size: tuple[int, int]) -> Image:
    """The picture in another size: halved by area as often as that goes, then interpolated.

    As steady against sensor noise as averaging the exact areas, in a sixth of the time.
    """
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
    if image.shape[1::-1] == size:
        return image
    small: Image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return small


def _face(row: NDArray[np.float32], back: NDArray[np.float64]) -> Face:
    points = row[:14].reshape(7, 2).astype(float) * back
    (x, y), (width, height) = points[0], points[1]
    return Face(
        Box(float(x), float(y), float(width), float(height)),
        float(row[14]),
        tuple((float(px), float(py)) for px, py in points[2:]),
    )
