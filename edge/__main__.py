"""``museum-edge``: the command line of the Pi."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from contracts.errors import ContractError
from edge import VERSION
from edge.commands import analyze, replay, run
from edge.errors import EdgeError

_COMMANDS = (run, replay, analyze)
_UNUSABLE = 2
"""Exit code for a configuration, file or device that cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand.

    Returns:
        The exit code: the subcommand's, or 2 with one line on stderr.
    """
    parser = argparse.ArgumentParser(
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
