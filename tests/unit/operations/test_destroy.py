"""What is said before and after the stacks are destroyed."""

import json
from pathlib import Path
from typing import Final

import pytest

from operations import destroy, left_behind, register_device
from operations.cdk_arguments import meant
from operations.command import run
from tests.unit.operations.conftest import STACKS, Account

_ALL: Final = ("--all", "--force")


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Where ``before`` writes for ``after``."""
    file = tmp_path / "note.json"
    file.touch()
    return file


def _before(account: Account, note: Path, *arguments: str) -> int:
    return destroy.main(["before", str(note), "-c", f"museums={account.museums}", *arguments])


def _after(account: Account, note: Path) -> int:
    return destroy.main(["after", str(note), "-c", f"museums={account.museums}", *_ALL])


def _destroy(account: Account, *stacks: str) -> None:
    for stack in stacks:
        account.client("cloudformation").delete_stack(StackName=f"smart-museum-{stack}")


def test_what_stays_is_named_with_the_commands_that_delete_it(
    account: Account, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name in AWS, of which the templates know nothing."""
    table, bucket = account.output("DevicesTableName"), account.output("QuarantineBucketName")
    assert _before(account, note, *_ALL) == 0
    _destroy(account, *reversed(STACKS))
    capsys.readouterr()
    assert _after(account, note) == 0
    printed = capsys.readouterr().out
    assert f"AWS::DynamoDB::Table {table}" in printed
    assert f"aws dynamodb delete-table --table-name {table}\n" in printed
    assert f"aws s3 rb s3://{bucket}\n" in printed
    assert "AWS::SQS::Queue" not in printed


def test_a_stack_that_is_still_there_keeps_what_it_has(
    account: Account, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever said no when the CDK asked is told nothing."""
    assert _before(account, note, *_ALL) == 0
    _destroy(account, "alerting")
    assert _after(account, note) == 0
    assert capsys.readouterr().out == ""


def test_only_the_stacks_that_are_meant_are_looked_at(account: Account, note: Path) -> None:
    """Destroying the alarms touches no table."""
    assert _before(account, note, "smart-museum-alerting") == 0
    assert json.loads(note.read_text()) == []
    assert _before(account, note, "smart-museum-storage") == 0
    assert len(json.loads(note.read_text())) == 2


def test_registered_devices_are_in_the_way(account: Account, tmp_path: Path) -> None:
    """AWS IoT would keep the policy, and the stack would stop halfway."""
    arguments = account.arguments(
        "--museum", "city-gallery", "--artwork", "harvest", "--device", "pi-1",
        "--out", str(tmp_path / "pi"),
    )  # fmt: skip
    assert run(lambda: register_device._main(arguments)) == 0
    policy = destroy.Resource(
        stack="smart-museum-ingestion", kind="AWS::IoT::Policy", name="smart-museum-device",
        stays=False,
    )  # fmt: skip
    deployed, _ = meant(["-c", f"museums={account.museums}"])
    assert destroy.obstacles(deployed, [policy]) == [
        "pi-1 is registered: scripts/retire-device --museum city-gallery --device pi-1"
    ]


def test_a_full_bucket_is_in_the_way_where_it_would_go_with_its_stack(
    account: Account, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not the production's, which stays."""
    formation, s3 = account.client("cloudformation"), account.client("s3")
    kept = account.output("QuarantineBucketName")
    s3.put_object(Bucket=kept, Key="a", Body=b"a")
    assert _before(account, note, *_ALL) == 0
    template = {"Resources": {"Reports": {"Type": "AWS::S3::Bucket"}}}
    formation.create_stack(StackName="smart-museum-dev-storage", TemplateBody=json.dumps(template))
    (bucket,) = formation.list_stack_resources(StackName="smart-museum-dev-storage")[
        "StackResourceSummaries"
    ]
    name = bucket["PhysicalResourceId"]
    stage = ("-c", "stage=dev")
    assert _before(account, note, *_ALL, *stage) == 0
    s3.put_object(Bucket=name, Key="a", Body=b"a")
    assert _before(account, note, *_ALL, *stage) == 1
    said = capsys.readouterr().err
    assert f"bucket {name} is not empty" in said
    assert "Nothing was destroyed" in said
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=name, Key="b", Body=b"b")
    s3.delete_object(Bucket=name, Key="a")
    (command,) = [line for line in said.splitlines() if name in line]
    exec(command.split(' -c "')[1].removesuffix('"'), {})  # noqa: S102  # the command that is told
    assert _before(account, note, *_ALL, *stage) == 0


def test_what_cannot_be_asked_does_not_hold_up_the_cdk(
    account: Account, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The CDK says itself what it misses."""
    assert _before(account, note, *_ALL, "-c", "stage=none") == 0
    assert "cannot be told: stage: must be one of" in capsys.readouterr().err
    assert _after(account, note) == 0


def test_the_stack_of_a_museum_that_nobody_names_is_in_the_way(
    account: Account, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It uses the shared stacks' functions, so CloudFormation would not delete those."""
    formation = account.client("cloudformation")
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in ("smart-museum-at-city-gallery", "smart-museum-dev-at-closed", "other-at-closed"):
        formation.create_stack(StackName=name, TemplateBody=template)
    assert _before(account, note, *_ALL) == 0
    formation.create_stack(StackName="smart-museum-at-closed", TemplateBody=template)
    assert _before(account, note, "smart-museum-at-city-gallery") == 0
    capsys.readouterr()
    assert _before(account, note, *_ALL) == 1
    (line, _) = capsys.readouterr().err.splitlines()
    assert "aws cloudformation delete-stack --stack-name smart-museum-at-closed" in line


def test_a_deployment_ends_with_what_it_leaves_behind(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """And with nothing else: what cannot be asked does not fail what was deployed."""
    formation = account.client("cloudformation")
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in ("smart-museum-at-city-gallery", "smart-museum-dev-at-closed"):
        formation.create_stack(StackName=name, TemplateBody=template)
    arguments = ["--all", "--require-approval", "never", "-c", f"museums={account.museums}"]
    assert left_behind.main(arguments) == 0
    assert capsys.readouterr() == ("", "")
    assert left_behind.main([*arguments, "-c", "stage=dev"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Left behind: smart-museum-dev-at-closed ")
    assert left_behind.main([*arguments, "-c", "stage=none"]) == 0
    assert "cannot be told" in capsys.readouterr().err
