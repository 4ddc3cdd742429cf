"""``museum-edge analyze``: statistics of an expression log, without any cloud."""

import argparse
import json
import math
import sys
from pathlib import Path

from edge.commands.subparsers import Subparsers
from edge.log_analysis import analyse_log
from edge.log_table import log_table, problem_lines

_THRESHOLD = 0.6


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``analyze`` to the command line."""
    parser = subparsers.add_parser("analyze", help="print the statistics of an expression log")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="the log")
    parser.add_argument(
        "--threshold",
        type=_threshold,
        default=_THRESHOLD,
        help="lowest confidence that counts (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Reads the log once and prints what it says; with ``--json`` problems go to stderr too.

    Returns:
        0, also when rows were left out.

    Raises:
        LogFileError: The log cannot be read or has not the columns.
    """
    analysis = analyse_log(args.file, args.threshold)
    if args.json:
        for line in problem_lines(analysis):
            print(line, file=sys.stderr)  # noqa: T201 - a command prints
        print(json.dumps(analysis.document(), indent=4))  # noqa: T201 - as above
    else:
        print(log_table(analysis))  # noqa: T201 - as above
    return 0


def _threshold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number, 0 or more, not {text!r}")
    return value
