"""Before and after ``scripts/cdk destroy``: what stands in its way, and what stays."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from contracts.errors import ContractError
from contracts.museum_toml import MAIN_STAGE
from operations.aws import error_code, plain_errors
from operations.cdk_arguments import meant
from operations.command import STOPPED
from operations.deployed import STACKS, Deployed, pages
from operations.errors import OperationError
from operations.left_behind import left_behind

TABLE: Final = "AWS::DynamoDB::Table"
BUCKET: Final = "AWS::S3::Bucket"
_POLICY: Final = "AWS::IoT::Policy"
_RETAINED: Final = {"Retain", "RetainExceptOnCreate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of a stack that is deployed.

    Attributes:
        stack: Its stack.
        kind: CloudFormation's type.
        name: Its name in AWS.
        stays: Whether it outlives its stack.
    """

    stack: str
    kind: str
    name: str
    stays: bool


def resources_of(deployed: Deployed, asked: Sequence[str]) -> list[Resource]:
    """The resources of those stacks of a deployment that are there and are to be destroyed."""
    names = [f"{deployed.name}-{stack}" for stack in STACKS]
    meant = [name for name in names if not asked or name in asked]
    return [one for stack in meant for one in _resources(deployed, stack)]


def _resources(deployed: Deployed, stack: str) -> Iterator[Resource]:
    formation = deployed.client("cloudformation")
    try:
        with plain_errors():
            template = formation.get_template(StackName=stack)["TemplateBody"]
            listed = [
                one
                for page in pages(formation, "list_stack_resources", StackName=stack)
                for one in page["StackResourceSummaries"]
            ]
    except OperationError as exc:
        if isinstance(exc.__cause__, ClientError) and error_code(exc.__cause__) == (
            "ValidationError"
        ):
            return  # not deployed
        raise
    body = json.loads(template) if isinstance(template, str) else template
    for one in listed:
        declared: dict[str, Any] = body["Resources"].get(one["LogicalResourceId"], {})
        yield Resource(
            stack=stack,
            kind=one["ResourceType"],
            name=one.get("PhysicalResourceId", ""),
            stays=declared.get("DeletionPolicy") in _RETAINED,
        )


def obstacles(deployed: Deployed, found: Sequence[Resource]) -> list[str]:
    """What CloudFormation would stumble over halfway, each with the command that mends it."""
    return [
        *(left_behind(deployed) if found else ()),
        *_registered(deployed, found),
        *_full_buckets(deployed, found),
    ]


def _registered(deployed: Deployed, found: Sequence[Resource]) -> Iterator[str]:
    """AWS IoT deletes no policy that a certificate has."""
    iot = deployed.client("iot")
    stage = "" if deployed.stage == MAIN_STAGE else f" --stage {deployed.stage}"
    for policy in (one.name for one in found if one.kind == _POLICY):
        with plain_errors():
            targets = iot.list_targets_for_policy(policyName=policy, pageSize=250)["targets"]
            for target in targets:
                things = iot.list_principal_things(principal=target)["things"]
                for thing in things:
                    attributes = iot.describe_thing(thingName=thing).get("attributes", {})
                    museum = attributes.get("museum_id", "MUSEUM")
                    yield (
                        f"{thing} is registered: scripts/retire-device --museum {museum} "
                        f"--device {thing}{stage}"
                    )
                if not things:
                    yield (
                        f"a certificate has the policy: aws iot detach-policy --policy-name "
                        f"{policy} --target {target}"
                    )


def _full_buckets(deployed: Deployed, found: Sequence[Resource]) -> Iterator[str]:
    """CloudFormation deletes no bucket that holds anything."""
    s3 = deployed.client("s3")
    for bucket in (one.name for one in found if one.kind == BUCKET and not one.stays):
        with plain_errors():
            held = s3.list_object_versions(Bucket=bucket, MaxKeys=1)
            if held.get("Versions") or held.get("DeleteMarkers"):
                yield f"bucket {bucket} is not empty: {_emptying(bucket)}"


def _emptying(bucket: str) -> str:
    """With its old versions, which ``aws s3 rm`` leaves."""
    code = f"import boto3; boto3.resource('s3').Bucket('{bucket}').object_versions.delete()"
    return f'.venv/bin/python -c "{code}"'


def deletion(one: Resource) -> list[str]:
    """The commands that delete what stays, with all that is in it."""
    name = shlex.quote(one.name)
    if one.kind == TABLE:
        return [
            f"aws dynamodb update-table --no-deletion-protection-enabled --table-name {name}",
            f"aws dynamodb delete-table --table-name {name}",
        ]
    if one.kind == BUCKET:
        return [_emptying(one.name), f"aws s3 rb s3://{one.name}"]
    return []


def _before(note: Path, arguments: Sequence[str]) -> int:
    deployed, asked = meant(arguments)
    found = resources_of(deployed, asked)
    blocked = obstacles(deployed, found)
    note.write_text(json.dumps([asdict(one) for one in found if one.stays]), encoding="utf-8")
    for one in blocked:
        print(f"In the way: {one}", file=sys.stderr)
    if blocked:
        print("Nothing was destroyed. Do that first, and run it again.", file=sys.stderr)
        return STOPPED
    return 0


def _after(note: Path, arguments: Sequence[str]) -> int:
    stayed = [Resource(**one) for one in json.loads(note.read_text("utf-8") or "[]")]
    deployed, _ = meant(arguments)
    left = {stack for stack in {one.stack for one in stayed} if any(_resources(deployed, stack))}
    gone = [one for one in stayed if one.stack not in left]
    if not gone:
        return 0
    print("\nThese stay, with all data in them, and cost money until you delete them:")
    for one in gone:
        print(f"\n{one.kind} {one.name}")
        for command in deletion(one):
            print(f"  {command}")
    print("\nKeys are deleted by AWS in 30 days; the stack CDKToolkit serves other apps, too.")
    return 0


def main(arguments: Sequence[str]) -> int:
    """``before|after NOTE ARGUMENT...``: the arguments are those of ``cdk destroy``."""
    step, note, *rest = arguments
    try:
        return (_before if step == "before" else _after)(Path(note), rest)
    except (OperationError, ContractError) as exc:
        print(f"What stays after destroy cannot be told: {exc}", file=sys.stderr)
        return 0  # the CDK says itself what it cannot do


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
