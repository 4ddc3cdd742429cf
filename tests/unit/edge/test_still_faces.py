"""Portraits hang still; people never do."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from edge.models import Box, Face, Image
from edge.still_faces import Liveness, StillFaces
from edge.tracker import Tracker

SIZE = 100.0
Change = Callable[[float, Image], Image]


def texture() -> Image:
    """A smooth random picture, as rich in edges as a face."""
    coarse = np.random.default_rng(11).uniform(40, 210, (14, 14))
    fine = np.kron(coarse, np.ones((15, 15)))
    kernel = np.hanning(17) / np.hanning(17).sum()
    for axis in (0, 1):
        fine = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), axis, fine)
    picture: Image = fine.astype(np.uint8)
    return picture


TEXTURE = texture()


def picture(x: float, y: float) -> Image:
    """A frame with the textured face centred at x, y, to a fraction of a pixel."""
    frame = np.full((240, 640), 128, np.uint8)
    left, top = math.floor(x) - 60, math.floor(y) - 60
    right, low = x - math.floor(x), y - math.floor(y)
    grey = TEXTURE.astype(float)
    moved = (
        grey[1:, 1:] * (1 - low) * (1 - right)
        + grey[:-1, 1:] * low * (1 - right)
        + grey[1:, :-1] * (1 - low) * right
        + grey[:-1, :-1] * low * right
    )
    frame[top : top + 120, left : left + 120] = moved[40:160, 40:160].round()
    return frame


def box(x: float, y: float, size: float = SIZE) -> Box:
    """Square box centred at x, y."""
    return Box(x - size / 2, y - size / 2, size, size)


def watch(
    path: Callable[[float], tuple[float, float]],
    *,
    seconds: float = 5.0,
    rate: float = 8.0,
    change: Change = lambda _, image: image,
    judge: StillFaces | None = None,
    start_s: float = 0.0,
    jitter: float = 1.0,
) -> tuple[Liveness, StillFaces]:
    """Follows one face along a path, through a jittery detector; the final word on it."""
    rng = np.random.default_rng(2)
    tracker, judge = Tracker(), judge or StillFaces()
    for i in range(int(seconds * rate)):
        now_s = start_s + i / rate
        x, y = path(i / rate)
        image = change(i / rate, picture(x, y))
        off = rng.normal(0, jitter, 3)
        face = Face(box(x + off[0], y + off[1], SIZE + off[2]), 0.9)
        for track in tracker.update([face], now_s).seen:
            judge.observe(track, track.face, image, now_s)
    (track,) = tracker.finish()
    return judge.close(track), judge


def still(_: float) -> tuple[float, float]:
    """On the wall."""
    return 320.0, 120.0


def noise(sigma: float) -> Change:
    """A camera's noise."""
    rng = np.random.default_rng(7)

    def change(_: float, image: Image) -> Image:
        noisy: Image = np.clip(image + rng.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)
        return noisy

    return change


def dimming(t: float, image: Image) -> Image:
    """The light goes up and down."""
    return (image * (0.75 + 0.25 * math.sin(2 * t))).astype(np.uint8)


def passing_light(t: float, image: Image) -> Image:
    """A bright band moves across the wall."""
    across = np.linspace(0, 3, image.shape[1])
    lit: Image = (image * (0.7 + 0.25 * np.sin(across + 0.8 * t))).astype(np.uint8)
    return lit


LIGHTS = {
    "steady": lambda _, image: image,
    "noise 3": noise(3.0),
    "noise 10": noise(10.0),
    "dimming": dimming,
    "passing light": passing_light,
}


@pytest.mark.parametrize("change", LIGHTS.values(), ids=list(LIGHTS))
@pytest.mark.parametrize("rate", [4.0, 12.0])
def test_a_portrait_is_still_in_any_light(change: Change, rate: float) -> None:
    """Neither noise nor light nor a detector's jitter brings it to life."""
    state, judge = watch(still, seconds=8, rate=rate, change=change)
    assert state is Liveness.STILL
    assert judge.suppressed == 1
    assert judge.places[0].box.iou(box(320, 120)) > 0.8


@pytest.mark.parametrize("change", LIGHTS.values(), ids=list(LIGHTS))
@pytest.mark.parametrize("rate", [4.0, 12.0])
def test_a_visitor_who_only_sways_lives(change: Change, rate: float) -> None:
    """Two per cent of a face to and fro, 3 mm, in any light."""
    state, judge = watch(
        lambda t: (320 + 2 * math.sin(2.2 * t), 120 + math.sin(1.3 * t)), rate=rate, change=change
    )
    assert state is Liveness.ALIVE
    assert judge.suppressed == 0


@pytest.mark.parametrize("rate", [4.0, 8.0, 15.0])
def test_who_walks_in_lives_and_may_stand_like_a_statue(rate: float) -> None:
    """After a walk no motion is needed."""
    state, _ = watch(lambda t: (200 + min(120.0, 150 * t), 120), seconds=20, rate=rate)
    assert state is Liveness.ALIVE


def test_who_comes_nearer_lives() -> None:
    """Growth is motion, too."""
    tracker, judge = Tracker(), StillFaces()
    image = picture(320, 120)
    for i in range(24):
        face = Face(box(320, 120, 80 + 2 * i), 0.9)
        (track,) = tracker.update([face], i / 8).seen
        judge.observe(track, face, image, i / 8)
    assert judge.state(track) is Liveness.ALIVE


def test_too_short_a_look_decides_nothing() -> None:
    """After one second a motionless face is not known to be a portrait yet."""
    state, judge = watch(still, seconds=1)
    assert state is Liveness.UNKNOWN
    assert judge.suppressed == 0


def test_a_portrait_that_was_hidden_is_known_at_once_and_counts_once() -> None:
    """The map of still faces outlives the track."""
    _, judge = watch(still)
    state, judge = watch(still, seconds=0.5, judge=judge, start_s=30.0)
    assert state is Liveness.STILL
    assert judge.suppressed == 1


def test_two_portraits_count_twice() -> None:
    """Each place is one still face."""
    _, judge = watch(still)
    _, judge = watch(lambda _: (120.0, 120.0), judge=judge, start_s=30.0)
    assert judge.suppressed == 2


def test_a_visitor_at_a_portraits_place_lives_once_they_move() -> None:
    """Who comes from there and walks away is a visitor; the portrait stays one."""
    _, judge = watch(still)
    state, judge = watch(lambda t: (320 + 30 * t, 120), judge=judge, start_s=30.0)
    assert state is Liveness.ALIVE
    assert judge.suppressed == 1


def test_a_mistake_heals() -> None:
    """Who stood like a statue for a while and then walks off was a visitor all along."""
    state, judge = watch(lambda t: (320 + max(0.0, 60 * (t - 5)), 120), seconds=8)
    assert state is Liveness.ALIVE
    assert judge.suppressed == 0
    assert judge.places == ()


def test_a_place_without_a_face_is_forgotten() -> None:
    """A month later, someone stands where a portrait used to hang."""
    _, judge = watch(still)
    state, judge = watch(still, seconds=0.5, judge=judge, start_s=30 * 86_400.0)
    assert state is Liveness.UNKNOWN
    assert judge.places == ()
