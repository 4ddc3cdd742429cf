"""``museum-edge count-only``: for a school group, visits are counted and nobody is measured."""

import argparse
from dataclasses import replace

from edge.commands.subparsers import Subparsers
from edge.commands.switching import add_config, add_end, make_switch, switch
from edge.config import EdgeConfig
from edge.ports import Clock
from edge.switches import Switches


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``count-only`` to the command line."""
    parser = subparsers.add_parser(
        "count-only", help="count visits without measuring, e.g. for a school group"
    )
    add_end(parser)
    parser.add_argument("--off", action="store_true", help="end it")
    add_config(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Notes it, and says what holds now.

    Returns:
        0, or 1 when a running process should close its camera and does not.

    Raises:
        ContractError: The configuration or the command line cannot be used.
        SwitchError: The note cannot be written.
    """

    def change(old: Switches, config: EdgeConfig, clock: Clock) -> Switches:
        wanted = None if args.off else make_switch(args, config, clock)
        return replace(old, count_only=wanted, damaged=False)

    return switch(args, change)
