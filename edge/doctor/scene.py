"""Looks through the camera for some seconds; keeps figures only, and no frame but the last."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from edge.models import Face, Frame, Image
from edge.ports import Clock, FaceDetector, FrameSource
from edge.scene_measures import Light, light, sharpness, to_grey

LOOK_EVERY_S: Final = 0.25
SETTLE_S: Final = 1.0
"""A camera that has just been opened still sets its exposure."""
RATE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceLook:
    """The largest face of one look.

    Attributes:
        size_px: Geometric mean of its box's sides, pixels of the full frame.
        brightness: Mean of the picture inside its box, 0 … 1.
    """

    size_px: float
    brightness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame in figures.

    Attributes:
        light: Its exposure.
        sharpness: As ``scene_measures.sharpness``.
        face: Its largest face, or None.
        faces: How many it has.
    """

    light: Light
    sharpness: float
    face: FaceLook | None
    faces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the camera showed.

    Attributes:
        width: Of its picture, pixels.
        height: The same.
        frames: Frames that it delivered.
        frames_per_s: Its rate while nothing else was done; None with too few frames to tell.
        frozen: Whether all its pictures were the same to the last bit.
        looks: In order of time.
        detector: Which detector looked for faces, or None where none could.
    """

    width: int
    height: int
    frames: int
    frames_per_s: float | None
    frozen: bool
    looks: tuple[Look, ...]
    detector: str | None

    @property
    def light(self) -> Light:
        """The median of each figure over all looks."""
        return Light(
            mean=median(look.light.mean for look in self.looks),
            dark_share=median(look.light.dark_share for look in self.looks),
            bright_share=median(look.light.bright_share for look in self.looks),
            contrast=median(look.light.contrast for look in self.looks),
        )

    @property
    def sharpness(self) -> float:
        """The median over all looks."""
        return median(look.sharpness for look in self.looks)

    @property
    def faces(self) -> list[FaceLook]:
        """The largest face of every look that has one."""
        return [look.face for look in self.looks if look.face is not None]


class _Tally:
    """Counts frames; keeps the last one until the next has come, to see whether it moves on."""

    def __init__(self) -> None:
        self.frames = 0
        self.frozen = True
        self.size = (0, 0)
        self._last: Image | None = None

    def add(self, image: Image) -> None:
        """Takes in a frame."""
        self.frames += 1
        self.size = (int(image.shape[1]), int(image.shape[0]))
        if self.frozen and self._last is not None:
            self.frozen = bool(np.array_equal(self._last, image))
        self._last = image


def watch_scene(
    source: FrameSource, detector: FaceDetector | None, clock: Clock, *, seconds: float, live: bool
) -> Scene:
    """Opens the camera, measures its rate, then looks for light, sharpness and faces.

    Args:
        source: The camera, not open yet.
        detector: Finds faces; None looks for none.
        clock: Time.
        seconds: How long to look for faces, in the camera's time or the clock's, whichever ends
            first.
        live: A camera's rate is measured first, by itself; a file's is told by its frames.

    Raises:
        CameraError: It cannot be opened, or failed.
    """
    tally, looks, looked_s = _Tally(), list[Look](), float("-inf")
    rate, moments = None, list[float]()
    with source:
        if live:
            for _ in _frames(source, clock, SETTLE_S, tally):
                pass
            rate = _rate([f.monotonic_s for f in _frames(source, clock, RATE_S, tally)])
        for frame in _frames(source, clock, seconds, tally):
            moments.append(frame.monotonic_s)
            if frame.monotonic_s - looked_s >= LOOK_EVERY_S:
                looked_s = frame.monotonic_s
                looks.append(_look(frame, detector))
    return Scene(
        width=tally.size[0],
        height=tally.size[1],
        frames=tally.frames,
        frames_per_s=rate if live else _rate(moments),
        frozen=tally.frozen and tally.frames > 1,
        looks=tuple(looks),
        detector=None if detector is None else detector.name,
    )


def _frames(source: FrameSource, clock: Clock, seconds: float, tally: _Tally) -> Iterator[Frame]:
    """The frames of so many seconds of the clock or of the film, whichever end first."""
    started_s, first_s = clock.monotonic_s(), None
    while clock.monotonic_s() - started_s < seconds:
        frame = source.read()
        if frame is None:
            return
        first_s = frame.monotonic_s if first_s is None else first_s
        if frame.monotonic_s - first_s >= seconds:
            return
        tally.add(frame.image)
        yield frame


def _look(frame: Frame, detector: FaceDetector | None) -> Look:
    grey = to_grey(frame.image)
    faces = [] if detector is None else detector.detect(frame.image)
    largest = max(faces, key=lambda face: face.box.size, default=None)
    return Look(
        light=light(grey),
        sharpness=sharpness(grey),
        face=None if largest is None else _measure(largest, grey),
        faces=len(faces),
    )


def _measure(face: Face, grey: Image) -> FaceLook:
    box = face.box
    left, top = max(0, int(box.x)), max(0, int(box.y))
    part = grey[top : int(box.y + box.height) + 1, left : int(box.x + box.width) + 1]
    return FaceLook(size_px=box.size, brightness=float(part.mean()) / 255 if part.size else 0.0)


def _rate(moments: list[float]) -> float | None:
    span_s = moments[-1] - moments[0] if len(moments) > 1 else 0.0
    return (len(moments) - 1) / span_s if span_s > 0 else None
