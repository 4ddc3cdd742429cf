"""``scripts/retire-device``: a Pi that was taken down for good leaves nothing behind."""

import argparse
import sys
from collections.abc import Sequence

from contracts.presence import DISCONNECTED
from operations.aws import plain_errors
from operations.command import agreed, deployment_of, make_parser, run
from operations.deployed import Deployed
from operations.errors import OperationError
from operations.registry import Registry


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser(
        "retire-device",
        "Withdraws a Pi's certificate, deletes its thing and what was last heard of it.",
    )
    parser.add_argument("--museum", required=True, metavar="M", help="as in museum.toml")
    parser.add_argument("--device", required=True, metavar="D", help="the Pi's name")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args(arguments)


def _main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    deployed = deployment_of(given)
    table = deployed.output("DevicesTableName")
    registry = Registry(deployed.client("iot"))
    owner = registry.museum_of(given.device)
    if owner not in {None, given.museum}:
        raise OperationError(f"{given.device} belongs to {owner}, not to {given.museum}.")
    if owner is None:
        print(f"AWS IoT has no thing {given.device}; what was last heard of it is deleted.")
    else:
        question = f"{given.device} of {owner} will never connect again. Retire it?"
        if not agreed(question, yes=given.yes):
            print("Nothing was changed.")
            return 0
        certificates = registry.certificates(given.device)
        for certificate in certificates:
            registry.withdraw(certificate, given.device)
        registry.remove(given.device)
        print(f"Withdrawn: {len(certificates)} certificate(s). Deleted: thing {given.device}.")
    _forget(deployed, table, given.museum, given.device)
    print(
        "A Pi that is still switched on may say a last word within the next minutes; then run "
        "this once more."
    )
    return 0


def _forget(deployed: Deployed, table: str, museum_id: str, device_id: str) -> None:
    """So that nobody is told that it is silent."""
    with plain_errors():
        for partition in (museum_id, DISCONNECTED):
            deployed.client("dynamodb").delete_item(
                TableName=table,
                Key={"museum_id": {"S": partition}, "device_id": {"S": device_id}},
            )


if __name__ == "__main__":
    sys.exit(run(lambda: _main(sys.argv[1:])))
