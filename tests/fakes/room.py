"""A room as a camera sees it over time: with noise, visitors, other light, and faults."""

from functools import cache

import cv2
import numpy as np

from edge.models import Frame, Image
from workload.gallery import paint_room

WIDTH, HEIGHT = 640, 360
_GRAINS = 7


class RoomCamera:
    """Frames of the gallery's room, 640 x 360, two a second unless told otherwise."""

    def __init__(self, seed: int = 1, noise: float = 2.0) -> None:
        self.room: Image = cv2.resize(paint_room(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        self.now_s = 1000.0
        self._rng = np.random.default_rng(seed)
        shape = (HEIGHT, WIDTH, 3)
        self._grain = [self._rng.normal(0, noise, shape).astype(np.int8) for _ in range(_GRAINS)]

    def frame(self, image: Image, *, later_s: float = 0.5, grain: bool = True) -> Frame:
        """A frame of the picture, with fresh noise, some time after the last one."""
        self.now_s += later_s
        if grain:
            rolled = np.roll(
                self._grain[int(self._rng.integers(_GRAINS))],
                int(self._rng.integers(WIDTH)),
                axis=1,
            )
            image = cv2.add(image, rolled, dtype=cv2.CV_8U)
        return Frame(image, 0, self.now_s)


def with_visitors(room: Image, count: int, seed: int) -> Image:
    """The room with people before it, each where ``seed`` says."""
    rng = np.random.default_rng(seed)
    image = room.copy()
    for _ in range(count):
        x, top, size = (int(rng.integers(*r)) for r in ((0, WIDTH), (60, 160), (60, 120)))
        coat, skin = (tuple(int(v) for v in rng.integers(*r, 3)) for r in ((20, 230), (90, 220)))
        cv2.rectangle(image, (x - size // 2, top + size), (x + size // 2, HEIGHT), coat, -1)
        cv2.circle(image, (x, top + size // 2), size // 3, skin, -1)
    return image


def lit(room: Image, gain: float, offset: float = 0.0) -> Image:
    """The room in another light, or as another exposure takes it."""
    image: Image = cv2.convertScaleAbs(room, alpha=gain, beta=offset)
    return image


def seen_from(
    room: Image, *, across_px: float = 0, down_px: float = 0, turn_deg: float = 0
) -> Image:
    """What a camera sees that was pushed or turned."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn_deg, 1.0)
    matrix[:, 2] += (across_px, down_px)
    moved: Image = cv2.warpAffine(room, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return moved


def defocused(room: Image, sigma_px: float) -> Image:
    """The room out of focus."""
    blurred: Image = cv2.GaussianBlur(room, (0, 0), sigma_px)
    return blurred


@cache
def hand(seed: int = 5) -> Image:
    """What a camera sees with a hand on its lens: dark, soft, light at the fingers' edges."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(15, 70, (5, 8, 3)).astype(np.float32)
    soft = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    image: Image = cv2.GaussianBlur(soft.clip(0, 255), (0, 0), 30).astype(np.uint8)
    return image
