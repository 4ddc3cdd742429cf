"""The part of picamera2 0.3.36, and of libcamera's Python bindings, that a camera adapter meets.

Written after that version's source, signatures and quirks included: ``RGB888`` is B, G, R in
memory; ``capture_array`` waits for ever unless told how long; a job that timed out stays in the
queue and keeps ``stop`` from being served until ``cancel_all_and_flush``; ``camera.stop`` of a
camera whose cable came loose may never return; controls that the camera
lacks and odd sizes are errors; a camera in use raises ``RuntimeError`` caused by one, no camera
``IndexError``; a failing ``__init__`` leaves its pipe open.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from enum import IntEnum
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar, Final

import numpy as np
import pytest

from edge.models import Image

VERSION: Final = "0.3.36"
_PLAIN_CONTROLS: Final = {
    "FrameDurationLimits": (11_415, 120_000, 33_333),
    "NoiseReductionMode": (0, 4, 0),
}


class AfModeEnum(IntEnum):
    """``libcamera.controls.AfModeEnum``."""

    Manual = 0
    Auto = 1
    Continuous = 2


class Transform:
    """``libcamera.Transform``."""

    def __init__(self, *, hflip: int = 0, vflip: int = 0) -> None:
        self.hflip, self.vflip = bool(hflip), bool(vflip)


class Ribbon:
    """What hangs on the Pi's camera connector; the test holds the other end."""

    def __init__(self, show: Callable[[], Image]) -> None:
        """Plugs a camera in.

        Args:
            show: What the sensor sees, BGR [height, width, 3].
        """
        self.show = show
        self.cameras = 1
        self.has_autofocus = False
        self.is_busy = False
        self.delivers = True
        self.stop_hangs = False
        self.let_go = threading.Event()
        self.fails_to_start = False
        self.started = 0
        self.opened: list[FakePicamera2] = []
        self.controls_set: dict[str, object] = {}

    @property
    def in_use(self) -> bool:
        """Whether somebody holds the camera."""
        return any(camera.is_open for camera in self.opened)


class _Job:
    """``picamera2.job.Job``."""

    def __init__(self, function: Callable[[], tuple[bool, Any]]) -> None:
        self.function = function
        self.future: Future[Any] = Future()

    def get_result(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as in picamera2
        """Waits for the result."""
        return self.future.result(timeout=timeout)

    def cancel(self) -> None:
        """Whoever waits gets a ``CancelledError``."""
        self.future.set_exception(CancelledError())


class FakePicamera2:
    """``picamera2.Picamera2``."""

    ribbon: ClassVar[Ribbon]

    def __init__(
        self,
        camera_num: int = 0,
        verbose_console: int | None = None,
        tuning: object = None,
        allocator: object = None,
    ) -> None:
        del verbose_console, tuning, allocator
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        self.is_open = False
        self.started = False
        self.global_camera_info()[camera_num]
        if self.ribbon.is_busy or self.ribbon.in_use:
            cause = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from cause
        self.is_open = True
        self.ribbon.opened.append(self)
        self.camera_config: dict[str, Any] = {}
        self._jobs: list[_Job] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._loop: threading.Thread | None = None

    @staticmethod
    def global_camera_info() -> list[dict[str, object]]:
        """One entry for each camera."""
        return [
            {"Model": "imx708", "Location": 2, "Rotation": 180, "Id": f"/base/i2c/imx708@{i}"}
            | {"Num": i}
            for i in range(FakePicamera2.ribbon.cameras)
        ]

    @property
    def camera_controls(self) -> dict[str, tuple[int, int, int]]:
        """Name, least, most and default of what can be set."""
        focus = {"AfMode": (0, 2, 0)} if self.ribbon.has_autofocus else {}
        return _PLAIN_CONTROLS | focus

    def create_video_configuration(  # noqa: PLR0917 - as in picamera2
        self,
        main: Mapping[str, Any] = {},
        lores: Mapping[str, Any] | None = None,
        raw: Mapping[str, Any] | None = {},
        transform: Transform | None = None,
        colour_space: object = None,
        buffer_count: int = 6,
        controls: Mapping[str, object] = {},
        display: str | None = "main",
        encode: str | None = "main",
        queue: bool = True,  # noqa: FBT001, FBT002 - as in picamera2
        sensor: Mapping[str, Any] | None = {},
        use_case: str = "video",
    ) -> dict[str, Any]:
        """A configuration for video."""
        del lores, raw, colour_space, sensor
        stream = {"format": "XBGR8888", "size": (1280, 720)} | dict(main)
        return {
            "use_case": use_case,
            "transform": transform or Transform(),
            "buffer_count": buffer_count,
            "queue": queue,
            "main": stream,
            "controls": {"FrameDurationLimits": (33_333, 33_333)} | dict(controls),
            "display": display,
            "encode": encode,
        }

    def configure(self, camera_config: dict[str, Any] | None = None) -> None:
        """Takes on a configuration."""
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        assert camera_config is not None
        if not isinstance(camera_config["transform"], Transform):
            raise RuntimeError("Transform has incorrect type")  # noqa: TRY004 - as in picamera2
        width, height = camera_config["main"]["size"]
        if width % 2 or height % 2:
            raise RuntimeError("width and height should be even")
        if camera_config["main"]["format"] not in {"RGB888", "BGR888", "XBGR8888", "XRGB8888"}:
            raise RuntimeError("Bad format in stream main")
        self.camera_config = camera_config
        self.set_controls(camera_config["controls"])

    def set_controls(self, controls: Mapping[str, object]) -> None:
        """Sets them with the next picture."""
        for name, value in controls.items():
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
            self.ribbon.controls_set[name] = value

    def start(self, config: dict[str, Any] | None = None, show_preview: object = False) -> None:  # noqa: FBT002 - as in picamera2
        """Starts the sensor and the loop that serves jobs."""
        del show_preview
        if config is not None:
            self.configure(config)
        if not self.camera_config:
            raise RuntimeError("Camera has not been configured")
        if self.ribbon.fails_to_start:
            raise RuntimeError("Failed to start camera: Remote I/O error")
        self.started = True
        self.ribbon.started += 1
        self._loop = threading.Thread(target=self._serve, daemon=True)
        self._loop.start()

    def capture_array(
        self,
        name: str = "main",
        wait: float | None = None,
        signal_function: Callable[[_Job], None] | None = None,
    ) -> Any:  # noqa: ANN401 - as in picamera2
        """The next picture of a stream: its array, or the job if it isn't waited for."""
        assert name == "main"
        return self._dispatch(lambda: (True, self._picture()), wait, signal_function)

    def wait(self, job: _Job, timeout: float | None = None) -> Any:  # noqa: ANN401 - as in picamera2
        """The result of a job."""
        return job.get_result(timeout=timeout)

    def cancel_all_and_flush(self) -> None:
        """Forgets all jobs."""
        with self._lock:
            for job in self._jobs:
                job.cancel()
            self._jobs.clear()

    def stop(self) -> None:
        """Stops the sensor; queued behind the jobs that wait for pictures."""
        while self.started and self._jobs and not self._over.wait(0.01):
            pass
        self._stop()

    def close(self) -> None:
        """Lets go of the camera; the loop is ended first, so that no job is in the way."""
        if not self.is_open:
            return
        self._stop()
        self.is_open = False
        self.notifymeread.close()
        os.close(self.notifyme_w)

    def _stop(self) -> None:
        if self.started and self.ribbon.stop_hangs:
            self.ribbon.let_go.wait()
        self.started = False
        self._over.set()

    def _dispatch(
        self,
        function: Callable[[], tuple[bool, Any]],
        wait: float | None,
        signal_function: Callable[[_Job], None] | None,
    ) -> Any:  # noqa: ANN401 - as in picamera2
        if wait is None:
            wait = signal_function is None
        timeout = None if wait is True else wait
        job = _Job(function)
        with self._lock:
            self._jobs.append(job)
        return job.get_result(timeout=timeout) if wait else job

    def _serve(self) -> None:
        duration_us = self.ribbon.controls_set["FrameDurationLimits"]
        assert isinstance(duration_us, tuple)
        while not self._over.wait(duration_us[0] / 1e6):
            if not self.ribbon.delivers:
                continue
            with self._lock:
                job = self._jobs.pop(0) if self._jobs else None
            if job is not None:
                job.future.set_result(job.function()[1])

    def _picture(self) -> Image:
        width, height = self.camera_config["main"]["size"]
        image = self.ribbon.show()[:height, :width]
        transform = self.camera_config["transform"]
        if transform.hflip:
            image = image[:, ::-1]
        if transform.vflip:
            image = image[::-1]
        # In memory: libcamera's RGB888 is B, G, R; its BGR888 is R, G, B.
        layout = self.camera_config["main"]["format"]
        bgr = layout in {"RGB888", "XRGB8888"}
        image = image if bgr else image[..., ::-1]
        if layout.startswith("X"):
            alpha = np.full((*image.shape[:2], 1), 255, np.uint8)
            image = np.concatenate([image, alpha], axis=2)
        return np.ascontiguousarray(image)


def install(monkeypatch: pytest.MonkeyPatch, ribbon: Ribbon) -> None:
    """Puts both modules where an import finds them, until the end of the test."""
    FakePicamera2.ribbon = ribbon
    picamera2, libcamera = ModuleType("picamera2"), ModuleType("libcamera")
    picamera2.Picamera2 = FakePicamera2  # type: ignore[attr-defined]  # a module made here
    libcamera.Transform = Transform  # type: ignore[attr-defined]  # as above
    libcamera.controls = SimpleNamespace(AfModeEnum=AfModeEnum)  # type: ignore[attr-defined]  # as above
    monkeypatch.setitem(sys.modules, "picamera2", picamera2)
    monkeypatch.setitem(sys.modules, "libcamera", libcamera)
