"""A camera that Linux knows as ``/dev/videoN``: USB, or built in."""

import cv2

from edge.adapters.live_source import KeepWaiting, LiveDevice, LiveSource, always
from edge.adapters.opencv_device import OpenCvDevice, hush_opencv
from edge.ports import Clock


class V4l2Source(LiveSource):
    """Reads a USB camera; always the newest picture."""

    def __init__(
        self,
        index: int,
        clock: Clock,
        *,
        width: int,
        height: int,
        frames_per_s: float,
        stall_s: float = 5.0,
        rotation: int = 0,
        keep_waiting: KeepWaiting = always,
    ) -> None:
        """Opens nothing yet.

        Args:
            index: 0 is ``/dev/video0``.
            clock: Stamps the frames.
            width: Wanted width, pixels; a camera that can't gives its nearest.
            height: Wanted height, pixels.
            frames_per_s: Wanted rate.
            stall_s: As for ``LiveSource``.
            rotation: As for ``LiveSource``.
            keep_waiting: As for ``LiveSource``.
        """
        super().__init__(
            f"/dev/video{index}",
            clock,
            stall_s=stall_s,
            rotation=rotation,
            keep_waiting=keep_waiting,
        )
        self._index = index
        self._wanted = {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: frames_per_s,
            cv2.CAP_PROP_BUFFERSIZE: 1,  # an old picture is of no use to a live count
        }

    def open_device(self) -> LiveDevice:
        """Opens the camera.

        Raises:
            CameraError: There is none, or another program has it.
        """
        hush_opencv()
        camera = cv2.VideoCapture(self._index, cv2.CAP_V4L2)
        device = OpenCvDevice(
            self._name,
            camera,
            unopened="cannot be opened; plugged in, and used by no one else?",
            silent="delivers no picture; unplugged?",
        )
        for property_id, value in self._wanted.items():
            camera.set(property_id, value)
        return device
