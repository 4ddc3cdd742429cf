"""``museum-edge doctor``: what works, what does not, and how to mend it."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import cv2

from edge import VERSION
from edge.adapters.system_clock import SystemClock
from edge.commands.subparsers import Subparsers
from edge.config import INSTALLED
from edge.doctor.checklist import NAMES, Checklist
from edge.doctor.report import Outcome, Report
from edge.doctor.runner import run_checks
from edge.doctor.text import lines_of, signs_for, summary_of

LOOK_S: Final = 6.0
_LONGEST_LOOK_S: Final = 300.0
_CODES: Final = (
    "exit code: 0 all is well; 1 warnings only; 2 at least one failure; "
    "64 the command line is wrong"
)
_OPENCV_SILENT: Final = 0
_CLEAR: Final = "\r\x1b[K"


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``doctor`` to the command line."""
    parser = subparsers.add_parser("doctor", help="look at everything, and say how to mend it")
    parser.description = (
        "Looks at camera, board, network and files; stores no picture. Stand at the mark while it "
        f"looks through the camera. Checks: {', '.join(NAMES)}."
    )
    parser.epilog = _CODES
    parser.add_argument("--config", type=Path, default=INSTALLED, help=f"default: {INSTALLED}")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--skip", type=_names, default=[], metavar="A,B", help="leave these out")
    parser.add_argument("--only", type=_names, default=list(NAMES), metavar="A,B", help="no others")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=LOOK_S,
        help=f"how long to look for faces (default {LOOK_S:g})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the checks and prints what they found.

    Returns:
        0 when all is well, 1 with warnings only, 2 with at least one failure.
    """
    names = [name for name in args.only if name not in args.skip]
    checks = Checklist(args.config, SystemClock(), seconds=args.seconds).checks(names)
    with _quiet():
        if args.json:
            report = run_checks(checks)
            print(json.dumps(_document(report, args.config)))  # noqa: T201 - a command prints
        else:
            printer = _Printer(sys.stdout, seconds=args.seconds)
            report = run_checks(checks, on_start=printer.begin, on_end=printer.end)
            printer.say(summary_of(report))
    return report.exit_code


class _Printer:
    """Prints each check when it ends, and at a terminal also what goes on."""

    def __init__(self, stream: TextIO, *, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._signs = signs_for(stream)

    def begin(self, name: str) -> None:
        """A check begins."""
        if not self._stream.isatty():
            return
        hint = f": look at the artwork from the mark, for {self._seconds + 3:.0f} s"
        self._put(f"{_CLEAR}  {name}{hint if name == 'camera' else ''} ...", end="")

    def end(self, outcome: Outcome) -> None:
        """It has ended."""
        if self._stream.isatty():
            self._put(_CLEAR, end="")
        for line in lines_of(outcome, self._signs):
            self.say(line)

    def say(self, line: str) -> None:
        """Prints a line in whatever letters the stream has."""
        self._put(line, end="\n")

    def _put(self, text: str, end: str) -> None:
        encoding = self._stream.encoding or "ascii"
        text = text.encode(encoding, "replace").decode(encoding)
        print(text, end=end, file=self._stream, flush=True)


def _document(report: Report, config: Path) -> dict[str, object]:
    return {"software": VERSION, "config": str(config)} | report.to_dict()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the parts' own log lines out of the report, which says it all."""
    log = logging.getLogger("edge")
    before, opencv_before = log.level, cv2.getLogLevel()
    log.setLevel(logging.CRITICAL)
    cv2.setLogLevel(_OPENCV_SILENT)
    try:
        yield
    finally:
        log.setLevel(before)
        cv2.setLogLevel(opencv_before)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"no check is called {', '.join(unknown) or text!r}; there are {', '.join(NAMES)}"
        )
    return names


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= _LONGEST_LOOK_S:
        raise argparse.ArgumentTypeError(f"must lie in 1 to {_LONGEST_LOOK_S:g}, not {text}")
    return seconds
