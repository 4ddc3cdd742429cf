"""``museum-edge pause``: closes the camera until it is told to go on."""

import argparse
from dataclasses import replace

from edge.commands.subparsers import Subparsers
from edge.commands.switching import add_config, add_end, make_switch, switch


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``pause`` to the command line."""
    parser = subparsers.add_parser("pause", help="close the camera until told to resume")
    add_end(parser)
    add_config(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Notes the pause, and says whether the process has obeyed.

    Returns:
        0, or 1 when a running process keeps its camera open all the same.

    Raises:
        ContractError: The configuration or the command line cannot be used.
        SwitchError: The pause cannot be noted.
    """
    return switch(
        args,
        lambda old, config, clock: replace(
            old, paused=make_switch(args, config, clock), damaged=False
        ),
    )
