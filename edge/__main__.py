"""``museum-edge``: the command line of the Pi."""

import argparse
import importlib
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NoReturn, Protocol, cast

from contracts.errors import ContractError
from edge import VERSION
from edge.commands.subparsers import Subparsers
from edge.errors import EdgeError, PackageError

_RUN: Final = "run"
_COMMANDS: Final = (
    _RUN, "pause", "resume", "count-only", "replay", "analyze", "aim", "doctor", "bench", "markers",
)  # fmt: skip
"""Each is a module of ``edge.commands``, which is only loaded when it is asked for."""
_UNUSABLE: Final = 2
"""Exit code for a configuration, file or device that cannot be used."""
_USAGE: Final = 64
"""Exit code for a wrong command line, as in sysexits.h; argparse's own 2 would be ``_UNUSABLE``."""
_NO_PACKAGE: Final = 69
"""Exit code for an installation of which a part is missing or broken, as in sysexits.h."""
_NO_OUTPUT: Final = 74
"""Exit code for what cannot be printed, as in sysexits.h."""
_NOBODY_READS: Final = 128 + signal.SIGPIPE
"""As the shell names the end of a program whose reader, ``head`` say, has gone."""


class _Command(Protocol):
    """What each module of ``edge.commands`` has."""

    def add_parser(self, subparsers: Subparsers) -> None:
        """Adds it to the command line."""
        ...


class _Parser(argparse.ArgumentParser):
    """Ends with ``_USAGE`` on a wrong command line; subcommands' parsers are of this class too."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand.

    Returns:
        The exit code: the subcommand's, or another with one line on stderr.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without these letters
    try:
        try:
            with _ctrl_c_ends():
                return _run(given)
        finally:
            if sys.stdout is not None:  # closed by whoever started this
                sys.stdout.flush()
    except PackageError as exc:
        return _told(exc, _NO_PACKAGE)
    except (EdgeError, ContractError) as exc:
        return _told(exc, _UNUSABLE)
    except OSError as exc:
        if given[:1] == [_RUN]:
            raise  # a defect: it prints nothing, and handles what its files and devices do
        _print_no_more()
        if isinstance(exc, BrokenPipeError):
            return _NOBODY_READS
        return _told(f"{exc.filename or 'the output'}: {exc.strerror or exc}", _NO_OUTPUT)


def _run(given: list[str]) -> int:
    """The chosen subcommand's exit code.

    Raises:
        PackageError: It cannot be loaded.
    """
    parser = _Parser(
        prog="museum-edge", description="Measures visits to an artwork; no image leaves the device."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in _wanted(given):
        _load(name).add_parser(subparsers)
    args = parser.parse_args(given)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s"
        if "JOURNAL_STREAM" in os.environ  # journald stamps the lines itself
        else "%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    code: int = args.run(args)
    return code


def _wanted(given: list[str]) -> Sequence[str]:
    """The commands that must be known to read the command line: one, or all for their list."""
    if given[:1] == ["--version"]:
        return ()
    return given[:1] if given and given[0] in _COMMANDS else _COMMANDS


def _load(name: str) -> _Command:
    """A subcommand's module.

    Raises:
        PackageError: A package that it needs is missing or broken.
    """
    try:
        module = importlib.import_module(f"edge.commands.{name.replace('-', '_')}")
    except ImportError as exc:
        raise PackageError(exc.name or "a package", str(exc).partition("\n")[0]) from exc
    return cast("_Command", module)


def _told(problem: object, code: int) -> int:
    print(f"museum-edge: {problem}", file=sys.stderr)
    return code


def _print_no_more() -> None:
    """What is still to be printed goes nowhere; the interpreter's end would complain of it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _ctrl_c_ends() -> Iterator[None]:
    """Ctrl-C ends the process by its own signal, at once and quietly, so that a shell's loop ends.

    ``run`` and ``aim`` catch it themselves. Python's own exception would leave a traceback, and
    numpy makes another error of one that meets its import.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if before is not signal.default_int_handler or not is_main:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())
