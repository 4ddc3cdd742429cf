"""``[camera]``: what delivers frames."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.errors import ContractError
from edge.config.checks import check


class CameraSource(StrEnum):
    """What delivers frames."""

    VIDEO = "video"
    IMAGES = "images"
    V4L2 = "v4l2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraConfig:
    """The camera, or what plays one.

    Attributes:
        source: Kind of camera.
        path: Video file, or folder of pictures.
        index: Number of the V4L2 device: 0 is ``/dev/video0``.
        width: Wanted width of a V4L2 camera's picture, pixels.
        height: Wanted height, pixels.
        frames_per_s: Wanted rate of a V4L2 camera; rate at which a folder of pictures plays.
        realtime: A file plays at its own rate, as a camera would, rather than as fast as it can.
        started_at_ms: With ``realtime``: the file has been playing since then (ms since 1970 UTC),
            so that a process that starts later joins in the middle; None begins at its start.
    """

    source: CameraSource
    path: Path | None = None
    index: int = 0
    width: int = 1280
    height: int = 720
    frames_per_s: float = 15.0
    realtime: bool = False
    started_at_ms: int | None = None

    def __post_init__(self) -> None:
        if self.source is not CameraSource.V4L2 and self.path is None:
            raise ContractError("path", f"is missing; source {self.source.value!r} needs it")
        if self.started_at_ms is not None and not self.realtime:
            raise ContractError("started_at_ms", "needs realtime = true")
        check("index", self.index, 0, 63)
        check("width", self.width, 160, 7680)
        check("height", self.height, 120, 4320)
        check("frames_per_s", self.frames_per_s, 0.1, 240)
