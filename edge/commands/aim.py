"""``museum-edge aim``: what the camera sees in figures and as a map of boxes, to aim it by."""

import argparse
import dataclasses
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TextIO

from edge.adapters.choose_detector import choose_detector
from edge.adapters.system_clock import SystemClock
from edge.aiming import SMALLEST_PX, Aiming, Reading, one_line, report
from edge.assembly import open_source
from edge.commands.subparsers import Subparsers
from edge.config import INSTALLED, CameraConfig, CameraSource, DetectorConfig, load_config
from edge.errors import CameraError
from edge.ports import FrameSource

_SETTLE_S: Final = 1.0
"""A camera that has just been opened still sets its exposure."""
_SCREEN_S: Final = 0.25
_LINE_S: Final = 1.0
_NARROWEST: Final = 40
_PAGE_ROWS: Final = 32
_BUSY: Final = "if the service holds it: sudo museum-edge pause, and later sudo museum-edge resume"
_ENTER: Final = "\x1b[?1049h\x1b[?25l"
"""Another page, no cursor."""
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_CLEAR_LINE: Final = "\x1b[K"
_CLEAR_BELOW: Final = "\x1b[J"


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``aim`` to the command line."""
    parser = subparsers.add_parser("aim", help="show what helps to aim the camera; no picture")
    parser.add_argument(
        "--config",
        type=Path,
        help=f"edge.toml (default: {INSTALLED}, or else the first USB camera)",
    )
    parser.add_argument("--once", action="store_true", help="look for a second, print, and end")
    parser.add_argument("--seconds", type=_seconds, help="end after so many seconds")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Shows what the camera sees until Ctrl-C, the end of the film, or as the options say.

    Returns:
        0.

    Raises:
        ConfigError: The configuration cannot be used.
        EdgeError: The camera or the detector cannot be used.
    """
    camera, finder = _configured(args.config)
    view = Lines(sys.stdout)
    if args.once:
        view = Once(sys.stdout)
    elif sys.stdout.isatty():
        view = Screen(sys.stdout)
        camera = camera if camera.is_live else dataclasses.replace(camera, realtime=True)
    detector = choose_detector(finder.kind, finder.yunet_model, SMALLEST_PX)
    aiming = Aiming(detector, finder.min_face_px)
    limit_s = _SETTLE_S if args.once else args.seconds
    try:
        with _until_told() as stop, view:
            source = open_source(camera, SystemClock(), lambda: not stop.is_set())
            with source:
                _watch(source, aiming, view, stop, limit_s)
    except CameraError as exc:
        if not camera.is_live:
            raise
        raise CameraError(exc.source, f"{exc.problem}; {_BUSY}") from exc
    return 0


class Lines:
    """One line a second, for what is no terminal.

    Attributes:
        every_s: How often it wants a reading, seconds of the camera's time; infinite: the last.
    """

    every_s = _LINE_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to tidy up."""

    def show(self, reading: Reading, at_s: float) -> None:
        """Prints a reading, taken so many seconds after the first frame, at once."""
        print(one_line(reading, at_s), file=self._stream, flush=True)


class Once(Lines):
    """The whole report, once."""

    every_s = float("inf")

    def show(self, reading: Reading, at_s: float) -> None:
        """Prints the report."""
        del at_s
        text = "\n".join(_report(reading, self._stream, rows=_PAGE_ROWS))
        print(text, file=self._stream, flush=True)


class Screen(Lines):
    """The whole report in place; the last one stays."""

    every_s = _SCREEN_S

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._last: list[str] = []

    def __enter__(self) -> Self:
        self._stream.write(_ENTER)
        return self

    def __exit__(self, *_: object) -> None:
        """Gives the terminal back as it was, the last report below."""
        self._stream.write(_LEAVE + "".join(f"{line}\n" for line in self._last))
        self._stream.flush()

    def show(self, reading: Reading, at_s: float) -> None:
        """Draws over the last one."""
        del at_s
        rows = shutil.get_terminal_size().lines - 1
        self._last = _report(reading, self._stream, rows=rows)
        page = [*self._last[:rows], "Ctrl-C ends."]
        drawn = "\r\n".join(line + _CLEAR_LINE for line in page)
        self._stream.write(f"{_HOME}{drawn}{_CLEAR_BELOW}")
        self._stream.flush()


def _watch(
    source: FrameSource,
    aiming: Aiming,
    view: Lines,
    stop: threading.Event,
    limit_s: float | None,
) -> None:
    """Shows readings until a stop, the end of the film, or ``limit_s`` seconds of the camera's."""
    first_s, due_s, frame, shown = None, 0.0, None, False
    while not stop.is_set() and (newest := source.read()) is not None:
        frame, shown = newest, False
        first_s = frame.monotonic_s if first_s is None else first_s
        at_s = frame.monotonic_s - first_s
        aiming.count(frame)
        if limit_s is not None and at_s >= limit_s:
            break
        if at_s >= due_s and view.every_s < float("inf"):
            view.show(aiming.look(frame), at_s)
            due_s, shown = at_s + view.every_s, True
    if frame is not None and first_s is not None and not shown:
        view.show(aiming.look(frame), frame.monotonic_s - first_s)


def _configured(file: Path | None) -> tuple[CameraConfig, DetectorConfig]:
    if file is None and not INSTALLED.exists():
        return CameraConfig(source=CameraSource.V4L2), DetectorConfig()
    config = load_config(file or INSTALLED)
    return config.camera, config.detector


def _report(reading: Reading, stream: TextIO, *, rows: int) -> list[str]:
    columns = max(_NARROWEST, shutil.get_terminal_size().columns - 1)
    plain = not (stream.encoding or "").lower().startswith("utf")
    return report(reading, columns, rows, plain=plain)


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, more than 0, not {text!r}")
    return value
