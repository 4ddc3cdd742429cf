"""A camera of pictures in memory."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from edge.errors import CameraError
from edge.models import Frame, Image


class FakeFrameSource:
    """Delivers the given pictures at a steady rate of film time, then ends."""

    def __init__(self, images: Sequence[Image], frames_per_s: float = 10.0) -> None:
        self._images = images
        self._frames_per_s = frames_per_s
        self._next: int | None = None

    def __enter__(self) -> Self:
        self._next = 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._next = None

    def read(self) -> Frame | None:
        """The next picture; None when all have been read."""
        if self._next is None:
            raise CameraError("fake", "is not open")
        if self._next == len(self._images):
            return None
        index = self._next
        self._next += 1
        return Frame(self._images[index], index, index / self._frames_per_s)
