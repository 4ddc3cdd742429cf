"""Motion is told from light and noise, to a fraction of a pixel."""

import math

import numpy as np
import pytest

from edge.models import Box, Image
from edge.registration import Patch, look, shift, texture
from tests.support.pictures import shifted, smooth_noise

WALL = smooth_noise(240, 320, seed=3, grain_px=8)
BOX = Box(120, 80, 80, 80)


def patch(image: Image, box: Box = BOX) -> Patch:
    """The place, which shows something."""
    seen = look(image, box)
    assert seen is not None
    return seen


@pytest.mark.parametrize("right", [-1.5, -0.4, 0.0, 0.1, 0.8])
@pytest.mark.parametrize("down", [-0.7, 0.0, 0.25])
def test_a_motion_is_measured(right: float, down: float) -> None:
    """In face sizes, right and down, to a fourteenth of a pixel."""
    moved = shift(patch(WALL), patch(shifted(WALL, right, down)))
    assert moved.right * 80 == pytest.approx(right, rel=0.08, abs=0.07)
    assert moved.down * 80 == pytest.approx(down, rel=0.08, abs=0.07)
    assert moved.length == math.hypot(moved.right, moved.down)
    assert moved.explained > 0.95


def test_light_is_no_motion() -> None:
    """Brightness, contrast and a slope over the patch."""
    slope = np.linspace(0.7, 1.1, 320)
    lit = np.clip(0.8 * WALL * slope + 12, 0, 255).astype(np.uint8)
    moved = shift(patch(WALL), patch(lit))
    assert moved.length * 80 < 0.05
    assert moved.explained > 0.95


def test_another_picture_is_not_explained() -> None:
    """Somebody stands in front."""
    assert shift(patch(WALL), patch(smooth_noise(240, 320, seed=4))).explained < 0.3


def test_a_plain_wall_shows_nothing() -> None:
    """There is nothing to compare."""
    assert look(np.full((240, 320), 128, np.uint8), BOX) is None


def test_an_edge_tells_motion_across_it_only() -> None:
    """A corner tells more than an edge, however sharp the edge."""
    edge = np.full((240, 320), 60, np.uint8)
    edge[:, 160:] = 200
    corner = edge.copy()
    corner[:120] = 60
    assert texture(patch(edge)) < 0.01
    assert texture(patch(corner)) > 1.0
