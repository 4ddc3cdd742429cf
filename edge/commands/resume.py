"""``museum-edge resume``: ends what ``pause`` began."""

import argparse
from dataclasses import replace

from edge.commands.subparsers import Subparsers
from edge.commands.switching import add_config, switch


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``resume`` to the command line."""
    parser = subparsers.add_parser(
        "resume", help="end a pause; opening hours, plan and count-only go on holding"
    )
    add_config(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ends the pause, and says what holds now.

    Returns:
        0, or 1 when a running process should close its camera and does not.

    Raises:
        ContractError: The configuration cannot be used.
        SwitchError: The note cannot be written.
    """
    return switch(args, lambda old, _config, _clock: replace(old, paused=None, damaged=False))
