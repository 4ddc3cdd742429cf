"""Two public-domain portraits from installed packages, cut out as people who can walk about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from skimage import data

from workload.errors import WorkloadError

Image = npt.NDArray[np.uint8]
"""BGR, or BGR and alpha with the colours multiplied by alpha; 0 … 255."""

_EDGE_PX: Final = 2.5
"""Softness of a cut-out's outline in pixels of the portrait."""
_FADE_PX: Final = 45
"""Rows of the portrait over which it fades into what follows below."""
_BODY_PX: Final = 700
"""How far the body is carried on below the portrait's lower edge."""

_ASTRONAUT_OUTLINE: Final = (
    (154, 92), (156, 64), (166, 42), (187, 26), (212, 17), (245, 19), (269, 29), (288, 50),
    (298, 80), (296, 106), (287, 120), (274, 129), (267, 140), (260, 164), (275, 176), (297, 200),
    (304, 225), (303, 237), (328, 246), (343, 266), (350, 290), (360, 330), (362, 345), (28, 345),
    (35, 310), (48, 272), (72, 250), (121, 229), (115, 210), (115, 187), (127, 170), (151, 157),
    (184, 152), (177, 126), (166, 116), (157, 105),
)  # fmt: skip
_HOPPER_OUTLINE: Final = (
    (157, 140), (160, 102), (177, 86), (176, 62), (188, 46), (217, 30), (260, 25), (300, 34),
    (328, 52), (348, 74), (351, 88), (368, 100), (369, 140), (362, 168), (371, 190), (366, 215),
    (358, 250), (351, 283), (341, 297), (331, 305), (331, 319), (388, 347), (438, 370), (485, 397),
    (500, 450), (506, 560), (22, 560), (30, 500), (40, 430), (50, 390), (92, 367), (152, 342),
    (198, 320), (202, 304), (186, 293), (172, 283), (167, 262), (160, 240), (155, 195), (162, 176),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cutout:
    """A person without background.

    Attributes:
        pixels: Colours multiplied by alpha, and alpha; [height, width, 4].
        face: Centre of the face, x and y in pixels of ``pixels``.
        face_px: Width of the face in pixels of ``pixels``.
    """

    pixels: Image
    face: tuple[float, float]
    face_px: float

    def resized(self, face_px: float) -> "Cutout":
        """The same person with a face of that width."""
        scale = face_px / self.face_px
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = cv2.resize(self.pixels, None, fx=scale, fy=scale, interpolation=how)
        return Cutout(pixels, (self.face[0] * scale, self.face[1] * scale), face_px)

    def mirrored(self) -> "Cutout":
        """The same person as in a mirror."""
        width = self.pixels.shape[1]
        return Cutout(
            np.ascontiguousarray(self.pixels[:, ::-1]),
            (width - 1 - self.face[0], self.face[1]),
            self.face_px,
        )


def astronaut_photo() -> Image:
    """NASA's portrait of Eileen Collins, BGR [512, 512, 3]; public domain, inside scikit-image."""
    photo: Image = data.astronaut()  # type: ignore[no-untyped-call]  # scikit-image has no types
    return np.ascontiguousarray(photo[..., ::-1])


def hopper_photo() -> Image:
    """US Navy's portrait of Grace Hopper, BGR [600, 512, 3]; public domain, inside matplotlib.

    Raises:
        WorkloadError: The installed matplotlib came without its sample data.
    """
    file = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    photo: Image | None = cv2.imread(str(file))
    if photo is None:
        raise WorkloadError(f"{file} is not there; reinstall matplotlib: pip install matplotlib")
    return photo


def astronaut() -> Cutout:
    """The astronaut, head to hips."""
    return _cut(astronaut_photo(), _ASTRONAUT_OUTLINE, face=(223, 120), face_px=90)


def hopper() -> Cutout:
    """The rear admiral, head to hips."""
    return _cut(hopper_photo(), _HOPPER_OUTLINE, face=(268, 227), face_px=170)


def _cut(
    photo: Image,
    outline: tuple[tuple[int, int], ...],
    *,
    face: tuple[float, float],
    face_px: float,
) -> Cutout:
    waist = max(y for _, y in outline)
    body = _carried_on(photo[:waist])
    mask = np.zeros(body.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(outline, np.int32)], 255)
    # The trunk goes on below the photo with the width that it has at the lower edge.
    mask[waist - 2 :] = mask[waist - 3]
    alpha = cv2.GaussianBlur(mask, (0, 0), _EDGE_PX).astype(np.float32) / 255
    colours = body.astype(np.float32) * alpha[..., None]
    pixels = np.dstack([colours, alpha * 255]).round().astype(np.uint8)
    return Cutout(pixels, face, face_px)


def _carried_on(photo: Image) -> Image:
    """The photo, fading into its lowest rows, which go on downwards blurred and ever darker."""
    rows = cv2.GaussianBlur(photo[-12:], (0, 0), 9)[-1:].astype(np.float32)
    fade = np.linspace(0, 1, _FADE_PX, dtype=np.float32)[:, None, None]
    above = photo.astype(np.float32)
    above[-_FADE_PX:] = (1 - fade) * above[-_FADE_PX:] + fade * rows
    dim = np.linspace(1.0, 0.35, _BODY_PX, dtype=np.float32)[:, None, None]
    return np.vstack([above, rows * dim]).round().astype(np.uint8)
