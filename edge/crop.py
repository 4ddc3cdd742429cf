"""From a detector's box to the grey square that the expression model was trained on."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.models import Box, Image

CROP_PX: Final = 48


@dataclass(frozen=True, slots=True)
class Framing:
    """How one detector's boxes lie in the pictures the model was trained on.

    Attributes:
        center_dx: Shift of the centre to the right, in box sizes (size = sqrt(width * height)).
        center_dy: Shift of the centre downwards, in box sizes.
        scale: Side of the square, in box sizes.
    """

    center_dx: float
    center_dy: float
    scale: float

    def square(self, box: Box) -> Box:
        """The square around the face, pixels of the full frame; may reach beyond its edges."""
        x, y = box.centre
        side = self.scale * box.size
        x, y = x + self.center_dx * box.size, y + self.center_dy * box.size
        return Box(x - side / 2, y - side / 2, side, side)


def crop_face(image: Image, box: Box, framing: Framing) -> Image:
    """Grey crop [48, 48] of a face in a BGR or grey picture; the picture's border is replicated."""
    return np.rint(resample(image, framing.square(box), CROP_PX)).astype(np.uint8)


def resample(image: Image, area: Box, side: int) -> NDArray[np.float32]:
    """Grey values [side, side], 0 … 255, of a rectangle with fractional corners.

    Grey is ITU-R BT.601 luma, as the makers of FER2013 had it.

    Shrinks by averaging the exact area under each output pixel, enlarges by linear interpolation.
    Pixels outside the picture repeat its border.
    """
    rows, down = _weights(area.y, area.height, side, image.shape[0])
    columns, across = _weights(area.x, area.width, side, image.shape[1])
    result: NDArray[np.float32] = down @ _grey(image, rows, columns) @ across.T
    return result


def _grey(image: Image, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
    """Grey values of rising, perhaps repeated rows and columns, rounded to whole levels."""
    top, left = rows[0], columns[0]
    part = image[top : rows[-1] + 1, left : columns[-1] + 1]
    grey = part if part.ndim == 2 else cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)  # noqa: PLR2004 - no channels
    if grey.shape != (len(rows), len(columns)):  # reaches beyond the border, which is repeated
        grey = grey[(rows - top)[:, None], (columns - left)[None, :]]
    return grey.astype(np.float32)


def _weights(
    start: float, length: float, side: int, limit: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Source positions [n], clipped to the picture, and their weights [side, n] on one axis."""
    step = length / side
    if step >= 1:
        low = start + step * np.arange(side)
        first, last = int(np.floor(low[0])), int(np.ceil(start + length))
        positions = np.arange(first, max(last, first + 1))
        left = np.maximum(low[:, None], positions[None, :])
        right = np.minimum(low[:, None] + step, positions[None, :] + 1)
        weights = np.maximum(right - left, 0)
    else:
        centres = start + step * (np.arange(side) + 0.5) - 0.5
        first, last = int(np.floor(centres[0])), int(np.floor(centres[-1])) + 1
        positions = np.arange(first, last + 1)
        weights = np.maximum(1 - np.abs(centres[:, None] - positions[None, :]), 0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.clip(positions, 0, limit - 1), weights.astype(np.float32)
