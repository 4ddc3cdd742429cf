"""A video file as a camera: for replays, tests and the demo."""

import stat
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2

from edge.adapters.opencv_device import hush_opencv
from edge.errors import CameraError
from edge.models import Frame
from edge.ports import Clock

_FALLBACK_FPS: Final = 25.0
_FASTEST_FPS: Final = 240.0
"""Containers without a rate report 0, NaN or their time base; none of it is a rate."""


class VideoSource:
    """Plays mp4, mkv, avi or GIF, every frame as fast as it is asked for, or like a live camera.

    A live camera doesn't wait: a frame whose moment has passed is skipped, and a process that
    comes late joins in the middle.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        realtime: bool,
        started_at_ms: int | None = None,
        loop: bool = False,
    ) -> None:
        """Opens nothing yet.

        Args:
            path: The file.
            clock: Paces the film, and stamps its frames.
            realtime: Play at the film's own rate and drop late frames, else every frame at once,
                stamped with the film's own time.
            started_at_ms: With ``realtime``, when the film began, ms since 1970 UTC; None: now.
            loop: Begin anew at the end, for ever.
        """
        self._path = path
        self._clock = clock
        self._realtime = realtime
        self._started_at_ms = started_at_ms
        self._loop = loop
        self._video: cv2.VideoCapture | None = None
        self._fps = _FALLBACK_FPS
        self._started_s = 0.0
        self._position = 0
        self._first = 0

    def __enter__(self) -> Self:
        """Opens the file.

        Raises:
            CameraError: It is missing or no video.
        """
        self._check()
        hush_opencv()
        self._open()
        rate = self._video.get(cv2.CAP_PROP_FPS) if self._video is not None else 0.0
        self._fps = rate if 0 < rate <= _FASTEST_FPS else _FALLBACK_FPS
        self._started_s = self._clock.monotonic_s()
        if self._realtime and self._started_at_ms is not None:
            self._started_s -= (self._clock.now_ms() - self._started_at_ms) / 1000
        self._position = self._first = 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the file."""
        if self._video is not None:
            self._video.release()
            self._video = None

    def read(self) -> Frame | None:
        """The next frame whose moment has not passed; None at the end of the film.

        Raises:
            CameraError: The source is not open, or the film has no frame at all.
        """
        if self._realtime:
            late = self._clock.monotonic_s() - self._started_s
            due = int(late * self._fps) if late > 0 else 0
            while self._position < due:
                if not self._grab():
                    return None
        if not self._grab():
            return None
        ok, image = self._opened().retrieve()
        if not ok:
            raise CameraError(str(self._path), f"frame {self._position} cannot be decoded")
        index = self._position - 1
        moment = self._started_s + index / self._fps
        early = moment - self._clock.monotonic_s()
        if self._realtime and early > 0:
            self._clock.sleep(early)
        return Frame(image, index, moment)

    def _grab(self) -> bool:
        """Moves on by one frame, round the loop if there is one; False at the end."""
        if not self._opened().grab():
            if self._position == self._first:
                raise CameraError(str(self._path), "no frame can be read; is it a video?")
            if not self._loop:
                return False
            self._opened().release()
            self._open()
            self._first = self._position
            return self._grab()
        self._position += 1
        return True

    def _check(self) -> None:
        """Returns if it is a file that may be read; OpenCV would only say that it can't.

        Raises:
            CameraError: It is not.
        """
        name = str(self._path)
        try:
            kind = self._path.stat().st_mode
            if stat.S_ISDIR(kind):
                raise CameraError(name, "is a folder; pictures in a folder are source = 'images'")
            if not stat.S_ISREG(kind):
                raise CameraError(name, "is no file; a USB camera is source = 'v4l2'")
            with self._path.open("rb"):
                pass
        except FileNotFoundError as exc:
            raise CameraError(name, "no such file; check the path") from exc
        except OSError as exc:
            raise CameraError(name, f"cannot be read: {exc.strerror}") from exc

    def _open(self) -> None:
        self._video = cv2.VideoCapture(str(self._path))
        if not self._video.isOpened():
            raise CameraError(str(self._path), "OpenCV cannot read it; is it a video?")

    def _opened(self) -> cv2.VideoCapture:
        if self._video is None:
            raise CameraError(str(self._path), "is not open")
        return self._video
