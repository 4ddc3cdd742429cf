"""What cameras and rooms do to faces: seeded changes of 48 px pictures, in several strengths.

Every picture's chances come from a fixed seed, its row and the distortion's name, so that two
models see the same pictures, and all strengths of a distortion share their chances (the same
noise, the same side). Levels "of Tiny ImageNet-C" are those of Hendrycks and Dietterich 2019,
"Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", for pictures of
64 px (`make_tinyimagenet_c.py`), the nearest published size to this network's 48 px.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.faces import FRAME_PX
from model_training.framing import reframe

Image = NDArray[np.uint8]

SEED: Final = 4848

_WHITE: Final = 255.0
_CENTRE: Final = (FRAME_PX - 1) / 2
_ROWS, _COLUMNS = (axis * 1.0 for axis in np.mgrid[:FRAME_PX, :FRAME_PX])


@dataclass(frozen=True)
class Distortion:
    """One kind of change to a picture.

    Attributes:
        name: names it in figures, and seeds its draws.
        unit: what a strength counts.
        strengths: weakest first.
        neutral: the strength that changes nothing; None where there is none.
        change: picture (48, 48), strength and a generator to the changed picture.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    neutral: float | None
    change: Callable[[Image, float, np.random.Generator], Image]


def blur(image: Image, sigma_px: float, _rng: np.random.Generator) -> Image:
    """Out of focus. 0.75 and 1.5 px are levels 2 and 5 of Tiny ImageNet-C, 2.25 px lies beyond."""
    blurred: Image = cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return blurred


def motion_blur(image: Image, length_px: float, rng: np.random.Generator) -> Image:
    """A straight smear in any direction, `length_px` odd.

    A visitor at 1.2 m/s whose face of 0.16 m fills the frame moves 0.36 px a millisecond: 3, 5 and
    9 px are exposures of about 8, 14 and 25 ms.
    """
    side, angle = int(length_px), rng.uniform(0.0, np.pi)
    middle = (side - 1) / 2
    kernel = np.zeros((side, side), dtype=np.float32)
    for step in np.linspace(-middle, middle, side):
        kernel[round(middle + step * np.sin(angle)), round(middle + step * np.cos(angle))] += 1.0
    smeared: Image = cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return smeared


def noise(image: Image, spread: float, rng: np.random.Generator) -> Image:
    """Normal noise; 0.04, 0.08 and 0.12 of white are levels 1 to 3 of Tiny ImageNet-C."""
    return _grey(image + rng.normal(size=image.shape) * spread * _WHITE)


def jpeg(image: Image, quality: float, _rng: np.random.Generator) -> Image:
    """Packed as JPEG; 50 and 25 are levels 3 and 5 of Tiny ImageNet-C.

    10 is level 4 of ImageNet-C, for pictures of 224 px.
    """
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    unpacked: Image = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return unpacked


def low_light(image: Image, light: float, rng: np.random.Generator) -> Image:
    """Darker, with the noise of a sensor at high gain: variance a * signal + b.

    The noise model is that of Foi et al. 2008, "Practical Poissonian-Gaussian noise modeling and
    fitting for single-image raw-data". a = 0.002 is 500 electrons at white, b = 0.016^2 four grey
    levels of read noise: chosen, for a small sensor at high gain. Half, a quarter and a tenth of
    the light are one, two and three stops of underexposure; training goes down to 0.12.
    """
    signal = image / _WHITE * light
    spread = np.sqrt(0.002 * signal + 0.016**2)
    return _grey((signal + rng.normal(size=image.shape) * spread) * _WHITE)


def back_light(image: Image, share: float, _rng: np.random.Generator) -> Image:
    """A window behind the visitor: a dark face under a veil of glare, white around the head.

    The head is an ellipse of 40 by 54 px in the frame's middle, about that of FER2013's mean
    picture. At 1 the face keeps 30 % of its light and all else is white; 0.5 lies half way.
    """
    distance = np.hypot((_COLUMNS - _CENTRE) / 20, (_ROWS - _CENTRE) / 27)
    around = np.clip((distance - 0.85) / 0.4, 0.0, 1.0)
    face = image * (1 - 0.7 * share) + 30.0 * share
    window = image + share * (_WHITE - image)
    return _grey(face * (1 - around) + window * around)


def side_light(image: Image, share: float, rng: np.random.Generator) -> Image:
    """A lamp or window at either side, up to 45 degrees high or low; the near cheek burns out.

    The near edge gets 1 + 0.8 * share of its light, the far one 1 - 0.8 * share. 0.5 is a ratio of
    7:3, a soft portrait; 1 is 9:1, a hard one.
    """
    angle = rng.uniform(-np.pi / 4, np.pi / 4) + np.pi * rng.integers(2)
    along = (_COLUMNS - _CENTRE) * np.cos(angle) + (_ROWS - _CENTRE) * np.sin(angle)
    return _grey(image * (1.0 + 0.8 * share * np.clip(along / _CENTRE, -1.0, 1.0)))


def small(image: Image, side_px: float, _rng: np.random.Generator) -> Image:
    """A far face: shrunk to `side_px`, at most 48, and brought back as the cameras do.

    Faces below 28 px are not counted unless somebody asks for it (`edge/smallest_face.py`): 32 px
    are just counted; 24, 16 and 12 px say whether the bound is where it should be.
    """
    side = int(side_px)
    shrunk = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    back: Image = cv2.resize(shrunk, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_LINEAR)
    return back


def shift(image: Image, share: float, rng: np.random.Generator) -> Image:
    """The detector's box is off centre, one of four ways.

    7.5 % of the side is more than the quartiles of either detector's boxes (`framing_study` in
    `expression.json`: 5 % at most); 15 % is twice that.
    """
    dx, dy = ((1, 0), (-1, 0), (0, 1), (0, -1))[rng.integers(4)]
    return reframe(image, 1.0, dx * share, dy * share)


def scale(image: Image, share: float, rng: np.random.Generator) -> Image:
    """The detector's box is too large or too small.

    7.5 % is about the quartiles of YuNet's boxes (`framing_study` in `expression.json`); 15 % is
    twice that.
    """
    return reframe(image, 1.0 + rng.choice((-share, share)), 0.0, 0.0)


def rotate(image: Image, degrees: float, rng: np.random.Generator) -> Image:
    """A tilted head, either way; 20 degrees is beyond the 18 that training turns by."""
    turn = cv2.getRotationMatrix2D((_CENTRE, _CENTRE), rng.choice((-degrees, degrees)), 1.0)
    size = (FRAME_PX, FRAME_PX)
    turned: Image = cv2.warpAffine(image, turn, size, borderMode=cv2.BORDER_REPLICATE)
    return turned


def rectangle(image: Image, side_share: float, rng: np.random.Generator) -> Image:
    """An even grey square anywhere: a quarter of the side is a telephone, 0.4 a hand."""
    side = round(side_share * FRAME_PX)
    left, top = (int(at) for at in np.rint(rng.uniform(size=2) * (FRAME_PX - side)))
    covered = image.copy()
    covered[top : top + side, left : left + side] = rng.integers(256)
    return covered


def lower_part(image: Image, share: float, rng: np.random.Generator) -> Image:
    """Even grey from below, as a catalogue or someone's head: a quarter is the chin, half it all.

    At 0.5 the mouth is gone.
    """
    covered = image.copy()
    covered[FRAME_PX - round(share * FRAME_PX) :] = rng.integers(256)
    return covered


def one_side(image: Image, share: float, rng: np.random.Generator) -> Image:
    """Even grey from the left or the right, as a door frame: a quarter a cheek, 0.5 an eye too."""
    covered, width = image.copy(), round(share * FRAME_PX)
    if rng.integers(2):
        covered[:, :width] = rng.integers(256)
    else:
        covered[:, FRAME_PX - width :] = rng.integers(256)
    return covered


def glasses(image: Image, height_px: float, _rng: np.random.Generator) -> Image:
    """Sunglasses: two dark lenses, and a bar from ear to ear.

    Eyes lie at row 17 and columns 15 and 32 of PublicTest's mean picture. Lenses 6 px high hide
    little more than the eyes, 12 px the brows as well.
    """
    worn, half = image.copy(), round(height_px / 2)
    if half:
        worn[16:18, 4:44] = 25
        for column in (15, 32):
            cv2.ellipse(worn, (column, 17), (half + 2, half), 0, 0, 360, 25, -1)
    return worn


def mask(image: Image, height_px: float, _rng: np.random.Generator) -> Image:
    """A light face mask over the lower `height_px` rows, at most 24, narrower towards the chin.

    The mouth lies at row 38 of PublicTest's mean picture: 16 px hide it and leave the nose free, as
    a mask worn too low does; 22 px end on the bridge of the nose, as a mask should.
    """
    worn, top = image.copy(), FRAME_PX - int(height_px)
    outline = [(5, top + 4), (24, top), (43, top + 4), (40, FRAME_PX), (8, FRAME_PX)]
    if height_px:
        cv2.fillConvexPoly(worn, np.array(outline, dtype=np.int32), 205)
    return worn


DISTORTIONS: Final = (
    Distortion("blur", "px, standard deviation", (0.75, 1.5, 2.25), None, blur),
    Distortion("motion blur", "px, length", (3, 5, 9), 1, motion_blur),
    Distortion("noise", "standard deviation, white is 1", (0.04, 0.08, 0.12), 0, noise),
    Distortion("JPEG", "quality", (50, 25, 10), None, jpeg),
    Distortion("low light", "share of the light left", (0.5, 0.25, 0.1), None, low_light),
    Distortion("back light", "share of the worst", (0.5, 1), 0, back_light),
    Distortion("side light", "share of the worst", (0.5, 1), 0, side_light),
    Distortion("small face", "px, side", (32, 24, 16, 12), FRAME_PX, small),
    Distortion("shifted", "share of the side", (0.075, 0.15), 0, shift),
    Distortion("scaled", "share of the side", (0.075, 0.15), 0, scale),
    Distortion("rotated", "degrees", (10, 20), 0, rotate),
    Distortion("rectangle", "share of the side", (0.25, 0.4), 0, rectangle),
    Distortion("lower part", "share of the side", (0.25, 0.5), 0, lower_part),
    Distortion("one side", "share of the side", (0.25, 0.5), 0, one_side),
    Distortion("glasses", "px, height", (6, 12), 0, glasses),
    Distortion("mask", "px, height", (16, 22), 0, mask),
)
"""All distortions of the suite, in the order of the table."""


def distorted(
    distortion: Distortion, strength: float, images: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Returns changed pictures, uint8 (n, 48, 48); the same for the same rows of pictures."""
    name = zlib.crc32(distortion.name.encode())
    changed = np.empty_like(images)
    for row, image in enumerate(images):
        changed[row] = distortion.change(image, strength, np.random.default_rng([SEED, name, row]))
    return changed


def _grey(values: NDArray[np.float64]) -> Image:
    image: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return image
