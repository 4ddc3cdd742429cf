"""OpenCV's ArUco detector, on a part of the picture."""

import math
from typing import Any, Final

import cv2
import numpy as np

from edge.markers import CELLS, DICTIONARY, Marker
from edge.models import Box, Image

_WINDOWS: Final = (5, 25, 10)
"""Smallest and largest window of the adaptive threshold and its step, pixels; markers are some
40 px wide here."""
_SMALLEST_PERIMETER: Final = 60.0
"""Of a marker's outline, pixels after scaling: no shirt's small checks are looked at closely."""


class ArucoFinder:
    """Finds markers of ``edge.markers.DICTIONARY``."""

    def __init__(self) -> None:
        parameters = cv2.aruco.DetectorParameters()
        parameters.adaptiveThreshWinSizeMin = _WINDOWS[0]
        parameters.adaptiveThreshWinSizeMax = _WINDOWS[1]
        parameters.adaptiveThreshWinSizeStep = _WINDOWS[2]
        self._parameters = parameters
        self._detector = cv2.aruco.ArucoDetector(dictionary(), parameters)

    def find(self, image: Image, area: Box, scale: float) -> list[Marker]:
        """Markers in a part of a BGR or grey picture, which is scaled by ``scale`` for it."""
        height, width = image.shape[:2]
        left, top = max(0, math.floor(area.x)), max(0, math.floor(area.y))
        right = min(width, math.ceil(area.x + area.width))
        bottom = min(height, math.ceil(area.y + area.height))
        if right - left < 2 or bottom - top < 2:  # noqa: PLR2004 - nothing can be seen in it
            return []
        part: Any = image[top:bottom, left:right]
        if part.ndim == 3:  # noqa: PLR2004 - height, width, channel
            part = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=how)
        # OpenCV takes the least perimeter as a share of the picture's longer side.
        self._parameters.minMarkerPerimeterRate = _SMALLEST_PERIMETER / max(part.shape)
        self._detector.setDetectorParameters(self._parameters)
        corners, numbers, _ = self._detector.detectMarkers(part)
        if numbers is None:
            return []
        x_scale, y_scale = part.shape[1] / (right - left), part.shape[0] / (bottom - top)
        return [
            _marker(int(number), quad.reshape(4, 2) / (x_scale, y_scale) + (left, top))
            for quad, number in zip(corners, numbers.ravel(), strict=True)
        ]


def dictionary() -> Any:  # noqa: ANN401 - OpenCV's class has no types
    """The dictionary that ``edge.markers`` names, with the detector's error correction."""
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, DICTIONARY))


def cells(number: int) -> list[list[bool]]:
    """A marker's cells, row by row, black border included; True is black."""
    picture = cv2.aruco.generateImageMarker(dictionary(), number, CELLS)
    return [[bool(value == 0) for value in row] for row in picture]


def _marker(number: int, quad: Any) -> Marker:  # noqa: ANN401 - [4, 2] floats
    x, y = quad.mean(axis=0)
    side = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1).mean()
    return Marker(number, float(x), float(y), float(side))
