"""Which face detector this Pi uses."""

import logging
from pathlib import Path

from edge.adapters.haar_detector import HaarDetector
from edge.adapters.yunet_detector import YuNetDetector
from edge.config import DetectorKind
from edge.errors import ModelError
from edge.ports import FaceDetector

log = logging.getLogger(__name__)


def choose_detector(
    kind: DetectorKind, yunet_model: Path | None, min_face_px: int | None
) -> FaceDetector:
    """The detector that the configuration asks for.

    Args:
        kind: ``AUTO`` takes YuNet when its file is there, else Haar.
        yunet_model: YuNet's ONNX file, where there is one.
        min_face_px: Smaller faces are left out, side in pixels of the full frame.

    Raises:
        ModelError: The detector's file is missing or unreadable.
    """
    if kind is DetectorKind.YUNET and yunet_model is None:
        raise ModelError("YuNet", "no file is configured; name it, or use the haar detector")
    if kind is not DetectorKind.HAAR and yunet_model is not None:
        try:
            if kind is DetectorKind.YUNET or yunet_model.is_file():
                return YuNetDetector(yunet_model, min_face_px)
        except PermissionError as exc:
            raise ModelError(str(yunet_model), "may not be read by this user") from exc
        log.warning("no YuNet at %s: the Haar cascade is slower and misses faces", yunet_model)
    return HaarDetector(min_face_px)
