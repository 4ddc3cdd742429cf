"""Pictures that are no face, drawn: what a detector hands over by mistake.

The families of `TRAINED` go into training with "no idea" as their target. Those of `HELD_OUT`, of
other kinds, and `phase_shuffled` never do: `not_a_face` judges by both.
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


def voronoi(rng: np.random.Generator) -> NDArray[np.float64]:
    """Cells of one grey each, like paving, leather or leaded glass; some with dark joints."""
    points = rng.uniform(0, FRAME_PX, (rng.integers(5, 50), 2))
    gaps = _GRID[:, None] - points.T[:, :, None, None]
    distances = np.hypot(gaps[0], gaps[1])
    greys = rng.uniform(0, 1, len(points))
    field: NDArray[np.float64] = greys[distances.argmin(axis=0)]
    if rng.integers(2):
        nearest = np.partition(distances, 1, axis=0)
        field[nearest[1] - nearest[0] < rng.uniform(1, 3)] = rng.choice((-0.5, 1.5))
    return field


def bricks(rng: np.random.Generator) -> NDArray[np.float64]:
    """A wall seen a little askew: courses set off by half a brick, of uneven greys, with mortar."""
    angle, course, mortar = rng.uniform(-0.3, 0.3), rng.uniform(4, 13), rng.uniform(0.8, 2)
    length = course * rng.uniform(1.8, 3.2)
    down = -_GRID[0] * np.sin(angle) + _GRID[1] * np.cos(angle) + rng.uniform(60, 80)
    row = (down // course).astype(np.int64)
    across = _GRID[0] * np.cos(angle) + _GRID[1] * np.sin(angle) + rng.uniform(60, 90)
    across += row % 2 * length / 2
    column = (across // length).astype(np.int64)
    greys = rng.normal(0, rng.uniform(0.05, 0.3), (64, 64))
    field: NDArray[np.float64] = greys[row % 64, column % 64]
    field[(down % course < mortar) | (across % length < mortar)] = rng.choice((-1.0, 1.0))
    return field


def words(rng: np.random.Generator) -> NDArray[np.float64]:
    """Lines of letters, like labels, posters and book pages."""
    canvas = np.zeros((FRAME_PX, FRAME_PX))
    size = rng.uniform(0.25, 1.2)
    font = int(rng.choice((cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX)))
    leading = int(size * rng.uniform(28, 36))
    for baseline in range(int(rng.integers(4, leading + 4)), FRAME_PX + leading, leading):
        letters = "".join(chr(code) for code in rng.choice((*range(97, 123), 32), 24))
        at = (int(rng.integers(-20, 6)), baseline)
        cv2.putText(canvas, letters, at, font, size, 1.0, int(rng.integers(1, 3)), cv2.LINE_AA)
    return canvas if rng.integers(2) else -canvas


def rings(rng: np.random.Generator) -> NDArray[np.float64]:
    """Rings about a point, round or warped as in wood, plates, lamps and tree trunks."""
    middle_x, middle_y = rng.uniform(-20, FRAME_PX + 20, 2)
    warp = cv2.resize(rng.normal(size=(5, 5)), (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_CUBIC)
    flat, period = rng.uniform(0.2, 1), rng.uniform(3, 14)
    radius = np.hypot(_GRID[0] - middle_x, (_GRID[1] - middle_y) * flat) + warp * rng.uniform(0, 5)
    field: NDArray[np.float64] = np.sin(2 * np.pi * radius / period) ** int(rng.choice((1, 3)))
    return field


def halftone(rng: np.random.Generator) -> NDArray[np.float64]:
    """Dots on a grid, larger where a soft field is darker, like newsprint and perforated metal."""
    angle, pitch = rng.uniform(0, np.pi / 2), rng.uniform(4, 11)
    along = (_GRID[0] * np.cos(angle) + _GRID[1] * np.sin(angle)) * 2 * np.pi / pitch
    aside = (_GRID[1] * np.cos(angle) - _GRID[0] * np.sin(angle)) * 2 * np.pi / pitch
    tone = cv2.resize(rng.normal(size=(3, 3)), (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_CUBIC)
    dots = np.cos(along + rng.uniform(0, 6)) + np.cos(aside + rng.uniform(0, 6))
    apart = dots - 0.7 - tone * rng.uniform(0, 0.6)  # above 0 the dots of an even tone never touch
    field: NDArray[np.float64] = np.tanh(apart * rng.uniform(2, 8)) * rng.choice((-1.0, 1.0))
    return field


def wallpaper(rng: np.random.Generator) -> NDArray[np.float64]:
    """A motif and its mirror images over and over: left and right alike, as faces are."""
    side = int(rng.integers(5, 25))
    motif = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), float(rng.uniform(0.7, 2.5)))
    half = np.hstack([motif, motif[:, ::-1]])
    tile = np.vstack([half, half[::-1]]) if rng.integers(2) else half
    tiled = np.tile(tile, [-(-2 * FRAME_PX // size) for size in tile.shape])
    top, left = rng.integers(0, FRAME_PX, 2)
    return tiled[top : top + FRAME_PX, left : left + FRAME_PX]


def scribble(rng: np.random.Generator) -> NDArray[np.float64]:
    """A few wandering lines, like cables, twigs, handwriting and cracks."""
    canvas = np.zeros((FRAME_PX, FRAME_PX))
    for _ in range(rng.integers(2, 8)):
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, rng.uniform(0.2, 0.9), 90))
        steps = rng.uniform(1, 3) * np.stack([np.cos(headings), np.sin(headings)], axis=1)
        path = np.rint(rng.uniform(0, FRAME_PX, 2) + np.cumsum(steps, axis=0)).astype(np.int32)
        grey, width = float(rng.choice((-1, 1)) * rng.uniform(0.3, 1)), int(rng.integers(1, 4))
        cv2.polylines(canvas, [path], False, grey, width, cv2.LINE_8)  # floats know no LINE_AA
    return _softened(canvas, rng)


def triangles(rng: np.random.Generator) -> NDArray[np.float64]:
    """A mosaic of triangles (Delaunay's of random points), like folded paper or a glass roof."""
    canvas = np.zeros((FRAME_PX, FRAME_PX))
    margin = FRAME_PX // 2
    mesh = cv2.Subdiv2D((-margin, -margin, FRAME_PX + 2 * margin, FRAME_PX + 2 * margin))
    for x, y in rng.uniform(-margin, FRAME_PX + margin, (rng.integers(12, 120), 2)):
        mesh.insert((float(x), float(y)))
    for corners in np.array(mesh.getTriangleList()).reshape(-1, 3, 2):
        cv2.fillConvexPoly(canvas, np.rint(corners).astype(np.int32), float(rng.uniform(0, 1)))
    return canvas


HELD_OUT: Final[dict[str, Draw]] = {
    "voronoi": voronoi,
    "bricks": bricks,
    "words": words,
    "rings": rings,
    "halftone": halftone,
    "wallpaper": wallpaper,
    "scribble": scribble,
    "triangles": triangles,
}
"""Drawn families that training never sees; beside them, `phase_shuffled` faces."""


def phase_shuffled(face: Image, rng: np.random.Generator) -> Image:
    """A face's spectrum without a face: amplitudes kept, phases those of white noise.

    Brightness, contrast and the strength of every spatial frequency stay (up to clipping); what
    made it a face is gone.
    """
    spectrum = np.fft.fft2(face)
    noise = np.fft.fft2(rng.normal(size=face.shape))
    noise[0, 0] = abs(noise[0, 0])  # the mean keeps its sign
    mixed = np.fft.ifft2(np.abs(spectrum) * noise / np.abs(noise)).real
    image: Image = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return image
