"""A camera on the Pi's ribbon cable (CSI), by libcamera's Python package ``picamera2``."""

import importlib
import logging
import os
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import IO, Any, Final, Protocol

from edge.adapters.live_source import KeepWaiting, LiveDevice, LiveSource, always
from edge.errors import CameraError
from edge.models import Image
from edge.ports import Clock

_log = logging.getLogger(__name__)

_FORMAT: Final = "RGB888"
"""libcamera names the order of bits in a word: in memory this is B, G, R, as OpenCV wants it."""
_BUFFERS: Final = 4
"""Enough that the sensor never waits; each is a whole picture of contiguous memory."""
_UPSIDE_DOWN: Final = 180
_TROUBLE: Final = (RuntimeError, OSError, ValueError, KeyError, TimeoutError, CancelledError)
"""What picamera2 and libcamera raise for a camera that does not do as it is told."""


class _Camera(Protocol):
    """What is used of ``picamera2.Picamera2``, as of its version 0.3.36."""

    is_open: bool
    camera_controls: dict[str, Any]
    notifymeread: IO[bytes]
    notifyme_w: int

    def create_video_configuration(self, **settings: object) -> dict[str, Any]: ...
    def configure(self, camera_config: dict[str, Any]) -> None: ...
    def set_controls(self, controls: dict[str, object]) -> None: ...
    def start(self) -> None: ...
    def capture_array(self, name: str, wait: float) -> Image: ...
    def cancel_all_and_flush(self) -> None: ...
    def close(self) -> None: ...


class Picamera2Source(LiveSource):
    """Reads a CSI camera; always the newest picture, focused continuously where the lens can."""

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
        """Opens nothing yet, and imports nothing.

        Args:
            index: 0 is the first camera that ``rpicam-hello --list-cameras`` prints.
            clock: Stamps the frames.
            width: Of the picture, pixels; odd ones are rounded down.
            height: Of the picture, pixels.
            frames_per_s: Rate of the sensor.
            stall_s: As for ``LiveSource``.
            rotation: As for ``LiveSource``; upside down costs nothing, the camera turns itself.
            keep_waiting: As for ``LiveSource``.
        """
        upside_down = rotation == _UPSIDE_DOWN
        super().__init__(
            f"CSI {index}",
            clock,
            stall_s=stall_s,
            rotation=0 if upside_down else rotation,
            keep_waiting=keep_waiting,
        )
        self._index = index
        self._upside_down = upside_down
        self._size = (width - width % 2, height - height % 2)
        self._duration_us = round(1_000_000 / frames_per_s)

    def open_device(self) -> LiveDevice:
        """Opens and starts the camera.

        Raises:
            CameraError: picamera2 is not installed, there is no such camera, another program has
                it, or it cannot do what the configuration asks for.
        """
        picamera2, libcamera = self._import("picamera2"), self._import("libcamera")
        found = len(picamera2.Picamera2.global_camera_info())
        if found <= self._index:
            raise CameraError(
                self._name,
                f"is not there ({found} found); check both ends of the ribbon cable, then reboot",
            )
        camera = self._grab(picamera2.Picamera2)
        device = _Device(self._name, camera, self._stall_s)
        try:
            self._start(camera, libcamera)
        except _TROUBLE as exc:
            device.close()
            raise CameraError(self._name, f"does not start: {_first_line(exc)}") from exc
        return device

    def _import(self, module: str) -> Any:  # noqa: ANN401 - published without type information
        try:
            return importlib.import_module(module)
        except ImportError as exc:
            raise CameraError(
                self._name,
                f"needs {module} ({exc}): sudo apt install python3-picamera2, in an environment"
                " made with --system-site-packages",
            ) from exc
        except (OSError, ValueError) as exc:  # a library of another version than it was built for
            raise CameraError(
                self._name, f"{module} cannot be loaded: {_first_line(exc)}; sudo apt full-upgrade"
            ) from exc

    def _grab(self, kind: Any) -> _Camera:  # noqa: ANN401 - as above
        # In two steps, because a Picamera2 that fails in its __init__ leaves its pipe open; tried
        # every ten seconds for a day, that would be all the descriptors there are.
        camera: _Camera = kind.__new__(kind)
        try:
            camera.__init__(self._index)  # type: ignore[misc]  # see above
        except (*_TROUBLE, IndexError) as exc:
            with suppress(AttributeError, *_TROUBLE):
                if camera.is_open:
                    camera.close()
                else:
                    camera.notifymeread.close()
                    os.close(camera.notifyme_w)
            raise CameraError(
                self._name, f"cannot be opened ({_first_line(exc)}); does another program use it?"
            ) from exc
        return camera

    def _start(self, camera: _Camera, libcamera: Any) -> None:  # noqa: ANN401 - as above
        turned = int(self._upside_down)
        settings = camera.create_video_configuration(
            main={"size": self._size, "format": _FORMAT},
            transform=libcamera.Transform(hflip=turned, vflip=turned),
            controls={"FrameDurationLimits": (self._duration_us, self._duration_us)},
            buffer_count=_BUFFERS,
            display=None,
            encode=None,
        )
        camera.configure(settings)
        if "AfMode" in camera.camera_controls:  # Camera Module 3
            camera.set_controls({"AfMode": libcamera.controls.AfModeEnum.Continuous})
        camera.start()


class _Device:
    """The running camera."""

    def __init__(self, name: str, camera: _Camera, stall_s: float) -> None:
        self._name = name
        self._camera = camera
        self._stall_s = stall_s

    def read(self) -> Image:
        """The next picture."""
        try:
            return self._camera.capture_array("main", wait=self._stall_s)
        except _TROUBLE as exc:
            raise CameraError(
                self._name, f"delivers no picture ({_first_line(exc)}); check the ribbon cable"
            ) from exc

    def close(self) -> None:
        """Lets go of the camera; a capture that timed out would otherwise keep it from stopping."""
        try:
            with suppress(AttributeError):  # picamera2 before 0.3.19
                self._camera.cancel_all_and_flush()
            self._camera.close()
        except _TROUBLE as exc:
            _log.warning("camera %s: closing it failed: %s", self._name, _first_line(exc))


def _first_line(error: BaseException) -> str:
    """The root cause of an error, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
