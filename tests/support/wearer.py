"""A rendered visitor who walks in, stands and leaves, with or without a marker on the chest."""

from functools import lru_cache

import cv2
import numpy as np

from edge.adapters.aruco_finder import cells
from edge.markers import CELLS
from edge.models import Frame, Image
from workload.cutouts import Cutout, astronaut

RATE = 10.0
WIDTH, HEIGHT = 640, 480
_MM_PER_FACE = 150.0
"""Width of the cut-out's head."""
_BELOW_MM = 330.0


def dressed(face_px: float, number: int | None, side_mm: float) -> Cutout:
    """The astronaut, with a printed marker of that number on the chest."""
    person = astronaut()
    if number is not None:
        per_mm = person.face_px / _MM_PER_FACE
        printed = card(number, round(side_mm * per_mm / CELLS) * CELLS)
        x = round(person.face[0] - printed.shape[1] / 2)
        y = round(person.face[1] + _BELOW_MM * per_mm - printed.shape[0] / 2)
        chest = person.pixels[y : y + printed.shape[0], x : x + printed.shape[1]]
        chest[:] = np.dstack([printed] * 3 + [np.full_like(printed, 255)])
    return person.resized(face_px)


@lru_cache(maxsize=4)
def frames(
    *, number: int | None = None, side_mm: float = 64.0, face_px: float = 62.0
) -> tuple[Frame, ...]:
    """A second and a half of walking in, the same of standing, and then gone; BGR."""
    rng = np.random.default_rng(3)
    person = dressed(face_px, number, side_mm)
    wall = np.full((HEIGHT, WIDTH, 3), 160, np.uint8)
    noise = rng.normal(0, 2, wall.shape).astype(np.int8)
    made = []
    for i in range(34):
        at = i / RATE
        x = -60 + min(at, 1.5) * 280 + max(0.0, at - 3.0) * 1500 + 3 * np.sin(5 * at)
        frame = wall.copy()
        _draw(frame, person, x, 130 + 2 * np.sin(3 * at))
        grain = np.roll(noise, int(rng.integers(WIDTH)), axis=1)
        made.append(Frame(cv2.add(frame, grain, dtype=cv2.CV_8U), i, at))
    return tuple(made)


def card(number: int, side: int) -> Image:
    """A marker on white paper, grey [side * 1.25, side * 1.25]."""
    code = np.where(np.array(cells(number)), 10, 235).astype(np.uint8)
    large = np.kron(code, np.ones((side // CELLS, side // CELLS), np.uint8))
    white: Image = np.pad(large, side // CELLS, constant_values=235)
    return white


def _draw(frame: Image, person: Cutout, x: float, y: float) -> None:
    move = np.array([[1, 0, x - person.face[0]], [0, 1, y - person.face[1]]], np.float64)
    warped = cv2.warpAffine(person.pixels, move, (WIDTH, HEIGHT))
    through = cv2.merge([255 - warped[..., 3]] * 3)
    frame[:] = cv2.add(cv2.multiply(frame, through, scale=1 / 255), warped[..., :3].copy())
