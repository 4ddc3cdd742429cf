"""Crops show what the model was trained on, exactly."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.crop import CROP_PX, Framing, crop_face, resample
from edge.models import Box

PLAIN = Framing(0.0, 0.0, 1.0)
NOISE = np.random.default_rng(5).integers(0, 256, (200, 300, 3), np.uint8)


def test_the_framing_is_in_sizes_of_the_box() -> None:
    """A 64 x 100 box has size 80; the square's side and shift are multiples of that."""
    square = Framing(0.1, -0.2, 1.5).square(Box(100, 50, 64, 100))
    assert (square.width, square.height) == (120, 120)
    assert square.centre == pytest.approx((132 + 8, 100 - 16))


def test_shrinking_averages_areas_as_opencv_does() -> None:
    """On whole pixels it is OpenCV's grey conversion and area resampling, within rounding."""
    box = Box(30, 20, 144, 144)
    part = cv2.cvtColor(NOISE[20:164, 30:174], cv2.COLOR_BGR2GRAY)
    expected = cv2.resize(part, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
    got = crop_face(NOISE, box, PLAIN)
    assert got.shape == (CROP_PX, CROP_PX)
    assert got.dtype == np.uint8
    assert np.abs(got.astype(int) - expected.astype(int)).max() <= 1


def test_no_scaling_copies() -> None:
    """A grey face of 48 px comes out as it is."""
    grey = NOISE[:, :, 0]
    assert np.array_equal(crop_face(grey, Box(7, 9, 48, 48), PLAIN), grey[9:57, 7:55])


def test_enlarging_interpolates() -> None:
    """A slope stays a slope, without steps."""
    slope = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (20, 1))
    got = resample(slope, Box(2, 2, 12, 12), 48)
    steps = np.diff(got, axis=1)
    assert np.allclose(steps, 10 * 12 / 48, atol=1e-3)


def test_beyond_the_border_it_repeats() -> None:
    """A face at the edge has no black margin."""
    image = np.full((100, 100, 3), 77, np.uint8)
    assert np.all(crop_face(image, Box(-30, 70, 60, 60), PLAIN) == 77)


@given(
    st.floats(-400, 400),
    st.floats(-400, 400),
    st.floats(4, 500),
    st.floats(4, 500),
    st.builds(Framing, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.5, 2)),
)
def test_any_box_gives_a_crop_within_the_pictures_values(
    x: float, y: float, width: float, height: float, framing: Framing
) -> None:
    """Wherever the box lies, even outside: 48 x 48, and no value the picture doesn't span."""
    image = np.clip(NOISE, 60, 190)
    crop = crop_face(image, Box(x, y, width, height), framing)
    assert crop.shape == (CROP_PX, CROP_PX)
    assert crop.min() >= 60
    assert crop.max() <= 190
