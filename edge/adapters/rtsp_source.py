"""A network camera that speaks RTSP, by OpenCV's FFmpeg."""

import os
from typing import Final
from urllib.parse import urlsplit

import cv2

from edge.adapters.live_source import OPEN_S, KeepWaiting, LiveDevice, LiveSource, always
from edge.adapters.opencv_device import OpenCvDevice, hush_opencv
from edge.ports import Clock

_OPTIONS: Final = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay"
"""Over TCP no packet is lost, and nothing but that one connection has to pass a firewall."""


class RtspSource(LiveSource):
    """Reads a network camera; always the newest picture.

    Size and rate are those that the camera is set to.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        stall_s: float = 5.0,
        rotation: int = 0,
        keep_waiting: KeepWaiting = always,
    ) -> None:
        """Opens nothing yet.

        Args:
            url: ``rtsp://[user:password@]host[:port]/stream``; never printed.
            clock: Stamps the frames.
            stall_s: As for ``LiveSource``.
            rotation: As for ``LiveSource``.
            keep_waiting: As for ``LiveSource``.
        """
        super().__init__(
            without_secrets(url),
            clock,
            stall_s=stall_s,
            rotation=rotation,
            keep_waiting=keep_waiting,
        )
        self._url = url

    def open_device(self) -> LiveDevice:
        """Connects to the camera.

        Raises:
            CameraError: It does not answer, refuses user and password, or has no such stream.
        """
        hush_opencv()
        # Read by OpenCV whenever it opens a stream; there is no other way to pass them.
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _OPTIONS)
        camera = cv2.VideoCapture(
            self._url,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                round(1000 * OPEN_S),
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                round(1000 * self._stall_s),
                cv2.CAP_PROP_N_THREADS,
                1,  # more threads decode later pictures before they show the first
            ],
        )
        return OpenCvDevice(
            self._name,
            camera,
            unopened="cannot be opened; check address, stream, user, password and network",
            silent="delivers no picture; check its power and the network",
        )


def without_secrets(url: str) -> str:
    """Scheme, host and port of an address.

    Some cameras want user and password in the path or the query, so neither is ever shown.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}"
