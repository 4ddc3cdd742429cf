"""What the operators' commands have in common: arguments, questions, exit codes."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contracts.errors import ContractError
from contracts.museum_toml import MAIN_STAGE
from operations.deployed import Deployed, open_deployment
from operations.errors import OperationError

ROOT: Final = Path(__file__).resolve().parent.parent
STOPPED: Final = 1
USAGE: Final = 2


def make_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with the arguments that name the deployment."""
    parser = argparse.ArgumentParser(prog=f"scripts/{name}", description=description)
    parser.add_argument("--stage", default=MAIN_STAGE, metavar="S", help="stage (default prod)")
    parser.add_argument("--region", default="", metavar="R", help="AWS Region, else museum.toml's")
    parser.add_argument(
        "--museums", default="museum.toml", metavar="FILE", help="default museum.toml"
    )
    return parser


def deployment_of(given: argparse.Namespace) -> Deployed:
    """The deployment that the arguments name; a file is sought where the caller stands, too."""
    museums = from_caller(given.museums)
    return open_deployment(
        museums if museums.exists() else ROOT / given.museums, given.stage, given.region
    )


def from_caller(path: str) -> Path:
    """A path as the caller of the script meant it, who may stand anywhere."""
    return Path(os.environ.get("SMART_MUSEUM_CALLER", os.curdir)).resolve() / path


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the operator agrees: by ``--yes``, or on a terminal.

    Raises:
        OperationError: There is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OperationError(f"{question} Nobody is there to answer; say --yes if you agree.")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def run(main: Callable[[], int]) -> int:
    """Runs a command; whatever stops it is one line."""
    try:
        return main()
    except (OperationError, ContractError) as exc:
        print(f"Stopped: {exc}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C. Running it again is safe.", file=sys.stderr)
    return STOPPED
