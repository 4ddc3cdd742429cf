"""Sharpness and light as figures that do not depend on the camera's settings."""

import cv2
import numpy as np
import pytest

from edge.models import Image
from edge.scene_measures import FACE_PX, light, sharpness, to_grey


def room(width: int = 1280) -> Image:
    """A grey scene with edges of all directions, the same at each resolution."""
    big = np.full((720, 1280), 90, np.uint8)
    for i in range(12):
        centre = (60 + 105 * i, 120 + 40 * (i % 9))
        cv2.circle(big, centre, 20 + 4 * i, 40 + 15 * i, -1)
        cv2.line(big, (0, 50 * i), (1279, 700 - 30 * i), 200 - 10 * i, 5)
    if width == 1280:
        return big
    small: Image = cv2.resize(big, (width, width * 720 // 1280), interpolation=cv2.INTER_AREA)
    return small


def blurred(picture: Image, share: float) -> Image:
    """Out of focus by this share of the picture's width."""
    result: Image = cv2.GaussianBlur(picture, (0, 0), share * picture.shape[1])
    return result


def test_sharpness_falls_with_each_step_out_of_focus() -> None:
    """In order, and by much."""
    values = [sharpness(room())] + [sharpness(blurred(room(), 2.0**-n)) for n in (9, 8, 7)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.001
    assert values[0] > 20 * values[2]


@pytest.mark.parametrize("gain", [0.35, 0.7])
def test_sharpness_does_not_depend_on_the_light(gain: float) -> None:
    """A dimmer room is as sharp."""
    dim = np.rint(room() * gain).astype(np.uint8)
    assert sharpness(dim) == pytest.approx(sharpness(room()), rel=0.1)


@pytest.mark.parametrize("share", [1 / 400, 1 / 200])
def test_sharpness_does_not_depend_on_the_resolution(share: float) -> None:
    """A blur of the same share of the view counts the same at 720p and at 360p."""
    large, small = sharpness(blurred(room(), share)), sharpness(blurred(room(640), share))
    assert large == pytest.approx(small, rel=0.25)


def test_an_even_wall_is_not_sharp() -> None:
    """Nothing to be sharp about; too small a picture neither."""
    assert sharpness(np.full((90, 160), 200, np.uint8)) == 0
    assert sharpness(np.array([[0, 255]], np.uint8)) == 0


def test_noise_gives_one() -> None:
    """The unit of the figure."""
    noise = np.random.default_rng(4).normal(128, 20, (480, 640)).clip(0, 255).astype(np.uint8)
    assert sharpness(noise) == pytest.approx(1, abs=0.05)


def test_a_face_is_judged_at_the_models_size() -> None:
    """Detail that the model can't see makes no difference."""
    face = room()[:480, :480]
    softer = cv2.GaussianBlur(face, (0, 0), 2)
    assert sharpness(softer, FACE_PX) == pytest.approx(sharpness(face, FACE_PX), rel=0.15)
    assert sharpness(softer) < 0.5 * sharpness(face)


def test_light_tells_black_and_burnt_out_shares() -> None:
    """Half black, a quarter white, a quarter mid grey."""
    picture = np.zeros((40, 80), np.uint8)
    picture[:, 40:60] = 255
    picture[:, 60:] = 102
    seen = light(picture)
    assert (seen.dark_share, seen.bright_share) == pytest.approx((0.5, 0.25))
    assert seen.mean == pytest.approx(0.25 + 0.25 * 0.4)
    assert seen.contrast == pytest.approx((0.25 + 0.25 * 0.16 - seen.mean**2) ** 0.5)


def test_the_limits_of_light() -> None:
    """All black and all white; no contrast in either."""
    black, white = (light(np.full((9, 9), level, np.uint8)) for level in (0, 255))
    assert (black.mean, black.dark_share, black.bright_share, black.contrast) == (0, 1, 0, 0)
    assert (white.mean, white.dark_share, white.bright_share, white.contrast) == (1, 0, 1, 0)


def test_colour_becomes_grey_and_grey_stays() -> None:
    """As OpenCV does it."""
    colour = np.zeros((2, 2, 3), np.uint8)
    colour[:] = (255, 0, 0)
    assert to_grey(colour).tolist() == [[29, 29], [29, 29]]
    grey = np.ones((2, 2), np.uint8)
    assert to_grey(grey) is grey
