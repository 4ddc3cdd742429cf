"""How far a small piece of the picture moved, told apart from light and noise."""

import math
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.crop import resample
from edge.models import Box, Image

Patch = NDArray[np.float64]
"""Softened grey values of a place."""

_PX: Final = 32
_SCALE: Final = 1.2
"""The patch takes in the outline of the head, whose edge moves when the head does."""
_FLATTEST: Final = 2.0
"""Contrast (grey levels) below which a patch shows nothing to compare."""


def look(image: Image, box: Box) -> Patch | None:
    """The place of a face, softened; None when there is nothing to be seen in it."""
    (x, y), side = box.centre, _SCALE * box.size
    grey = resample(image, Box(x - side / 2, y - side / 2, side, side), _PX)
    # The softening keeps noise and compression from looking like motion of fine detail.
    soft = soften(grey.astype(np.float64))
    return soft if float(soft.std()) >= _FLATTEST else None


def soften(patch: Patch, times: int = 1) -> Patch:
    """Without detail finer than its neighbours; each time loses a pixel at every edge.

    The softer, the longer the motion that can be measured, and the less exactly.
    """
    for _ in range(times):
        patch = (patch[:-2] + 2 * patch[1:-1] + patch[2:]) / 4
        patch = (patch[:, :-2] + 2 * patch[:, 1:-1] + patch[:, 2:]) / 4
    return patch


class Shift(NamedTuple):
    """How the picture moved between two patches.

    Attributes:
        right: In face sizes.
        down: The same.
        explained: Share of the second patch's variance that motion and light explain, up to 1.
    """

    right: float
    down: float
    explained: float

    @property
    def length(self) -> float:
        """How far, in face sizes."""
        return math.hypot(self.right, self.down)


@cache
def _axes(side: int) -> tuple[Patch, Patch]:
    """Each pixel's place from the left and from the top, -1 … 1."""
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return across, down


def texture(patch: Patch) -> float:
    """How well a patch tells motion in any direction, in grey levels squared per pixel.

    The smaller eigenvalue of its structure tensor (Shi and Tomasi 1994).
    """
    down, across = np.gradient(patch)
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    return (xx + yy) / 2 - math.hypot((xx - yy) / 2, xy)


def shift(one: Patch, other: Patch) -> Shift:
    """How far the picture moved between two patches, and how well that explains the change.

    First-order registration (Lucas and Kanade 1981): the least-squares motion v for which
    ``other - one = v . gradient + light``, where the light may change in brightness, contrast and
    slope all over the patch; a cloud, a lamp or the camera's exposure moves nothing.
    """
    down, across = np.gradient((one + other) / 2)
    level, flat = one - one.mean(), np.ones_like(one)
    x, y = _axes(len(one))
    causes = (across, down, flat, x, y, level, x * level, y * level)
    columns = np.stack([cause.ravel() for cause in causes], axis=1)
    change = (other - one).ravel()
    products = columns.T @ columns
    # A trace of ridge keeps patches with edges in one direction only from blowing up.
    products[np.diag_indices_from(products)] *= 1 + 1e-4
    weights = np.linalg.solve(products, columns.T @ change)
    rest = float(np.var(change - columns @ weights))
    right, lower = -float(weights[0]) / _PX * _SCALE, -float(weights[1]) / _PX * _SCALE
    return Shift(right, lower, 1 - rest / max(float(other.var()), _FLATTEST**2))
