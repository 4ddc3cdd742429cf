"""``museum-edge``: the command line of the Pi."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from contracts.errors import ContractError
from edge import VERSION
from edge.commands import (
    aim,
    analyze,
    bench,
    count_only,
    doctor,
    markers,
    pause,
    replay,
    resume,
    run,
)
from edge.errors import EdgeError

_COMMANDS = (run, pause, resume, count_only, replay, analyze, aim, doctor, bench, markers)
_UNUSABLE = 2
"""Exit code for a configuration, file or device that cannot be used."""
_USAGE = 64
"""Exit code for a wrong command line, as in sysexits.h; argparse's own 2 would be ``_UNUSABLE``."""


class _Parser(argparse.ArgumentParser):
    """Ends with ``_USAGE`` on a wrong command line; subcommands' parsers are of this class too."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand.

    Returns:
        The exit code: the subcommand's, or 2 with one line on stderr.
    """
    parser = _Parser(
        prog="museum-edge", description="Measures visits to an artwork; no image leaves the device."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(subparsers)
    args = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s"
        if "JOURNAL_STREAM" in os.environ  # journald stamps the lines itself
        else "%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        code: int = args.run(args)
    except (EdgeError, ContractError) as exc:
        print(f"museum-edge: {exc}", file=sys.stderr)
        return _UNUSABLE
    return code


if __name__ == "__main__":
    sys.exit(main())
