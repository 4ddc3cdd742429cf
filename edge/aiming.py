"""What helps to aim a camera: figures and a map of the frame as text, never a picture."""

import textwrap
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from edge.crop import CROP_PX
from edge.doctor.focus import focus
from edge.doctor.lighting import lighting
from edge.doctor.report import Finding, Verdict
from edge.models import Box, Face, Frame, Image
from edge.ports import FaceDetector
from edge.scene_measures import FACE_PX, Light, light, sharpness, to_grey
from edge.smallest_face import smallest_face

SMALLEST_PX: Final = 16
"""Smaller faces than are counted are looked for, so that it can be said that they are too small."""
SLOWEST_FPS: Final = 8.0
"""Below it, people who walk by are seen too seldom to be followed well."""
DARK_FACE: Final = 0.15
SOFT_FACE: Final = 0.005
"""Focused faces have 0.01 to 0.04, blurred by 2 of 64 pixels 0.002 to 0.008."""
TURNED_BACK: Final = 0.7
"""Share of the best sharpness so far below which the lens was turned too far."""
_RATE_S: Final = 2.0
_FACES_KEPT_S: Final = 3.0
_THOUSAND: Final = 1000
_WIDEST_MAP: Final = 78
_NARROWEST_MAP: Final = 14
_LOWEST_MAP: Final = 8
_CELL_ASPECT: Final = 2.0
"""A character of a terminal is about twice as high as it is wide."""
_EDGE_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceReading:
    """One face of the frame.

    Attributes:
        box: Where, pixels.
        sharpness: As ``scene_measures.sharpness`` at the size that the expression model sees.
        brightness: Mean inside the box, 0 … 1.
    """

    box: Box
    sharpness: float
    brightness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look through the camera.

    Attributes:
        width: Of the frame, pixels.
        height: The same.
        frames_per_s: The camera's rate over the last two seconds; None where it is not known yet.
        light: Exposure of the whole frame.
        sharpness: Of the whole frame.
        best_sharpness: The greatest one so far.
        faces: From left to right.
        face_px: Median width of the widest face over the last three seconds; None without faces.
        detector: Who looked for faces.
        min_face_px: Smaller faces are not counted when the service runs.
    """

    width: int
    height: int
    frames_per_s: float | None
    light: Light
    sharpness: float
    best_sharpness: float
    faces: tuple[FaceReading, ...]
    face_px: float | None
    detector: str
    min_face_px: int


class Aiming:
    """Looks at frames; keeps figures of the last seconds only."""

    def __init__(self, detector: FaceDetector, min_face_px: int | None) -> None:
        """Prepares.

        Args:
            detector: Finds faces, also some that are too small.
            min_face_px: Smaller ones are not counted when the service runs, pixels.
        """
        self._detector = detector
        self._min_face_px = min_face_px
        self._frames: deque[tuple[int, float]] = deque()
        self._widths: deque[tuple[float, float]] = deque()
        self._best = 0.0

    def count(self, frame: Frame) -> None:
        """Takes in a frame for the rate only."""
        self._frames.append((frame.index, frame.monotonic_s))
        while frame.monotonic_s - self._frames[0][1] > _RATE_S:
            self._frames.popleft()

    def look(self, frame: Frame) -> Reading:
        """Measures a frame."""
        grey = to_grey(frame.image)
        found = sorted(self._detector.detect(frame.image), key=lambda face: face.box.x)
        faces = tuple(_measure(face, grey) for face in found)
        now_s = frame.monotonic_s
        if faces:
            self._widths.append((now_s, max(face.box.width for face in faces)))
        while self._widths and now_s - self._widths[0][0] > _FACES_KEPT_S:
            self._widths.popleft()
        seen = sharpness(grey)
        self._best = max(self._best, seen)
        return Reading(
            width=int(grey.shape[1]),
            height=int(grey.shape[0]),
            frames_per_s=self._rate(),
            light=light(grey),
            sharpness=seen,
            best_sharpness=self._best,
            faces=faces,
            face_px=median(width for _, width in self._widths) if self._widths else None,
            detector=self._detector.name,
            min_face_px=smallest_face(self._min_face_px, max(grey.shape)),
        )

    def _rate(self) -> float | None:
        if len(self._frames) < 2:  # noqa: PLR2004 - a rate needs two
            return None
        (first, first_s), (last, last_s) = self._frames[0], self._frames[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else None


def advice(reading: Reading) -> list[str]:
    """What to do, the most pressing first; empty when all is well."""
    told = [*_told(lighting(reading.light)), *_told(focus(reading.sharpness, reading.light))]
    if reading.sharpness < TURNED_BACK * reading.best_sharpness:
        told.append("it was sharper before: turn the lens back, or let the view become as it was")
    if reading.frames_per_s is not None and reading.frames_per_s < SLOWEST_FPS:
        told.append(
            f"only {reading.frames_per_s:.1f} frames/s: give more light, or lower the resolution"
        )
    return told + list(_about_faces(reading))


def report(reading: Reading, columns: int, rows: int, *, plain: bool = False) -> list[str]:
    """The map, the figures and the advice, as lines of at most ``columns`` characters.

    Args:
        reading: The look.
        columns: Width of the terminal, characters; at least 40.
        rows: Its height; the map becomes smaller so that figures and advice fit below it.
        plain: Draw with ASCII only.
    """
    lines = []
    for figure in _figures(reading):
        lines += textwrap.wrap(figure, columns, subsequent_indent=" " * 11)
    lines.append("")
    told = advice(reading)
    for text in told or ["all is well"]:
        lines += textwrap.wrap(f"{'!' if told else '='} {text}", columns, subsequent_indent="  ")
    room = max(_LOWEST_MAP, rows - len(lines))
    widest = round(room * _CELL_ASPECT * reading.width / reading.height)
    across = max(_NARROWEST_MAP, min(columns, _WIDEST_MAP, widest))
    return [*_map(reading, across, plain=plain), *lines]


def one_line(reading: Reading, at_s: float) -> str:
    """The same in one line, for what is no terminal."""
    rate = "-" if reading.frames_per_s is None else f"{reading.frames_per_s:.1f}"
    widths = ", ".join(f"{face.box.width:.0f}" for face in reading.faces) or "none"
    return (
        f"{at_s:7.1f} s  {rate} frames/s  brightness {reading.light.mean:.0%}  "
        f"sharpness {reading.sharpness * _THOUSAND:.2f}  face widths in px: {widths}"
        f"{''.join(f'; {text}' for text in advice(reading))}"
    )


def _told(finding: Finding) -> Iterable[str]:
    if finding.verdict in {Verdict.WARN, Verdict.FAIL}:
        yield f"{finding.text}: {finding.mend}"


def _about_faces(reading: Reading) -> Iterable[str]:
    if reading.face_px is None:
        yield "no face: stand where visitors will stand, and look at the artwork"
        return
    width = f"faces are {reading.face_px:.0f} px wide"
    nearer = (
        "move the camera closer or raise the resolution; "
        f"{max(CROP_PX, reading.min_face_px)} px or more is good"
    )
    if reading.face_px < reading.min_face_px:
        counted = f"not counted under {reading.min_face_px} px (detector.min_face_px)"
        yield f"{width}, {counted}: {nearer}"
    elif reading.face_px < CROP_PX:
        yield f"{width}: {nearer}"
    for face in reading.faces:
        yield from _about(face, reading)


def _about(face: FaceReading, reading: Reading) -> Iterable[str]:
    box, margin = face.box, _EDGE_SHARE * reading.width
    sides = {
        "left": box.x < margin,
        "right": box.x + box.width > reading.width - margin,
        "top": box.y < margin,
        "bottom": box.y + box.height > reading.height - margin,
    }
    for side, is_cut in sides.items():
        if is_cut:
            yield f"a face touches the {side} edge: turn the camera that way, or widen the view"
    if face.brightness < DARK_FACE:
        yield "a face is dark: light it from the front; a window behind people makes them so"
    if face.box.width >= CROP_PX and face.sharpness < SOFT_FACE:
        yield "a face is blurred: focus at where people stand, or give more light if they move"


def _measure(face: Face, grey: Image) -> FaceReading:
    box = face.box
    left, top = max(0, int(box.x)), max(0, int(box.y))
    part = grey[top : int(box.y + box.height) + 1, left : int(box.x + box.width) + 1]
    return FaceReading(
        box=box,
        sharpness=sharpness(part, FACE_PX) if part.size else 0.0,
        brightness=light(part).mean if part.size else 0.0,
    )


def _figures(reading: Reading) -> list[str]:
    rate = "rate not known yet"
    if reading.frames_per_s is not None:
        rate = f"{reading.frames_per_s:.1f} frames/s"
    seen, best = reading.light, reading.best_sharpness * _THOUSAND
    exposed = f"brightness {seen.mean:.0%}, black {seen.dark_share:.0%}, "
    exposed += f"burnt out {seen.bright_share:.0%}, contrast {seen.contrast:.0%}"
    sharp = f"{reading.sharpness * _THOUSAND:.2f}, best so far {best:.2f} (more is sharper)"
    table = [
        ("camera", f"{reading.width}x{reading.height}, {rate}, faces by {reading.detector}"),
        ("light", exposed),
        ("sharpness", sharp),
    ]
    table += [(f"face {n}", _face_figures(f)) for n, f in enumerate(reading.faces, start=1)]
    return [f"{name:<10} {text}" for name, text in table]


def _face_figures(face: FaceReading) -> str:
    return (
        f"{face.box.width:.0f} px wide, {face.box.height:.0f} px high, "
        f"brightness {face.brightness:.0%}, sharpness {face.sharpness * _THOUSAND:.1f}"
    )


def _map(reading: Reading, columns: int, *, plain: bool) -> list[str]:
    """The frame's outline with the faces in it, each with its number and width."""
    rows = max(4, round(columns * reading.height / reading.width / _CELL_ASPECT))
    grid = [[" "] * columns for _ in range(rows)]
    _draw(grid, (0, 0, columns - 1, rows - 1), "+-|+++" if plain else "┌─│┐└┘")
    across, down = (columns - 1) / reading.width, (rows - 1) / reading.height
    for number, face in enumerate(reading.faces, start=1):
        box = face.box
        left, top = _inside(box.x * across, columns), _inside(box.y * down, rows)
        right = max(left + 1, _inside((box.x + box.width) * across, columns))
        bottom = max(top + 1, _inside((box.y + box.height) * down, rows))
        _draw(grid, (left, top, right, bottom), "*" * 6 if plain else "╔═║╗╚╝")
        label = f"{number}: {box.width:.0f} px"
        row = (top + bottom) // 2
        if right - left <= len(label):  # it has no room inside
            row = bottom + 1 if bottom + 1 < rows - 1 else max(1, top - 1)
        _write(grid, row, (left + right + 1) // 2, label)
    return ["".join(row) for row in grid]


def _inside(place: float, size: int) -> int:
    return min(max(round(place), 0), size - 2)


def _draw(grid: list[list[str]], corners: tuple[int, int, int, int], signs: Sequence[str]) -> None:
    left, top, right, bottom = corners
    top_left, flat, upright, top_right, low_left, low_right = signs
    for column in range(left, right + 1):
        grid[top][column] = grid[bottom][column] = flat
    for row in range(top, bottom + 1):
        grid[row][left] = grid[row][right] = upright
    grid[top][left], grid[top][right] = top_left, top_right
    grid[bottom][left], grid[bottom][right] = low_left, low_right


def _write(grid: list[list[str]], row: int, column: int, text: str) -> None:
    """Centred, moved in from the edge where it would be cut."""
    width = len(grid[0])
    start = min(max(1, column - len(text) // 2), width - 1 - len(text))
    for offset, sign in enumerate(text):
        grid[row][start + offset] = sign
