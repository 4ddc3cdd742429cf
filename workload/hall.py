"""Ten minutes of a gallery hall, frame by frame: still faces, changing light and five visitors.

Nothing is written to a file: the frames are made as they are asked for, and the same seed gives the
same pixels. It is what the still-face filter is measured on (``python -m tests.vision.hall``).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from workload.cutouts import Cutout, Image, astronaut, hopper
from workload.hall_people import Look, Visitor, five_visitors
from workload.hall_room import (
    BUST,
    HEIGHT,
    PORTRAIT,
    POSTER,
    SCREEN,
    WIDTH,
    Sheet,
    lamp_light,
    paint_hall,
    print_poster,
    screen_picture,
)

SECONDS: Final = 600.0
_LIGHT_STEP: Final = 8
"""The light is worked out on every eighth pixel."""
_EYES: Final = {
    "astronaut": ((203.2, 107.5), (244.6, 107.3), 9.0),
    "hopper": ((224.9, 193.9), (306.7, 191.6), 17.0),
}
"""Centres of the eyes and their radius in the cut-outs' pixels."""
_HAIR: Final = np.array([40, 56, 72], np.float32)
_AIM: Final = 118.0
"""Mean grey value that the camera's exposure aims at."""
_VIBRATION_HZ: Final = 11.0
_LAMPS_OFF: Final = (((150.0, 156.0), (330.0, 420.0)), ((135.0, 200.0),))
"""Spans (s) in which each of the two lamps is off."""
_LOOP_S: Final = 12.0
"""Length of the film on the screen, which begins anew for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What happens in the hall besides the five visits.

    Attributes:
        seconds: Length; the visits lie between 40 and 410 s.
        rate: Frames per second.
        seed: Of everything.
        vibration_px: Peak of the camera's shaking at each footstep, px; 0: a firm mount.
        draught_px: How far gusts swing the poster's lower edge, px; 0: a firm poster.
        printed: Whether the fourth visitor wears a face on the shirt.
        screen: Whether a screen shows a film of a face, in a loop.
        sway_mm: RMS sway of the visitor who stands still for a minute, mm.
        noise: Sensor noise, sigma in grey values.
        quality: JPEG quality of the camera's stream.
        fade: Whether the hall goes all but dark for a while at the end.
    """

    seconds: float = SECONDS
    rate: float = 10.0
    seed: int = 5
    vibration_px: float = 0.0
    draught_px: float = 0.0
    printed: bool = False
    screen: bool = False
    sway_mm: float = 2.0
    noise: float = 2.5
    quality: int = 80
    fade: bool = True

    @property
    def visitors(self) -> tuple[Visitor, ...]:
        """The cast."""
        return five_visitors(self.seed, sway_mm=self.sway_mm, printed=self.printed)

    @property
    def artworks(self) -> dict[str, tuple[float, float]]:
        """Centres of the faces that are no visitor's, px; the shirt's moves about."""
        return {"portrait": PORTRAIT, "bust": BUST, "poster": POSTER} | (
            {"screen": SCREEN} if self.screen else {}
        )

    def stays(self) -> list[tuple[float, float]]:
        """First and last moment (s) at which each visitor's face shows, as they come."""
        return sorted(v.stay(self.rate, WIDTH) for v in self.visitors)

    def frames(self, start_s: float = 0.0) -> Iterator[tuple[float, Image]]:
        """Moments (s) and pictures, BGR [360, 640, 3]."""
        stage = _Stage(self)
        for i in range(round(start_s * self.rate), round(self.seconds * self.rate)):
            yield i / self.rate, stage.picture(i / self.rate, i)


class _Stage:
    """Draws one frame after another."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._room = paint_hall(hall.seed)
        self._poster, self._screen = print_poster(), screen_picture()
        originals = {"astronaut": astronaut(), "hopper": hopper()}
        self._people = [(v, _dressed(originals[v.who], v)) for v in hall.visitors]
        # The nearest are drawn last.
        self._people.sort(key=lambda pair: pair[0].size_px)
        self._lamps = np.zeros((2, HEIGHT // _LIGHT_STEP, WIDTH // _LIGHT_STEP), np.float32)
        for lamp, x in zip(self._lamps, (150.0, 500.0), strict=True):
            lamp_light(lamp, x, 190.0)
        self._gain = 0.0
        self._drift = 0.0
        self._grain = [
            (np.random.default_rng((hall.seed, i)).standard_normal((HEIGHT, WIDTH, 3), np.float32)
             * hall.noise).round().astype(np.int8)
            for i in range(7)
        ]  # fmt: skip

    def picture(self, now_s: float, index: int) -> Image:
        """The frame of a moment."""
        hall = self._hall
        frame = self._room.copy()
        _put(frame, self._poster, _swing(self._poster, now_s, hall))
        if hall.screen:
            _put(frame, self._screen, _nodding(self._screen, now_s))
        for visitor, clothed in self._people:
            look = visitor.look(now_s)
            if look is not None:
                _draw(frame, clothed, look)
        frame = cv2.multiply(frame, self._light(now_s, frame), dtype=cv2.CV_8U)
        frame = _shaken(frame, now_s, hall)
        rng = np.random.default_rng((hall.seed, 77, index))
        grain = np.roll(self._grain[index % 7], int(rng.integers(WIDTH)), axis=1)
        frame = cv2.add(frame, grain, dtype=cv2.CV_8U)
        coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, hall.quality])[1]
        picture: Image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return picture

    def _light(self, now_s: float, scene: Image) -> npt.NDArray[np.float32]:
        """Gain of each pixel: daylight behind clouds, two lamps that are switched, the exposure."""
        daylight = 0.75 + 0.25 * _clouds(now_s)
        first, second = (
            0.0 if any(off <= now_s < on for off, on in spans) else 0.5 for spans in _LAMPS_OFF
        )
        dark = 1.0
        if self._hall.fade:
            dark = max(0.1, min(1.0, abs(now_s - 520) / 25 - 0.6))
        small = dark * (daylight + first * self._lamps[0] + second * self._lamps[1])
        # A patch of sun that creeps over the wall.
        x = 640 * (0.5 + 0.45 * math.sin(2 * math.pi * now_s / 170))
        sun = np.zeros_like(self._lamps[0])
        lamp_light(sun, x, 70.0)
        small = small + dark * 0.35 * max(0.0, _clouds(now_s)) * sun
        light = cv2.resize(small.astype(np.float32), (WIDTH, HEIGHT))
        # The exposure follows with overshoot: it hunts for a second after each step.
        aim = _AIM / max(8.0, float((scene[::8, ::8].mean(axis=2) * small).mean()))
        aim = min(aim, 1.6)
        if self._gain == 0.0:
            self._gain = aim
        step = 10.0 / self._hall.rate
        self._drift = 0.72**step * self._drift + 0.16 * step * (aim - self._gain)
        self._gain = max(0.2, self._gain + self._drift * step)
        return np.asarray(cv2.merge([light * self._gain] * 3), np.float32)


def _clouds(now_s: float) -> float:
    """-1 … 1: slow, now and then quick."""
    slow = math.sin(2 * math.pi * now_s / 83) + 0.6 * math.sin(2 * math.pi * now_s / 31 + 1)
    return math.tanh(2 * slow)


def _shaken(frame: Image, now_s: float, hall: Hall) -> Image:
    """The mount rings at every footstep."""
    if hall.vibration_px <= 0:
        return frame
    step, since = divmod(now_s, 0.53)
    rng = np.random.default_rng((hall.seed, 3, int(step)))
    ring = hall.vibration_px * rng.uniform(0.3, 1) * math.exp(-since / 0.3)
    phase = 2 * math.pi * (_VIBRATION_HZ * since + rng.uniform())
    matrix = np.array([[1, 0, 0.5 * ring * math.sin(1.3 * phase)], [0, 1, ring * math.sin(phase)]])
    return np.asarray(
        cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _swing(sheet: Sheet, now_s: float, hall: Hall) -> Image:
    """The poster hangs from its upper edge; a gust comes every 23 s and lasts for four."""
    if hall.draught_px <= 0:
        return sheet.pixels
    height, width = sheet.pixels.shape[:2]
    gust = math.exp(-((((now_s % 23.0) - 11.0) / 2.0) ** 2))
    off = hall.draught_px * gust * math.sin(2 * math.pi * 0.7 * now_s)
    matrix = np.array([[1, off / height, 0], [0, 1 - 0.3 * abs(off) / height, 0]])
    swung = cv2.warpAffine(sheet.pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(swung, np.uint8)


def _nodding(sheet: Sheet, now_s: float) -> Image:
    """The person on the screen moves about by a fifth of a face, in a loop."""
    part = 2 * math.pi * (now_s % _LOOP_S) / _LOOP_S
    height, width = sheet.pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 5 * math.sin(2 * part), 1.0)
    matrix[:, 2] += (6 * math.sin(part) + 2 * math.sin(5 * part), 2 * math.sin(3 * part))
    moved = cv2.warpAffine(sheet.pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _put(frame: Image, sheet: Sheet, pixels: Image) -> None:
    height, width = pixels.shape[:2]
    frame[sheet.top : sheet.top + height, sheet.left : sheet.left + width] = pixels


@dataclass(frozen=True, slots=True)
class _Clothed:
    """A visitor's three pictures: face on with open and with shut eyes, and from behind."""

    open: Cutout
    shut: Cutout
    back: Cutout


def _dressed(cutout: Cutout, visitor: Visitor) -> _Clothed:
    """The cut-out at the visitor's size, once for each thing that it can show."""
    body = cutout
    if visitor.printed:
        body = _with_print(cutout)

    def ready(one: Cutout) -> Cutout:
        small = one.resized(visitor.size_px)
        return small.mirrored() if visitor.mirrored else small

    shut = _eyes_shut(body, visitor.who)
    return _Clothed(ready(body), ready(shut), ready(_from_behind(cutout)))


def _with_print(cutout: Cutout) -> Cutout:
    """A face printed on the chest, below the wearer's."""
    pixels = cutout.pixels.copy()
    other = astronaut()
    face = other.pixels[10:215, 125:325, :3]
    size = round(1.15 * cutout.face_px)
    print_ = cv2.resize(face, (size, round(size * 1.02)), interpolation=cv2.INTER_AREA)
    x, y = round(cutout.face[0] - size / 2), round(cutout.face[1] + 1.25 * cutout.face_px)
    height = min(print_.shape[0], pixels.shape[0] - y)
    pixels[y : y + height, x : x + size, :3] = print_[:height]
    return Cutout(pixels, cutout.face, cutout.face_px)


def _eyes_shut(cutout: Cutout, who: str) -> Cutout:
    pixels = cutout.pixels.copy()
    *eyes, radius = _EYES[who]
    for x, y in eyes:
        skin = pixels[round(y - 1.6 * radius), round(x), :3].astype(int)
        axes = (round(1.3 * radius), round(0.8 * radius))
        cv2.ellipse(
            pixels, (round(x), round(y)), axes, 0, 0, 360, (*(int(v) for v in skin), 255), -1
        )
    return Cutout(pixels, cutout.face, cutout.face_px)


def _from_behind(cutout: Cutout) -> Cutout:
    """A dark shape with hair where the face and the front of the clothes were."""
    pixels = cutout.pixels.astype(np.float32)
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.12 * cutout.face_px)
    alpha = pixels[..., 3:] / 255
    pixels[..., :3] = 0.5 * soft[..., :3] * alpha
    mask = np.zeros(pixels.shape[:2], np.float32)
    centre = (round(cutout.face[0]), round(cutout.face[1] - 0.1 * cutout.face_px))
    axes = (round(0.8 * cutout.face_px), round(1.25 * cutout.face_px))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.1 * cutout.face_px)[..., None] * alpha
    pixels[..., :3] = pixels[..., :3] * (1 - mask) + _HAIR * mask
    return Cutout(pixels.round().astype(np.uint8), cutout.face, cutout.face_px)


def _draw(frame: Image, person: _Clothed, look: Look) -> None:
    """Blends the visitor into the frame so that the face lies where it should."""
    shown = person.shut if look.blink else person.open
    if look.facing < 1:
        mixed = cv2.addWeighted(shown.pixels, look.facing, person.back.pixels, 1 - look.facing, 0)
        shown = Cutout(mixed, shown.face, shown.face_px)
    scale = look.size_px / shown.face_px
    matrix = cv2.getRotationMatrix2D(shown.face, look.tilt, scale)
    matrix[:, 2] += (look.x - shown.face[0], look.y - shown.face[1])
    reach = scale * shown.pixels.shape[1] / 2 + 20
    left, right = max(0, int(look.x - reach)), min(WIDTH, int(look.x + reach))
    if left >= right:
        return
    matrix[:, 2] -= (left, 0)
    warped = cv2.warpAffine(shown.pixels, matrix, (right - left, HEIGHT))
    through = cv2.merge([255 - warped[..., 3]] * 3)
    frame[:, left:right] = cv2.add(
        cv2.multiply(frame[:, left:right], through, scale=1 / 255), warped[..., :3].copy()
    )
