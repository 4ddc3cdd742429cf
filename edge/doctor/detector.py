"""Which face detector runs here, and is its file the one that this version was made with?"""

import hashlib
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np

from edge.config import DetectorKind
from edge.doctor.report import Figure, Finding, failed, passed, warned
from edge.ports import FaceDetector

YUNET_SHA256: Final = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"
"""Of ``face_detection_yunet_2026may.onnx`` from OpenCV Zoo; ``install.sh`` fetches the same."""
SLOW_MS: Final = 200.0
_RUNS: Final = 3
FETCH: Final = "run sudo edge/install.sh --upgrade, with --yunet FILE where there is no internet"


def detector(
    found: FaceDetector, *, kind: DetectorKind, yunet_model: Path | None, width: int, height: int
) -> Finding:
    """Runs the loaded detector on an empty picture.

    Args:
        found: The detector.
        kind: What the configuration asks for.
        yunet_model: YuNet's file, where one is configured.
        width: Of the camera's picture, pixels.
        height: The same.

    Raises:
        OSError: YuNet's file cannot be read.
    """
    image = np.full((height, width, 3), 128, np.uint8)
    times = []
    for _ in range(_RUNS):
        begun = perf_counter()
        found.detect(image)
        times.append((perf_counter() - begun) * 1000)
    digest = None
    if found.name == "yunet" and yunet_model is not None:
        digest = hashlib.sha256(yunet_model.read_bytes()).hexdigest()
    return judge_detector(found.name, min(times), digest, wanted=kind)


def judge_detector(
    name: str, milliseconds: float, digest: str | None, *, wanted: DetectorKind
) -> Finding:
    """Judges the detector.

    Args:
        name: ``yunet`` or ``haar``.
        milliseconds: Time per picture, ms.
        digest: SHA-256 of YuNet's file.
        wanted: What the configuration asks for.
    """
    text = f"{name}, {milliseconds:.0f} ms a picture"
    figures: dict[str, Figure] = {
        "detector": name,
        "detect_ms": round(milliseconds, 1),
        "sha256": digest,
    }
    if name != "yunet" and wanted is not DetectorKind.HAAR:
        text += ": slower than YuNet, and blind to faces turned aside"
        return warned(text, f"bring YuNet: {FETCH}", **figures)
    if name == "yunet" and digest != YUNET_SHA256:
        text += ", but its file is not the one that this version was made with"
        return failed(text, FETCH, **figures)
    if milliseconds > SLOW_MS:
        return warned(f"{text}: slow", "see throttling; lower the camera's resolution", **figures)
    return passed(text, **figures)
