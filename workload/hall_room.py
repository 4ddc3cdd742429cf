"""The room of the ten-minute gallery hall: a painted portrait, a marble bust, a poster, a screen.

All of it is made from the two public-domain portraits of ``workload.cutouts``.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from workload.cutouts import Image, astronaut_photo, hopper_photo

WIDTH: Final = 640
HEIGHT: Final = 360

PORTRAIT: Final = (52.0, 78.0)
"""Centre of the painted portrait's face, px."""
BUST: Final = (598.0, 150.0)
"""Centre of the bust's face, px."""
POSTER: Final = (490.0, 92.0)
"""Centre of the poster's face, px."""
SCREEN: Final = (250.0, 78.0)
"""Centre of the face on the screen, px."""

_FLOOR_Y: Final = 300
_WALL: Final = np.array([168, 180, 186], np.float32)
_FLOOR: Final = np.array([62, 88, 116], np.float32)
_GILT: Final = np.array([44, 104, 150], np.float32)
_MARBLE: Final = np.array([206, 210, 212], np.float32)
_PAPER: Final = np.array([214, 226, 232], np.float32)
_SEPIA: Final = np.array([[0.13, 0.53, 0.27], [0.17, 0.69, 0.35], [0.19, 0.77, 0.39]], np.float32)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Something that is drawn anew in each frame, because it moves.

    Attributes:
        pixels: BGR [height, width, 3].
        left: Of its upper left corner, px of the film.
        top: The same.
    """

    pixels: Image
    left: int
    top: int


def paint_hall(seed: int) -> Image:
    """The hall without people, poster or screen, BGR [360, 640, 3]."""
    rng = np.random.default_rng(seed)
    room = _wall_and_floor(rng)
    _hang(room, _sepia(_part(hopper_photo(), (10, 360, 118, 412), 0.27, mirrored=True)), (12, 36))
    # Pictures without a face: they give the eye, and the camera's motion, something to hold on to.
    _hang(room, _landscape(rng, 70, 52), (128, 60))
    _hang(room, _landscape(rng, 64, 84), (340, 44))
    _stand_bust(room)
    return np.clip(room, 0, 255).astype(np.uint8)


def print_poster() -> Sheet:
    """The poster with a printed face, above lines of text."""
    face = _part(astronaut_photo(), (0, 220, 120, 320), 0.46)
    height, width = face.shape[:2]
    sheet = np.empty((height + 46, width + 16, 3), np.float32)
    sheet[:] = _PAPER
    sheet[8 : 8 + height, 8 : 8 + width] = face
    for row, (part, tone) in enumerate(((0.9, 40), (0.7, 70), (0.8, 70), (0.5, 70))):
        y = height + 15 + 7 * row
        sheet[y : y + (4 if row == 0 else 2), 8 : 8 + int(part * width)] = tone
    centre = ((223 - 120) * 0.46 + 8, 124 * 0.46 + 8)
    left, top = round(POSTER[0] - centre[0]), round(POSTER[1] - centre[1])
    return Sheet(sheet.round().astype(np.uint8), left, top)


def screen_picture() -> Sheet:
    """What the screen shows when nobody in it moves; its face is at ``SCREEN``."""
    face = _part(hopper_photo(), (0, 420, 30, 506), 0.25)
    height, width = face.shape[:2]
    left, top = round(SCREEN[0] - (268 - 30) * 0.25), round(SCREEN[1] - 227 * 0.25)
    picture = face[: min(height, HEIGHT - top), :width].round().astype(np.uint8)
    return Sheet(np.ascontiguousarray(picture), left, max(0, top))


def lamp_light(light: npt.NDArray[np.float32], x: float, width: float) -> None:
    """Adds a spotlight's cone to a light map [height, width], in place."""
    rows, columns = light.shape
    across = (np.arange(columns, dtype=np.float32) + 0.5) / columns - x / WIDTH
    down = (np.arange(rows, dtype=np.float32) + 0.5) / rows - 0.3
    wide, high = np.exp(-((across * WIDTH / width) ** 2)), np.exp(-((down / 0.45) ** 2))
    light += (wide[None, :] * high[:, None]).astype(np.float32)


def _wall_and_floor(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    room = np.empty((HEIGHT, WIDTH, 3), np.float32)
    room[:] = _WALL
    plaster = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.5)
    room += 6 * plaster[..., None]
    boards = 10 * np.sin(np.arange(WIDTH, dtype=np.float32) / 7)
    room[_FLOOR_Y:] = _FLOOR + boards[None, :, None]
    room[_FLOOR_Y - 8 : _FLOOR_Y] *= 0.8
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 0.8), np.float32)


def _part(
    photo: Image, crop: tuple[int, int, int, int], scale: float, *, mirrored: bool = False
) -> npt.NDArray[np.float32]:
    top, bottom, left, right = crop
    part = photo[top:bottom, left:right]
    if mirrored:
        part = part[:, ::-1]
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _sepia(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.transform(picture, _SEPIA) * 0.92, np.float32)


def _hang(
    room: npt.NDArray[np.float32], picture: npt.NDArray[np.float32], xy: tuple[int, int]
) -> None:
    (x, y), (height, width) = xy, picture.shape[:2]
    for i in range(7):
        tone = 1.2 - 0.1 * i
        room[y - 7 + i : y + height + 7 - i, x - 7 + i : x + width + 7 - i] = _GILT * tone
    room[y : y + height, x : x + width] = picture


def _landscape(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    hills = np.cumsum(rng.standard_normal(width)) * 1.5 + height * 0.5
    rows = np.arange(height)[:, None]
    sky = np.array([190, 170, 140], np.float32) * (0.7 + 0.4 * rows[..., None] / height)
    land = np.array([60, 110, 90], np.float32) * (1.2 - 0.5 * rows[..., None] / height)
    below = (rows > hills[None, :])[..., None]
    grain = 14 * rng.standard_normal((height, width, 1)).astype(np.float32)
    painted = np.where(below, land, sky).astype(np.float32) + grain
    return np.asarray(cv2.GaussianBlur(painted, (0, 0), 0.8), np.float32)


def _stand_bust(room: npt.NDArray[np.float32]) -> None:
    """A head of marble on a plinth: the shape of a face, its light and shade, and no colour."""
    grey = cv2.cvtColor(astronaut_photo(), cv2.COLOR_BGR2GRAY)[0:235, 105:345].astype(np.float32)
    grey = cv2.GaussianBlur(grey[:, ::-1], (0, 0), 2.0)
    shade = 0.45 * (grey - 128) + 34 * _relief(grey)
    head = _MARBLE * 0.8 + shade[..., None]
    mask = np.zeros(grey.shape, np.float32)
    cv2.ellipse(mask, (122, 112), (70, 100), 0, 0, 360, 1.0, -1)
    cv2.rectangle(mask, (90, 190), (154, 235), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2.5)
    scale = 0.46
    head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., None]
    height, width = head.shape[:2]
    left, top = round(BUST[0] - 122 * scale), round(BUST[1] - 122 * scale)
    width = min(width, WIDTH - left)
    place = room[top : top + height, left : left + width]
    place[:] = mask[:, :width] * head[:, :width] + (1 - mask[:, :width]) * place
    below = top + height
    plinth = room[below:330, left + 6 : left + 100]
    across = np.linspace(1.0, 0.72, plinth.shape[1], dtype=np.float32)
    plinth[:] = _MARBLE * 0.8 * across[None, :, None]


def _relief(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The slope towards a lamp at the upper left, -1 … 1."""
    down, across = np.gradient(grey)
    return np.asarray(np.tanh(-(down + across) / 14), np.float32)
