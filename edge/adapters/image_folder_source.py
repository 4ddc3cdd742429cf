"""A folder of pictures as a camera, in the order of their names."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2

from edge.adapters.opencv_device import hush_opencv
from edge.errors import CameraError
from edge.models import Frame
from edge.ports import Clock

_ENDINGS: Final = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".webp"})


class ImageFolderSource:
    """Plays each picture once, at a steady rate."""

    def __init__(self, folder: Path, clock: Clock, *, frames_per_s: float, realtime: bool) -> None:
        """Opens nothing yet.

        Args:
            folder: Where the pictures are.
            clock: Paces them, and stamps them.
            frames_per_s: Their rate.
            realtime: Wait for each picture's moment; else only stamp it with that moment.
        """
        self._folder = folder
        self._clock = clock
        self._frames_per_s = frames_per_s
        self._realtime = realtime
        self._files: list[Path] = []
        self._index = 0
        self._started_s = 0.0

    def __enter__(self) -> Self:
        """Lists the folder.

        Raises:
            CameraError: It is missing or holds no picture.
        """
        hush_opencv()
        try:
            self._files = sorted(f for f in self._folder.iterdir() if f.suffix.lower() in _ENDINGS)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise CameraError(str(self._folder), "no such folder; check the path") from exc
        except OSError as exc:
            raise CameraError(str(self._folder), f"cannot be read: {exc.strerror}") from exc
        if not self._files:
            raise CameraError(
                str(self._folder), f"no picture in it ({', '.join(sorted(_ENDINGS))})"
            )
        self._index = 0
        self._started_s = self._clock.monotonic_s()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forgets the list."""
        self._files = []

    def read(self) -> Frame | None:
        """The next picture, or None after the last.

        Raises:
            CameraError: The source is not open, or a picture cannot be read.
        """
        if not self._files:
            raise CameraError(str(self._folder), "is not open")
        if self._index == len(self._files):
            return None
        file, index = self._files[self._index], self._index
        self._index += 1
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise CameraError(str(file), "OpenCV cannot read it; is it a picture?")
        moment = self._started_s + index / self._frames_per_s
        early = moment - self._clock.monotonic_s()
        if self._realtime and early > 0:
            self._clock.sleep(early)
        return Frame(image, index, moment)
