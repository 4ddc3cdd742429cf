"""Pictures made of numbers, for whoever looks at motion in them."""

import math

import cv2
import numpy as np

from edge.models import Image


def smooth_noise(height: int, width: int, *, seed: int, grain_px: float = 4.0) -> Image:
    """A wall with soft blotches in 30 … 220, as rich in corners as a crowded gallery's."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), grain_px)
    picture: Image = np.clip(125 + 35 * soft / soft.std(), 30, 220).astype(np.uint8)
    return picture


def shifted(image: Image, right: float, down: float) -> Image:
    """The same grey picture, moved by a fraction of a pixel; what leaves it comes in again.

    Linear interpolation in floating point: OpenCV's warps are only good to a sixteenth of a pixel.
    """
    moved = image.astype(np.float32)
    for way, axis in ((down, 0), (right, 1)):
        whole = math.floor(way)
        part = np.float32(way - whole)
        moved = (1 - part) * np.roll(moved, whole, axis) + part * np.roll(moved, whole + 1, axis)
    return np.asarray(moved.round(), np.uint8)
