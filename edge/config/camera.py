"""``[camera]``: what delivers frames."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.errors import ContractError
from edge.config.checks import check


class CameraSource(StrEnum):
    """What delivers frames."""

    VIDEO = "video"
    IMAGES = "images"
    V4L2 = "v4l2"
    PICAMERA2 = "picamera2"
    RTSP = "rtsp"


FILES: Final = frozenset({CameraSource.VIDEO, CameraSource.IMAGES})
"""Sources that end, and that do not come back when they fail."""
ROTATIONS: Final = (0, 90, 180, 270)
_SCHEMES: Final = ("rtsp", "rtsps")
_LEAST_IN_STALL: Final = 2
"""Frames that a camera owes before it counts as stalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraConfig:
    """The camera, or what plays one.

    Attributes:
        source: Kind of camera.
        path: Video file, or folder of pictures.
        url: Of an RTSP camera, with user and password if it wants them; never printed.
        index: Number of the V4L2 device (0 is ``/dev/video0``), or of the CSI camera (0 is the
            first that ``rpicam-hello --list-cameras`` prints).
        width: Wanted width of a V4L2 or CSI camera's picture, pixels.
        height: Wanted height, pixels.
        frames_per_s: Wanted rate of a V4L2 or CSI camera; rate at which a folder of pictures
            plays. An RTSP camera's own settings decide its size and rate.
        rotation: Degrees by which a live camera's pictures are turned clockwise, for one that
            hangs on its side or upside down.
        stall_s: A live camera that delivers nothing for so long is closed and opened again.
        realtime: A file plays at its own rate, as a camera would, rather than as fast as it can.
        started_at_ms: With ``realtime``: the file has been playing since then (ms since 1970 UTC),
            so that a process that starts later joins in the middle; None begins at its start.
    """

    source: CameraSource
    path: Path | None = None
    url: str | None = field(default=None, repr=False)
    index: int = 0
    width: int = 1280
    height: int = 720
    frames_per_s: float = 15.0
    rotation: int = 0
    stall_s: float = 5.0
    realtime: bool = False
    started_at_ms: int | None = None

    def __post_init__(self) -> None:
        if self.source in FILES and self.path is None:
            raise ContractError("path", f"is missing; source {self.source.value!r} needs it")
        if self.path is not None and ":/" in str(self.path):  # // has become /
            problem = "is a file or folder; a network camera has source = 'rtsp' and a url"
            raise ContractError("path", problem)
        if self.source is CameraSource.RTSP:
            _check_url(self.url)
        if self.started_at_ms is not None and not self.realtime:
            raise ContractError("started_at_ms", "needs realtime = true")
        check("index", self.index, 0, 63)
        check("width", self.width, 160, 7680)
        check("height", self.height, 120, 4320)
        check("frames_per_s", self.frames_per_s, 0.1, 240)
        check("stall_s", self.stall_s, 1, 10)
        if self.rotation not in ROTATIONS:
            raise ContractError("rotation", "must be one of 0, 90, 180, 270")
        if self.is_live and self.frames_per_s * self.stall_s < _LEAST_IN_STALL:
            raise ContractError("stall_s", "must leave time for two frames at frames_per_s")

    @property
    def is_live(self) -> bool:
        """Whether it delivers for ever, and comes back after a failure."""
        return self.source not in FILES


def _check_url(url: str | None) -> None:
    """Says what is wrong with an RTSP camera's address without repeating it: it holds a password.

    Raises:
        ContractError: It is missing, or no address of an RTSP camera.
    """
    if url is None:
        raise ContractError("url", "is missing; source 'rtsp' needs it")
    try:
        parts = urlsplit(url)
        good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        raise ContractError("url", "must look like rtsp://user:password@camera.example/stream")
