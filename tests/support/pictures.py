"""Pictures made of numbers, for whoever looks at motion in them."""

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

    By a turn of phases: OpenCV's warps are only good to a sixteenth of a pixel.
    """
    height, width = image.shape
    turns = np.fft.fftfreq(width)[None] * right + np.fft.fftfreq(height)[:, None] * down
    moved = np.fft.ifft2(np.fft.fft2(image.astype(np.float64)) * np.exp(-2j * np.pi * turns))
    return np.asarray(np.real(moved).clip(0, 255).round(), np.uint8)
