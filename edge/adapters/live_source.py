"""What all live cameras have in common: a reader of their own, and the end of patience."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Final, Protocol, Self

import cv2

from edge.errors import CameraError, CameraStuckError
from edge.models import Frame, Image
from edge.ports import Clock

_log = logging.getLogger(__name__)

OPEN_S: Final = 10.0
"""A camera that has not opened by then is taken for hung, seconds."""
_SLICE_S: Final = 0.1
"""How soon a wait notices that it is no longer wanted."""
_CLOSE_S: Final = 0.8
"""How long leaving waits for a camera to close; what pauses the Pi is promised a second."""
_STUCK_S: Final = 20.0
"""A driver that has not let go of a camera by then won't; only a new process helps."""
_TURNS: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}

KeepWaiting = Callable[[], bool]
"""Whether a picture is still wanted; asked for several times a second by who waits for one."""


def always() -> bool:
    """Keeps waiting."""
    return True


class LiveDevice(Protocol):
    """An open camera; one thread opens, reads and closes it."""

    def read(self) -> Image:
        """The next picture, BGR [height, width, 3]; may block for as long as its driver does.

        Raises:
            CameraError: There is none.
        """
        ...

    def close(self) -> None:
        """Lets go of the camera; never raises."""
        ...


class LiveSource(ABC):
    """A camera that delivers for ever, and always its newest picture.

    A driver's read can block for ever: a USB camera pulled out at the wrong moment, a ribbon cable
    come loose, a network camera without power. So a thread of its own opens, reads and closes the
    camera and keeps the newest picture only; whoever asks for it waits for a bounded time. A
    reader that hangs is left behind: it closes its camera once its driver returns. If that takes
    longer than 20 s, opening the camera again raises ``CameraStuckError``: more readers would only
    pile up behind it.
    """

    _left_behind: ClassVar[list["_Reader"]] = []

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        stall_s: float,
        rotation: int = 0,
        keep_waiting: KeepWaiting = always,
    ) -> None:
        """Opens nothing yet.

        Args:
            name: Of the camera, for people; without credentials.
            clock: Stamps the frames.
            stall_s: A camera that delivers nothing for so long has failed, seconds.
            rotation: Degrees by which pictures are turned clockwise: 0, 90, 180 or 270.
            keep_waiting: Ends a wait early; see ``read``.
        """
        self._name = name
        self._clock = clock
        self._stall_s = stall_s
        self._turn = _TURNS.get(rotation)
        self._keep_waiting = keep_waiting
        self._reader: _Reader | None = None

    @abstractmethod
    def open_device(self) -> LiveDevice:
        """Opens the camera; called in the reader's thread.

        Raises:
            CameraError: It cannot be opened.
        """

    def __enter__(self) -> Self:
        """Opens the camera; returns early if it is not wanted any more.

        Raises:
            CameraError: There is none, another program has it, or it does not open within 10 s.
            CameraStuckError: An earlier reader has been hanging in its driver for 20 s.
        """
        self._check_left_behind()
        reader = self._reader = _Reader(self._name, self.open_device, self._clock, self._turn)
        reader.start()
        try:
            self._wait_for_opening(reader)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the camera, or leaves its reader behind if it hangs."""
        self._close()

    def read(self) -> Frame | None:
        """The newest picture that has not been read yet, waiting for it.

        Returns:
            The frame; its ``index`` counts what the camera delivered, read or not. None only if
            ``keep_waiting`` said that none is wanted.

        Raises:
            CameraError: The camera is not open, failed, or has delivered nothing for ``stall_s``.
        """
        reader = self._reader
        if reader is None:
            raise CameraError(self._name, "is not open")
        if not self._wait(reader, lambda: reader.newest is not None, self._stall_s):
            return None
        frame = reader.take()
        if frame is None:
            raise CameraError(
                self._name,
                f"has delivered no picture for {self._stall_s:g} s; check cable and power",
            )
        return frame

    def _wait_for_opening(self, reader: "_Reader") -> None:
        if self._wait(reader, lambda: reader.is_open, OPEN_S) and not reader.is_open:
            raise CameraError(
                self._name, f"does not open within {OPEN_S:g} s; check cable and power"
            )

    def _wait(self, reader: "_Reader", ready: Callable[[], bool], limit_s: float) -> bool:
        """Waits until ready or out of patience (True), or until nobody wants it (False).

        Raises:
            CameraError: The camera failed.
        """
        deadline_s = self._clock.monotonic_s() + limit_s
        while not reader.wait_for(ready, _SLICE_S):
            reader.check()
            if not self._keep_waiting():
                return False
            if self._clock.monotonic_s() >= deadline_s:
                break
        return True

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None and not reader.stop(_CLOSE_S):
            reader.left_s = self._clock.monotonic_s()
            self._left_behind.append(reader)

    def _check_left_behind(self) -> None:
        hanging = [reader for reader in self._left_behind if reader.is_alive()]
        self._left_behind[:] = hanging
        if hanging:
            _log.warning("camera %s: still held by a reader that hangs in its driver", self._name)
        if any(self._clock.monotonic_s() - reader.left_s >= _STUCK_S for reader in hanging):
            raise CameraStuckError(
                self._name, "hangs in its driver and is not let go; only a new process can help"
            )


class _Reader(threading.Thread):
    """Opens, reads and closes a camera; holds the newest picture until it is taken."""

    def __init__(
        self, name: str, open_device: Callable[[], LiveDevice], clock: Clock, turn: int | None
    ) -> None:
        # A daemon: a driver that never returns must not keep the process from ending.
        super().__init__(name=f"camera {name}", daemon=True)
        self.is_open = False
        self.newest: Frame | None = None
        self.left_s = 0.0
        self._open_device = open_device
        self._clock = clock
        self._turn = turn
        self._failure: Exception | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def run(self) -> None:
        """Reads until stopped or failed."""
        try:
            device = self._open_device()
            try:
                self._read_on(device)
            finally:
                device.close()
        except Exception as exc:  # noqa: BLE001 - raised by check() in the thread that waits
            with self._changed:
                self._failure = exc
                self._changed.notify_all()

    def wait_for(self, ready: Callable[[], bool], limit_s: float) -> bool:
        """Whether it is ready by then; returns early when the camera fails."""
        with self._changed:
            self._changed.wait_for(lambda: ready() or self._failure is not None, limit_s)
            return ready()

    def check(self) -> None:
        """Raises what ended the thread, if something did."""
        if self._failure is not None:
            raise self._failure

    def take(self) -> Frame | None:
        """The newest picture, once."""
        with self._changed:
            frame, self.newest = self.newest, None
            return frame

    def stop(self, limit_s: float) -> bool:
        """Asks the thread to close the camera; whether it did within the limit."""
        with self._changed:
            self._stopped = True
            self.newest = None
        self.join(limit_s)
        return not self.is_alive()

    def _read_on(self, device: LiveDevice) -> None:
        with self._changed:
            self.is_open = True
            self._changed.notify_all()
        index = 0
        while not self._stopped:
            image = device.read()
            moment_s = self._clock.monotonic_s()
            if self._turn is not None:
                image = cv2.rotate(image, self._turn)
            with self._changed:
                if not self._stopped:
                    self.newest = Frame(image, index, moment_s)
                    self._changed.notify_all()
            index += 1
