"""OpenCV's ``VideoCapture`` of a V4L2 camera, as far as an adapter meets it (OpenCV 4.11)."""

import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from edge.models import Image


class Usb:
    """What hangs on ``/dev/video0``; the test holds the other end."""

    def __init__(self, show: Callable[[], Image]) -> None:
        """Plugs a camera in that sees what ``show`` gives, BGR."""
        self.show = show
        self.is_plugged = True
        self.hangs = False
        self.let_go = threading.Event()
        self.holder: FakeVideoCapture | None = None
        self.settings: dict[int, float] = {}

    def video_capture(self, index: int, backend: int) -> "FakeVideoCapture":
        """Stands in for the class's constructor."""
        assert backend == cv2.CAP_V4L2
        return FakeVideoCapture(self, index)


class FakeVideoCapture:
    """A capture that reads a frame in its own time, or hangs in the driver until it is let go."""

    def __init__(self, usb: Usb, index: int) -> None:
        self._usb = usb
        if index == 0 and usb.is_plugged and usb.holder is None:
            usb.holder = self

    def isOpened(self) -> bool:  # noqa: N802 - as in OpenCV
        """Whether the device is this one's."""
        return self._usb.holder is self

    def set(self, property_id: int, value: float) -> bool:
        """Asks the camera for a setting."""
        self._usb.settings[property_id] = value
        return True

    def read(self) -> tuple[bool, Image | None]:
        """Waits for the next picture; none from an unplugged camera."""
        time.sleep(1 / self._usb.settings.get(cv2.CAP_PROP_FPS, 30))
        if self._usb.hangs:
            self._usb.let_go.wait()
            return False, None
        if not self._usb.is_plugged:
            return False, None
        return True, np.ascontiguousarray(self._usb.show())

    def release(self) -> None:
        """Lets go of the device."""
        if self._usb.holder is self:
            self._usb.holder = None
