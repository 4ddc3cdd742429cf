"""What a subcommand needs of the command line."""

import argparse
from typing import Protocol


class Subparsers(Protocol):
    """What ``argparse`` gives for adding subcommands."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's name
        """Adds one."""
        ...
