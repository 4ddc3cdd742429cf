"""Where detectors put their boxes on FER2013's faces, and what wrong framing costs.

The network learned from FER2013's crops. A camera's crop must show as much chin, hair and air as
those do, or the network sees faces of a kind it never saw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from model_training.detectors import Box, BoxDetector
from model_training.errors import RunError
from model_training.faces import FRAME_PX, FaceSet
from model_training.targets import majority_rule

FORMULA: Final = (
    "s = sqrt(w * h); side = scale * s; "
    "cx = x + w / 2 + center_dx * s; cy = y + h / 2 + center_dy * s"
)
"""From a detector's box (x, y, w, h) to the square crop's centre and side, in pixels."""

ENLARGEMENTS: Final = (2, 3, 4, 6)
SCALE_ERRORS: Final = (-0.30, -0.20, -0.10, 0.0, 0.10, 0.20, 0.30)
SHIFT_ERRORS: Final = (0.10, 0.20, 0.30)
_MIN_FOUND: Final = 30


def measure_framing(
    faces: FaceSet, detector: BoxDetector, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Finds where a detector's box lies in FER2013 frames, over several enlargements.

    Each image is enlarged and put amid an even grey of twice its side. A box counts when it is
    the only one and its centre lies inside the frame.

    Returns:
        `scale`, `center_dx`, `center_dy` as `FORMULA` uses them (medians over all boxes), their
        quartiles, and for each enlargement how many boxes were found and its own medians.

    Raises:
        RunError: too few faces were found to say anything.
    """
    found: list[tuple[float, float, float]] = []
    by_size = {}
    for step, factor in enumerate(ENLARGEMENTS):
        here = []
        for row, image in enumerate(faces.images):
            boxes = detector.boxes(_on_canvas(image, factor))
            inside = [_relative(box, factor) for box in boxes]
            inside = [
                one for one in inside if abs(one[1]) < one[0] / 2 and abs(one[2]) < one[0] / 2
            ]
            if len(boxes) == 1 and inside:
                here.append(inside[0])
            progress(step * len(faces) + row + 1, len(ENLARGEMENTS) * len(faces))
        by_size[str(factor * FRAME_PX)] = {"found": len(here), "of": len(faces)} | (
            _medians(here) if len(here) >= _MIN_FOUND else {}
        )
        found += here
    if len(found) < _MIN_FOUND:
        raise RunError(f"{faces.source}: the detector found only {len(found)} faces")
    quartiles = np.percentile(np.array(found), [25, 75], axis=0)
    names = ("scale", "center_dx", "center_dy")
    return _medians(found) | {
        "boxes": len(found),
        "quartiles": {
            name: [round(float(quartiles[0, i]), 4), round(float(quartiles[1, i]), 4)]
            for i, name in enumerate(names)
        },
        "by_frame_px": by_size,
    }


def framing_cost(
    faces: FaceSet,
    predict: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Measures accuracy (majority rule) when the crop is too large, too small or off centre.

    Args:
        faces: images to judge by.
        predict: uint8 (n, 48, 48) to probabilities (n, 8).
        progress: told how many of how many framings are done.

    Returns:
        `n` and accuracies: `scale` by relative error of the side (0.2: crop 20 % too large), and
        `shift` by error of the centre in shares of the side, the mean over the four directions.
    """
    judged = majority_rule(faces.votes)
    images = faces.images[judged.kept]
    steps = len(SCALE_ERRORS) + 4 * len(SHIFT_ERRORS)

    def accuracy(scale: float, dx: float, dy: float) -> float:
        moved = np.stack([reframe(image, scale, dx, dy) for image in images])
        return float((predict(moved).argmax(axis=1) == judged.labels).mean())

    by_scale = {}
    for done, error in enumerate(SCALE_ERRORS):
        by_scale[f"{error:+.2f}"] = round(accuracy(1 + error, 0, 0), 4)
        progress(done + 1, steps)
    by_shift = {"+0.00": by_scale["+0.00"]}
    for done, error in enumerate(SHIFT_ERRORS):
        ways = ((error, 0.0), (-error, 0.0), (0.0, error), (0.0, -error))
        by_shift[f"{error:+.2f}"] = round(float(np.mean([accuracy(1, *way) for way in ways])), 4)
        progress(len(SCALE_ERRORS) + 4 * (done + 1), steps)
    return {"n": len(images), "rule": "majority", "scale": by_scale, "shift": by_shift}


def _on_canvas(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    side = FRAME_PX * factor
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    margin = side // 2
    grey = int(np.median(image))
    padded: NDArray[np.uint8] = cv2.copyMakeBorder(
        large, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(grey,)
    )
    return padded


def _relative(box: Box, factor: int) -> tuple[float, float, float]:
    """Returns the frame's side, and its centre less the box's, in shares of sqrt(w * h)."""
    x, y, width, height = box
    size = float(np.sqrt(width * height))
    frame, middle = FRAME_PX * factor, FRAME_PX * factor  # the canvas is twice the frame
    return frame / size, (middle - x - width / 2) / size, (middle - y - height / 2) / size


def _medians(found: list[tuple[float, float, float]]) -> dict[str, float]:
    scale, dx, dy = (round(float(value), 4) for value in np.median(np.array(found), axis=0))
    return {"scale": scale, "center_dx": dx, "center_dy": dy}


def reframe(image: NDArray[np.uint8], scale: float, dx: float, dy: float) -> NDArray[np.uint8]:
    """Cuts a frame `scale` times as large, shifted by shares of its side, out of an image."""
    middle = (FRAME_PX - 1) / 2
    matrix = np.array(
        [
            [scale, 0.0, middle - scale * middle + dx * FRAME_PX],
            [0.0, scale, middle - scale * middle + dy * FRAME_PX],
        ]
    )
    moved: NDArray[np.uint8] = cv2.warpAffine(
        image,
        matrix,
        (FRAME_PX, FRAME_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return moved
