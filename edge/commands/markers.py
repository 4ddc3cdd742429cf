"""``museum-edge markers``: cards and stickers to print."""

import argparse
import os
from pathlib import Path
from typing import Final

from contracts.errors import ContractError
from edge.adapters.aruco_finder import cells
from edge.commands.subparsers import Subparsers
from edge.errors import SheetError
from edge.marker_sheets import Paper, sheets
from edge.markers import NUMBERS, SIDES_MM, MarkerKind

_MOST: Final = 1000


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``markers`` to the command line."""
    parser = subparsers.add_parser(
        "markers", help="print cards for staff, or opt-out stickers for visitors"
    )
    parser.add_argument(
        "--kind", type=MarkerKind, choices=list(MarkerKind), required=True, help="who wears them"
    )
    parser.add_argument("--out", type=Path, metavar="F.pdf", help="default: markers-KIND.pdf")
    parser.add_argument("--count", type=int, default=12, help="how many (default 12)")
    parser.add_argument("--paper", type=Paper, choices=list(Paper), default=Paper.A4)
    parser.add_argument(
        "--line",
        action="append",
        metavar="TEXT",
        help="your own words instead of the English ones, once a line; the first is the heading",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes the PDF and says how to print it.

    Returns:
        0.

    Raises:
        ContractError: The command line cannot be used.
        SheetError: The file cannot be written.
    """
    if not 1 <= args.count <= _MOST:
        raise ContractError("--count", f"must lie in 1 to {_MOST}, not {args.count}")
    out: Path = args.out or Path(f"markers-{args.kind.value}.pdf")
    code = cells(NUMBERS[args.kind])
    try:
        content = sheets(args.kind, code, count=args.count, paper=args.paper, words=args.line)
    except ValueError as exc:
        raise ContractError("--line", str(exc)) from exc
    try:
        out.write_bytes(content)
    except OSError as exc:
        raise SheetError(str(out), f"cannot be written: {os.strerror(exc.errno or 0)}") from exc
    side = SIDES_MM[args.kind]
    print(  # noqa: T201 - a command prints
        f"{out}: {args.count} markers of {side:g} mm; print at actual size (100 %), on matt paper, "
        "and measure one"
    )
    return 0
