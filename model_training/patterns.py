"""Pictures that are no face, drawn: what a detector hands over by mistake.

The families of `TRAINED` go into training with "no idea" as their target. The robustness suite
also judges families that training never saw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.faces import FRAME_PX

Image = NDArray[np.uint8]
Draw = Callable[[np.random.Generator], NDArray[np.float64]]

_GRID: Final = np.stack(np.meshgrid(np.arange(FRAME_PX), np.arange(FRAME_PX)), axis=0) * 1.0


def smooth_noise(rng: np.random.Generator) -> NDArray[np.float64]:
    """Random fields of several sizes, one over the other, like plaster, cloth or foliage."""
    total = np.zeros((FRAME_PX, FRAME_PX))
    roughness = rng.uniform(0.3, 1.2)
    for cells in (2, 4, 8, 16, 32, 48):
        field = rng.normal(size=(cells, cells))
        large = cv2.resize(field, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_CUBIC)
        total += large * (cells / 2.0) ** -roughness
    return total


def grating(rng: np.random.Generator) -> NDArray[np.float64]:
    """Stripes in one or two directions, soft or hard."""
    total = np.zeros((FRAME_PX, FRAME_PX))
    for _ in range(rng.integers(1, 3)):
        angle, period = rng.uniform(0, np.pi), rng.uniform(3, 30)
        along = _GRID[0] * np.cos(angle) + _GRID[1] * np.sin(angle)
        wave = np.sin(2 * np.pi * along / period + rng.uniform(0, 2 * np.pi))
        total += np.sign(wave) if rng.integers(2) else wave
    return total


def checks(rng: np.random.Generator) -> NDArray[np.float64]:
    """A chequerboard, turned and shifted."""
    angle, side = rng.uniform(0, np.pi), rng.uniform(3, 16)
    turned_x = _GRID[0] * np.cos(angle) + _GRID[1] * np.sin(angle) + rng.uniform(0, side)
    turned_y = -_GRID[0] * np.sin(angle) + _GRID[1] * np.cos(angle) + rng.uniform(0, side)
    field: NDArray[np.float64] = ((turned_x // side + turned_y // side) % 2) * 1.0
    return field


def blobs(rng: np.random.Generator) -> NDArray[np.float64]:
    """Ellipses of random greys, like fruit, lamps or stains."""
    canvas = np.full((FRAME_PX, FRAME_PX), rng.uniform(0, 255))
    for _ in range(rng.integers(1, 12)):
        middle = tuple(int(value) for value in rng.integers(0, FRAME_PX, 2))
        axes = tuple(int(value) for value in rng.integers(2, 18, 2))
        cv2.ellipse(
            canvas, middle, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0, 255)), -1
        )
    return _softened(canvas, rng)


def strokes(rng: np.random.Generator) -> NDArray[np.float64]:
    """Straight lines and outlines, like frames, wires and edges of furniture."""
    canvas = np.full((FRAME_PX, FRAME_PX), rng.uniform(0, 255))
    for _ in range(rng.integers(2, 14)):
        start, end = rng.integers(-8, FRAME_PX + 8, (2, 2)).tolist()
        grey, width = float(rng.uniform(0, 255)), int(rng.integers(1, 6))
        if rng.integers(3) == 0:
            cv2.rectangle(canvas, start, end, grey, width)
        else:
            cv2.line(canvas, start, end, grey, width)
    return _softened(canvas, rng)


def gradient(rng: np.random.Generator) -> NDArray[np.float64]:
    """An even wall, with light from one side."""
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2)
    along = (_GRID[0] * np.cos(angle) + _GRID[1] * np.sin(angle)) / FRAME_PX
    field: NDArray[np.float64] = along + bend * along**2
    return field


TRAINED: Final[dict[str, Draw]] = {
    "smooth_noise": smooth_noise,
    "grating": grating,
    "checks": checks,
    "blobs": blobs,
    "strokes": strokes,
    "gradient": gradient,
}
"""The drawn families that training sees, beside shuffled pieces of its own images."""


def patterned(count: int, faces: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Returns `count` pictures that are no face, the same for the same seed.

    Args:
        count: how many, 0 or more.
        faces: uint8, (n, 48, 48); every third picture is one of these, cut up and shuffled.
        seed: of the drawing.
    """
    rng = np.random.default_rng([seed, 0xFACE])
    draws = list(TRAINED.values())
    pictures = np.empty((count, FRAME_PX, FRAME_PX), dtype=np.uint8)
    for row in range(count):
        if row % 3 == 0:
            pictures[row] = shuffled(faces[rng.integers(len(faces))], rng)
        else:
            pictures[row] = finished(draws[rng.integers(len(draws))](rng), rng)
    return pictures


def shuffled(face: Image, rng: np.random.Generator) -> Image:
    """Cuts a picture into 4x4 to 8x8 pieces and mixes them: a face's texture without a face."""
    pieces = int(rng.choice([4, 6, 8]))
    side = FRAME_PX // pieces
    cut = face.reshape(pieces, side, pieces, side).swapaxes(1, 2).reshape(-1, side, side)
    mixed = cut[rng.permutation(len(cut))].reshape(pieces, pieces, side, side)
    return np.ascontiguousarray(mixed.swapaxes(1, 2).reshape(FRAME_PX, FRAME_PX))


def finished(field: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """Gives a drawn field a random brightness, contrast and noise, as a camera would."""
    centred = field - field.mean()
    spread = max(float(np.abs(centred).max()), 1e-9)
    grey = rng.uniform(40, 215) + centred / spread * rng.uniform(5, 127)
    grey += rng.normal(size=grey.shape) * rng.uniform(0, 12)
    image: Image = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return image


def _softened(canvas: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    blurred: NDArray[np.float64] = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.3, 2.0)))
    return blurred
