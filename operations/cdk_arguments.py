"""Which deployment, and which of its stacks, the arguments of a CDK command mean."""

import argparse
import os
from collections.abc import Sequence

from contracts.museum_toml import MAIN_STAGE
from operations.command import ROOT
from operations.deployed import Deployed, open_deployment


def meant(arguments: Sequence[str]) -> tuple[Deployed, list[str]]:
    """The deployment, and the names of its stacks; none for all.

    Raises:
        OperationError: AWS cannot be asked.
        ContractError: ``museum.toml`` cannot be used, or has no such stage.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-c", "--context", action="append", default=[])
    parser.add_argument("--profile")
    parser.add_argument("--region", default="")
    parser.add_argument("--all", action="store_true")
    given, rest = parser.parse_known_args(arguments)
    if given.profile:
        os.environ["AWS_PROFILE"] = given.profile
    context = dict(one.partition("=")[::2] for one in given.context)
    museums = ROOT / context.get("museums", "museum.toml")
    deployed = open_deployment(museums, context.get("stage", MAIN_STAGE), given.region)
    stacks = [one for one in rest if not one.startswith("-")]
    return deployed, [] if given.all else stacks
