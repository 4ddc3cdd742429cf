"""How sharp and how well lit a picture is: pure figures, of which nothing is kept.

All of them are independent of the picture's resolution (it is brought to one working size first)
and, but for ``Light``'s own mean, of the strength of the light.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edge.models import Image

WORKING_PX: Final = 640
"""Longer side to which a picture is shrunk before it is measured; smaller ones stay as they are."""
FACE_PX: Final = 48
"""The same for a face: the side at which the expression model sees it."""
FLATTEST: Final = 1.0
"""Grey levels of standard deviation below which a picture shows nothing that could be sharp."""
NOISE_GAIN: Final = 20.0
"""Variance of the Laplacian [[0,1,0],[1,-4,1],[0,1,0]] of white noise of variance 1."""
DARKEST_LEVEL: Final = 15
"""Grey levels of 0 to this are black: no face can be told in them."""
BRIGHTEST_LEVEL: Final = 250
"""Grey levels from this to 255 are burnt out."""
_LEVELS: Final = 256
_TOP: Final = _LEVELS - 1
_GREY_NDIM: Final = 2


@dataclass(frozen=True, slots=True)
class Light:
    """How a picture is exposed.

    Attributes:
        mean: Mean brightness, 0 (black) … 1 (white).
        dark_share: Share of pixels that are black (grey level of at most 15 of 255), 0 … 1.
        bright_share: Share of pixels that are burnt out (grey level of 250 or more), 0 … 1.
        contrast: Root-mean-square contrast: standard deviation of the brightness, 0 … 0.5.
    """

    mean: float
    dark_share: float
    bright_share: float
    contrast: float


def to_grey(image: Image) -> Image:
    """Grey picture [height, width] of a BGR one [height, width, 3]; a grey one as it is."""
    if image.ndim == _GREY_NDIM:
        return image
    grey: Image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return grey


def sharpness(grey: Image, longest_px: int = WORKING_PX) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) over the variance of the picture.

    Dividing by the picture's own variance takes out brightness and contrast; shrinking to one
    size takes out the resolution. Per 20 (``NOISE_GAIN``), so that white noise gives 1.

    Args:
        grey: Picture [height, width], at least 3 pixels a side.
        longest_px: Longer side at which to judge; ``FACE_PX`` for the cut-out of a face.

    Returns:
        0 (nothing but smooth transitions, or nothing at all) to 3.2 (a pixel-wide chequerboard);
        a focused room gives 0.001 to 0.05, one blurred by 2 of 640 pixels (standard deviation)
        at most 0.0001. Sensor noise counts as detail, so a nearly black picture tells nothing:
        look at ``Light.contrast`` too.
    """
    small = _shrink(grey, longest_px)
    _, deviation = cv2.meanStdDev(small)
    variance = float(deviation[0, 0]) ** 2
    if variance < FLATTEST**2 or min(small.shape) < 3:  # noqa: PLR2004 - the kernel's side
        return 0.0
    _, edges = cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_32F))
    return float(edges[0, 0]) ** 2 / (NOISE_GAIN * variance)


def light(grey: Image) -> Light:
    """Exposure of a grey picture [height, width]."""
    counts = np.bincount(_shrink(grey, WORKING_PX).ravel(), minlength=_LEVELS)
    shares = counts / counts.sum()
    levels = np.arange(_LEVELS) / _TOP
    mean = float(shares @ levels)
    return Light(
        mean=mean,
        dark_share=float(shares[: DARKEST_LEVEL + 1].sum()),
        bright_share=float(shares[BRIGHTEST_LEVEL:].sum()),
        contrast=float(max(0.0, shares @ levels**2 - mean**2) ** 0.5),
    )


def _shrink(grey: Image, longest_px: int) -> Image:
    height, width = grey.shape
    factor = longest_px / max(height, width)
    if factor >= 1:
        return grey
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small: Image = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small
