"""The room of the gallery film: wall, floor, a framed portrait and a pillar in front."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from workload.cutouts import Image, hopper_photo

WIDTH: Final = 1280
HEIGHT: Final = 720

PILLAR: Final = (890, 1010)
"""Left and right edge of the pillar, px; visitors pass behind it."""
STILL_FACE: Final = (104, 65, 93, 119)
"""Where the wall portrait's face is: x, y, width, height in px."""

PORTRAIT_FRAME: Final = (69, 7, 234, 203)
"""Left, top, right and bottom of the wall portrait with its frame, px."""

_FLOOR_Y: Final = 610
_WALL: Final = np.array([176, 190, 198], np.float32)
_FLOOR: Final = np.array([58, 84, 112], np.float32)
_FRAME: Final = np.array([40, 96, 140], np.float32)
_PILLAR: Final = np.array([150, 158, 164], np.float32)
_PORTRAIT_CROP: Final = (15, 347, 130, 400)
"""Top, bottom, left and right of the piece of the photo that hangs on the wall."""
_PORTRAIT_XY: Final = (84, 22)
_PORTRAIT_SCALE: Final = 0.5
_FRAME_PX: Final = 15
_SEPIA: Final = np.array([[0.13, 0.53, 0.27], [0.17, 0.69, 0.35], [0.19, 0.77, 0.39]], np.float32)


def paint_room() -> Image:
    """The room without people, BGR [720, 1280, 3]; smooth: no detector sees a face in the wall."""
    room = _wall_and_floor()
    portrait = _portrait()
    x, y = _PORTRAIT_XY
    h, w = portrait.shape[:2]
    _hang_frame(room, x, y, w, h)
    room[y : y + h, x : x + w] = portrait
    _shade_by_pillar(room)
    return np.clip(room, 0, 255).astype(np.uint8)


def paint_pillar() -> Image:
    """The pillar that stands in front of the visitors, BGR [720, its width, 3]."""
    left, right = PILLAR
    across = np.linspace(-1, 1, right - left, dtype=np.float32)
    shade = 0.55 + 0.45 * np.sqrt(1 - (0.9 * across - 0.1).clip(-1, 1) ** 2)
    column = shade[None, :, None] * _PILLAR
    light = np.linspace(1.06, 0.86, HEIGHT, dtype=np.float32)[:, None, None]
    painted: Image = np.clip(column * light, 0, 255).astype(np.uint8)
    return painted


def _wall_and_floor() -> npt.NDArray[np.float32]:
    x = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None]
    y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    light = 1.08 - 0.20 * x - 0.16 * y
    room: npt.NDArray[np.float32] = (_WALL * light).astype(np.float32)
    floor = (_FLOOR * (1.15 - 0.25 * x)).astype(np.float32)
    room[_FLOOR_Y:] = np.broadcast_to(floor, (HEIGHT - _FLOOR_Y, WIDTH, 3))
    room[_FLOOR_Y - 14 : _FLOOR_Y] *= 0.82  # skirting board
    room[_FLOOR_Y - 30 :] = cv2.GaussianBlur(room[_FLOOR_Y - 30 :], (0, 0), 2.0)
    return room


def _shade_by_pillar(room: npt.NDArray[np.float32]) -> None:
    shadow = np.ones(room.shape[:2], np.float32)
    shadow[:, PILLAR[0] + 20 : PILLAR[1] + 30] = 0.8
    room *= cv2.GaussianBlur(shadow, (0, 0), 18)[..., None]


def _portrait() -> npt.NDArray[np.float32]:
    top, bottom, left, right = _PORTRAIT_CROP
    photo = hopper_photo()[top:bottom, left:right][:, ::-1]
    small = cv2.resize(
        photo, None, fx=_PORTRAIT_SCALE, fy=_PORTRAIT_SCALE, interpolation=cv2.INTER_AREA
    )
    sepia: npt.NDArray[np.float32] = cv2.transform(small.astype(np.float32), _SEPIA)
    return sepia * 0.92


def _hang_frame(room: npt.NDArray[np.float32], x: int, y: int, w: int, h: int) -> None:
    m = _FRAME_PX
    shadow = np.ones(room.shape[:2], np.float32)
    shadow[y - m + 8 : y + h + m + 8, x - m + 6 : x + w + m + 6] = 0.72
    room *= cv2.GaussianBlur(shadow, (0, 0), 6)[..., None]
    for i in range(m):
        # A moulding: lit on its outer slope, dark towards the picture.
        tone = 1.25 - 0.75 * i / m
        top, left = y - m + i, x - m + i
        room[top : y + h + m - i, left : x + w + m - i] = _FRAME * tone
