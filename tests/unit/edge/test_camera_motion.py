"""The room holds still; when it doesn't, it is the camera that moves."""

import math

import numpy as np
import pytest

from edge.camera_motion import CameraMotion
from edge.models import Box, Image
from tests.support.pictures import shifted, smooth_noise

ROOM = smooth_noise(180, 320, seed=5)


def follow(frames: list[Image], faces: list[Box] | None = None) -> list[tuple[float, float]]:
    """The offset of each frame at 10 frames/s."""
    camera = CameraMotion()
    return [camera.offset(image, i / 10, faces or []) for i, image in enumerate(frames)]


def test_a_shaking_camera_is_measured() -> None:
    """To a tenth of a pixel, for half a minute and over new references, without drift."""
    rng = np.random.default_rng(1)
    ways = [(0.0, 0.0), *((float(x), float(y)) for x, y in rng.uniform(-1.2, 1.2, (45, 2)))]
    camera = CameraMotion()
    seen = [camera.offset(shifted(ROOM, *way), i / 2, []) for i, way in enumerate(ways)]
    worst = max(math.dist(a, b) for a, b in zip(ways, seen, strict=True))
    assert worst < 0.1


def test_light_does_not_move_the_room() -> None:
    """Lamps go on and off, the exposure hunts."""
    frames = [(ROOM * (0.75 + 0.25 * math.sin(0.9 * i))).astype(np.uint8) for i in range(40)]
    assert max(math.hypot(x, y) for x, y in follow(frames)) < 0.05


def test_people_do_not_move_the_room() -> None:
    """Somebody walks through the picture, over some of what is looked at."""
    person, later = smooth_noise(130, 65, seed=6), shifted(ROOM, 0.3, 0.0)
    frames = []
    for i in range(60):
        frame = later.copy() if i else ROOM.copy()
        frame[50:, 4 * i : 4 * i + 65] = person
        frames.append(frame)
    seen = follow(frames)[1:]
    assert max(abs(x - 0.3) + abs(y) for x, y in seen) < 0.1


def test_faces_and_bodies_are_no_reference() -> None:
    """What sways with a visitor in front of a plain wall is not the room."""
    visitor = Box(140, 30, 30, 30)
    frames = []
    for i in range(20):
        frame = np.full((180, 320), 128, np.uint8)
        frame[20:170, 125:185] = shifted(ROOM[:150, :60], math.sin(i), 0)
        frames.append(frame)
    assert set(follow(frames, [visitor])) == {(0.0, 0.0)}


@pytest.mark.parametrize("channels", [0, 3])
def test_grey_and_colour_are_one(channels: int) -> None:
    """Cameras give colour, tests need none."""
    frames = [ROOM, shifted(ROOM, 0.5, -0.5)]
    seen = follow([np.dstack([f] * channels) if channels else f for f in frames])
    assert seen[-1] == pytest.approx((0.5, -0.5), abs=0.05)


def test_a_moment_is_measured_once() -> None:
    """Several faces of one frame ask for the same offset."""
    camera = CameraMotion()
    camera.offset(ROOM, 0.0, [])
    first = camera.offset(shifted(ROOM, 1, 0), 0.1, [])
    assert camera.offset(ROOM, 0.1, []) == first


def test_a_camera_that_was_turned_begins_anew() -> None:
    """Nothing is where it was: after a second the new room is the reference."""
    other = smooth_noise(180, 320, seed=9)
    seen = follow([ROOM, *[other] * 20, *[shifted(other, 0.6, 0)] * 2])
    before, after = seen[-3], seen[-1]
    assert after[0] - before[0] == pytest.approx(0.6, abs=0.05)
