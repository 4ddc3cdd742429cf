"""Cut-outs of photographs without people, from a package that developers have installed."""

from __future__ import annotations

import importlib
import zlib
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.faces import FRAME_PX

PHOTOGRAPHS: Final = (
    "brick", "grass", "gravel", "coffee", "hubble_deep_field", "moon", "page", "rocket", "text",
)  # fmt: skip
"""Pictures inside scikit-image's own package. Left out: people, busts on coins, and a cat, whose
head is a face of a kind."""

_LARGEST_PX: Final = 160


def photographed(count: int, seed: int) -> tuple[dict[str, NDArray[np.uint8]], list[str]]:
    """Cuts squares of 48 to 160 px out of `PHOTOGRAPHS` and shrinks them to 48, as a camera does.

    Args:
        count: cut-outs of each photograph, 1 or more.
        seed: of the places and sizes.

    Returns:
        uint8 (count, 48, 48) by photograph, and in words what is missing: scikit-image belongs to
        the tools for development, and a distribution may leave its pictures out.
    """
    try:
        data = importlib.import_module("skimage.data")
    except ImportError:
        return {}, ["photographs: scikit-image is not installed"]
    found, missing = {}, []
    for name in PHOTOGRAPHS:
        try:
            photograph = getattr(data, name)()
        except (ImportError, OSError) as error:  # not in the package, and not to be downloaded
            missing.append(f"{name}: {error}")
        else:
            rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
            found[name] = _cut_outs(photograph, count, rng)
    return found, missing


def _cut_outs(
    photograph: NDArray[np.uint8], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    colours = photograph.ndim == len("rgb")
    grey = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY) if colours else photograph
    cuts = []
    for side in rng.integers(FRAME_PX, min(_LARGEST_PX, *grey.shape) + 1, count):
        top, left = (int(rng.integers(size - side + 1)) for size in grey.shape)
        square = grey[top : top + side, left : left + side]
        cuts.append(cv2.resize(square, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_AREA))
    return np.stack(cuts)
