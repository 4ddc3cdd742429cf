"""A camera that Linux knows as ``/dev/videoN``: USB, or built in."""

from types import TracebackType
from typing import Self

import cv2

from edge.errors import CameraError
from edge.models import Frame
from edge.ports import Clock


class V4l2Source:
    """Reads a live camera; always the newest picture."""

    def __init__(
        self, index: int, clock: Clock, *, width: int, height: int, frames_per_s: float
    ) -> None:
        """Opens nothing yet.

        Args:
            index: 0 is ``/dev/video0``.
            clock: Stamps the frames.
            width: Wanted width, pixels; a camera that can't gives its nearest.
            height: Wanted height, pixels.
            frames_per_s: Wanted rate.
        """
        self._name = f"/dev/video{index}"
        self._index = index
        self._clock = clock
        self._wanted = {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: frames_per_s,
            cv2.CAP_PROP_BUFFERSIZE: 1,  # an old picture is of no use to a live count
        }
        self._camera: cv2.VideoCapture | None = None
        self._read = 0

    def __enter__(self) -> Self:
        """Opens the camera.

        Raises:
            CameraError: There is none, or another program has it.
        """
        self._camera = cv2.VideoCapture(self._index, cv2.CAP_V4L2)
        if not self._camera.isOpened():
            raise CameraError(self._name, "cannot be opened; plugged in, and used by no one else?")
        for property_id, value in self._wanted.items():
            self._camera.set(property_id, value)
        self._read = 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the camera."""
        if self._camera is not None:
            self._camera.release()
            self._camera = None

    def read(self) -> Frame | None:
        """The next picture; a live camera never ends.

        Raises:
            CameraError: The camera is not open, or was unplugged.
        """
        if self._camera is None:
            raise CameraError(self._name, "is not open")
        ok, image = self._camera.read()
        if not ok:
            raise CameraError(self._name, "delivers no picture; unplugged?")
        self._read += 1
        return Frame(image, self._read - 1, self._clock.monotonic_s())
