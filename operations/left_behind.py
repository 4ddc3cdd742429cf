"""After ``scripts/cdk deploy``: stacks of museums that ``museum.toml`` no longer names.

The CDK deletes no stack that it is not told of, and these use functions of the others.
"""

import sys
from collections.abc import Iterator, Sequence

from contracts.errors import ContractError
from operations.aws import plain_errors
from operations.cdk_arguments import meant
from operations.deployed import Deployed, pages
from operations.errors import OperationError


def left_behind(deployed: Deployed) -> Iterator[str]:
    """Each, with the command that deletes it.

    Raises:
        OperationError: AWS cannot be asked.
    """
    deployment, museums = deployed.config.deployment, deployed.config.museums
    prefix = deployment.stack_of("")
    known = {deployment.stack_of(museum.id) for museum in museums}
    with plain_errors():
        for page in pages(deployed.client("cloudformation"), "describe_stacks"):
            for name in (one["StackName"] for one in page["Stacks"]):
                if name.startswith(prefix) and name not in known:
                    yield (
                        f"{name} is of a museum that the configuration does not name: "
                        f"aws cloudformation delete-stack --stack-name {name}"
                    )


def main(arguments: Sequence[str]) -> int:
    """``ARGUMENT...``: those of ``cdk deploy``."""
    try:
        deployed, _ = meant(arguments)
        for one in left_behind(deployed):
            print(f"Left behind: {one}", file=sys.stderr)
    except (OperationError, ContractError) as exc:
        print(f"What is left behind cannot be told: {exc}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
