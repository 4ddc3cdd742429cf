"""A picture of a room boiled down to what tells one view from another: a few thousand numbers.

Everything here lives in RAM only, like the frames that it is made from.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.models import Image
from edge.scene_measures import FLATTEST, WORKING_PX, light, sharpness, to_grey

Grid = NDArray[np.float32]
"""Grey levels [GRID_ROWS, GRID_COLUMNS], or what was made of them."""

GRID_COLUMNS: Final = 80
GRID_ROWS: Final = 45
_PADDED: Final = (2 * GRID_ROWS, 2 * GRID_COLUMNS)
"""Rows and columns in which no shift wraps round."""
_BLOCK_COLUMNS: Final = 8
_BLOCK_ROWS: Final = 5
BLOCKS: Final = _BLOCK_COLUMNS * _BLOCK_ROWS
"""Pieces of the view that are compared one by one, each 10 by 9 cells."""
_COARSE: Final = (16, 9)
"""Columns and rows in which a view out of focus is compared."""
_SOFT_CELLS: Final = 3.0
"""Standard deviation of the blur whose result is shading, not structure."""
_DARK: Final = 8.0
"""Grey levels added to a cell's brightness before structure is related to it."""
_FAINT: Final = 0.01
"""Relative contrast of a block that is as good as none."""
_NOISE_STEP: Final = 8
"""Every how many-th pixel of the working picture noise is measured at."""
_OUTLIERS: Final = 4
"""Differences of more than so many medians are motion, not noise."""
_UNSURE: Final = 0.5
"""How wrong the estimate of the noise may be, as a share of it."""
_STRONG: Final = 0.1
"""Relative contrast beyond which more of it counts no more."""
ALIKE: Final = 0.6
"""Correlation from which a block shows what the reference shows."""
_SURE: Final = 0.8
"""Share of blocks alike from which nothing else needs to be tried."""
_TURNS_DEG: Final = (0, -4, 4, -8, 8, -12, 12)
_FEWEST_BLOCKS: Final = 6
"""Telling blocks below which a room is too bare to say where it is."""
_LEAST_OVERLAP: Final = 0.25
"""Share of the telling blocks that must still be in view after a shift."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is kept of one look.

    Attributes:
        grid: Grey levels, averaged over the cells.
        structure: Fine contrast of the cells, relative to the light on them: what a lamp that is
            dimmed or a camera's exposure does not change.
        dark_share: Share of cells that are black, 0 … 1.
        sharp: Least and most sharpness, as ``scene_measures.sharpness`` less what noise can
            contribute at most and at least; None if it was not measured.
        samples: Some pixels of the working picture, from which noise is told.
    """

    grid: Grid
    structure: Grid
    dark_share: float
    sharp: tuple[float, float] | None
    samples: Image


def see(image: Image, before: View | None = None) -> View:
    """Boils down a BGR or grey picture.

    Args:
        image: The picture.
        before: A look at the same view shortly before, from which noise is told; without one,
            sharpness is not measured, which is more than half of the work.
    """
    grey = to_grey(image)
    factor = WORKING_PX / max(grey.shape)
    if factor < 1:
        size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    cells = cv2.resize(grey, (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    grid = cells.astype(np.float32)
    samples = grey[::_NOISE_STEP, ::_NOISE_STEP].copy()
    return View(
        grid=grid,
        structure=structure_of(grid),
        dark_share=light(cells).dark_share,
        sharp=None if before is None else _sharpness(grey, samples, before),
        samples=samples,
    )


def structure_of(grid: Grid) -> Grid:
    """Fine contrast relative to the light (band-pass over a local mean; Weber's fraction)."""
    shading = cv2.GaussianBlur(grid, (0, 0), _SOFT_CELLS)
    structure: Grid = (grid - shading) / (shading + _DARK)
    return structure


def strength(structure: Grid) -> float:
    """Root mean square of the structure."""
    return float(np.sqrt(np.mean(np.square(structure))))


def block_matches(reference: Grid, structure: Grid) -> NDArray[np.float64]:
    """How well each block looks like the reference: normalised correlation, -1 … 1.

    Blocks without structure of their own in the reference are NaN: they can tell nothing.
    """
    one, other = _blocks(reference), _blocks(structure)
    own = np.mean(one * one, axis=1)
    products = np.mean(one * other, axis=1)
    scale = np.sqrt(own * (np.mean(other * other, axis=1) + _FAINT**2))
    matches = np.full(BLOCKS, np.nan)
    telling = own > _FAINT**2
    matches[telling] = products[telling] / scale[telling]
    return matches


def share_alike(matches: NDArray[np.float64]) -> float | None:
    """Share of the telling blocks that look like the reference, 0 … 1; None for a bare room."""
    telling = np.isfinite(matches)
    if telling.sum() < _FEWEST_BLOCKS:
        return None
    return float(np.mean(matches[telling] >= ALIKE))


@dataclass(frozen=True, slots=True)
class Displacement:
    """Where a view fits the reference best.

    Attributes:
        share_here: Share of blocks that look alike where they are, 0 … 1.
        share_there: The same after the best shift and turn that were found.
        across: That shift, cells.
        down: The same, cells.
        turn_deg: That turn, degrees.
    """

    share_here: float
    share_there: float
    across: int
    down: int
    turn_deg: int


def displacement(reference: Grid, structure: Grid) -> Displacement | None:
    """Finds how a view lies on the reference; None for a room too bare to tell.

    Shifts come from the peak of the cross-correlation, for a few turns each; blocks then vote, so
    that visitors who hide a part of the room outvote nobody.
    """
    here = share_alike(block_matches(reference, structure))
    if here is None:
        return None
    best = Displacement(here, here, 0, 0, 0)
    if here >= _SURE:
        return best
    spectrum = _spectrum(reference)
    for turn in _TURNS_DEG:
        turned = _turned(structure, turn)
        down, across = _best_shift(spectrum, turned)
        share = _share_after(reference, turned, down, across)
        if share > best.share_there:
            best = Displacement(here, share, across, down, turn)
    return best


def coarse_match(one: Grid, other: Grid) -> float:
    """Correlation of the light and dark parts of two grids, blind to all detail, -1 … 1."""
    a, b = (cv2.resize(g, _COARSE, interpolation=cv2.INTER_AREA).ravel() for g in (one, other))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0


def _turned(structure: Grid, degrees: int) -> Grid:
    if degrees == 0:
        return structure
    centre = ((GRID_COLUMNS - 1) / 2, (GRID_ROWS - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    turned: Grid = cv2.warpAffine(structure, matrix, (GRID_COLUMNS, GRID_ROWS))
    return turned


def _spectrum(structure: Grid) -> NDArray[np.complex128]:
    spectrum: NDArray[np.complex128] = np.fft.rfft2(np.tanh(structure / _STRONG), _PADDED)
    return spectrum


def _best_shift(reference: NDArray[np.complex128], structure: Grid) -> tuple[int, int]:
    """Cells down and across by which the structure is to be moved to lie on the reference."""
    likeness = np.fft.irfft2(reference * np.conj(_spectrum(structure)), _PADDED)
    down, across = np.unravel_index(int(np.argmax(likeness)), _PADDED)
    return (
        int(down) - _PADDED[0] * int(down >= GRID_ROWS),
        int(across) - _PADDED[1] * int(across >= GRID_COLUMNS),
    )


def _share_after(reference: Grid, structure: Grid, down: int, across: int) -> float:
    """Share of alike blocks once the structure is moved; blocks out of view don't count."""
    if abs(down) >= GRID_ROWS or abs(across) >= GRID_COLUMNS:
        return 0.0
    moved = np.full_like(structure, np.nan)
    rows, columns = GRID_ROWS - abs(down), GRID_COLUMNS - abs(across)
    to_row, to_column = max(down, 0), max(across, 0)
    from_row, from_column = max(-down, 0), max(-across, 0)
    moved[to_row : to_row + rows, to_column : to_column + columns] = structure[
        from_row : from_row + rows, from_column : from_column + columns
    ]
    matches = block_matches(reference, moved)
    telling = np.isfinite(block_matches(reference, reference)).sum()
    share = share_alike(matches)
    overlap = np.isfinite(matches).sum() / max(int(telling), 1)
    return share if share is not None and overlap >= _LEAST_OVERLAP else 0.0


def _blocks(structure: Grid) -> NDArray[np.float64]:
    """Each block's cells in a row, about their mean, [BLOCKS, cells]."""
    rows, columns = GRID_ROWS // _BLOCK_ROWS, GRID_COLUMNS // _BLOCK_COLUMNS
    split = structure.reshape(_BLOCK_ROWS, rows, _BLOCK_COLUMNS, columns)
    flat = split.transpose(0, 2, 1, 3).reshape(BLOCKS, rows * columns).astype(np.float64)
    centred: NDArray[np.float64] = flat - flat.mean(axis=1, keepdims=True)
    return centred


def _sharpness(grey: Image, samples: Image, before: View) -> tuple[float, float] | None:
    """Least and most sharpness: white noise adds its variance over the picture's."""
    if before.samples.shape != samples.shape:
        return None
    steps = cv2.absdiff(samples, before.samples).astype(np.float32)
    still = steps[steps <= _OUTLIERS * (1 + float(np.median(steps)))]
    _, deviation = cv2.meanStdDev(grey)
    noise = float(np.mean(still * still)) / 2 / max(float(deviation[0, 0]) ** 2, FLATTEST**2)
    whole = sharpness(grey)
    return max(0.0, whole - (1 + _UNSURE) * noise), whole - (1 - _UNSURE) * noise
