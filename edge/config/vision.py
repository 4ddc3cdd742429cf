"""``[detector]``, ``[model]``, ``[visits]``: from a frame to a visit."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from contracts.errors import ContractError
from edge.config.checks import check

PACKAGED_MODEL: Final = Path(__file__).parents[1] / "models" / "expression.tflite"


class DetectorKind(StrEnum):
    """Which face detector; ``AUTO`` takes YuNet where its file is there, Haar elsewhere."""

    AUTO = "auto"
    YUNET = "yunet"
    HAAR = "haar"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """How faces are found.

    Attributes:
        kind: Which detector.
        yunet_model: YuNet's ONNX file; without it ``auto`` means Haar.
        min_face_px: Smallest face that is looked for, side in pixels of the full frame; None for
            40 px in frames of 1280 px and more across, and less in smaller ones, down to 28
            (``edge/smallest_face.py``). The smaller the face, the slower the detector.
    """

    kind: DetectorKind = DetectorKind.AUTO
    yunet_model: Path | None = None
    min_face_px: int | None = None

    def __post_init__(self) -> None:
        if self.kind is DetectorKind.YUNET and self.yunet_model is None:
            raise ContractError("yunet_model", "is missing; kind 'yunet' needs it")
        if self.min_face_px is not None:
            check("min_face_px", self.min_face_px, 16, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The expression model; its description lies beside it with the ending ``.json``.

    Attributes:
        file: TFLite file; the one of this package unless configured.
    """

    file: Path = PACKAGED_MODEL


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsConfig:
    """When sightings become a visit.

    Attributes:
        min_dwell_s: Who is seen for less long only passes by, seconds.
        bridge_s: Who is out of sight for longer has left, and is a new visit when back, seconds.
        min_samples: Fewest classified frames from which an expression is told.
    """

    min_dwell_s: float = 1.0
    bridge_s: float = 2.0
    min_samples: int = 2

    def __post_init__(self) -> None:
        check("min_dwell_s", self.min_dwell_s, 0.2, 600)
        check("bridge_s", self.bridge_s, 0.5, 30)
        check("min_samples", self.min_samples, 1, 1000)
