"""An open camera in OpenCV's hands, whatever it is connected by."""

import os
from typing import Final

import cv2

from edge.errors import CameraError
from edge.models import Image

_SILENT: Final = 0
_FFMPEG_SILENT: Final = "-8"
"""FFmpeg prints nothing: what it has to say can hold a network camera's password."""


def hush_opencv() -> None:
    """Keeps OpenCV and its FFmpeg from printing lines of their own; errors say it all.

    Before the first stream is opened: FFmpeg is asked for its level once in a process.
    """
    cv2.setLogLevel(_SILENT)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_SILENT)


class OpenCvDevice:
    """A ``LiveDevice`` of a capture."""

    def __init__(self, name: str, capture: cv2.VideoCapture, *, unopened: str, silent: str) -> None:
        """Takes over the capture.

        Args:
            name: Of the camera, for people.
            capture: Opened just now, or not.
            unopened: What to say if it isn't open.
            silent: What to say when it delivers no picture.

        Raises:
            CameraError: It is not open.
        """
        self._name = name
        self._capture = capture
        self._silent = silent
        if not capture.isOpened():
            capture.release()
            raise CameraError(name, unopened)

    def read(self) -> Image:
        """The next picture.

        Raises:
            CameraError: There is none.
        """
        ok, image = self._capture.read()
        if not ok or image is None:
            raise CameraError(self._name, self._silent)
        picture: Image = image
        return picture

    def close(self) -> None:
        """Lets go of the camera."""
        self._capture.release()
