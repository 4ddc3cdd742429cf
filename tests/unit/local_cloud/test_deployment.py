"""Templates that the local cloud must refuse, without moto: nothing is created before the error."""

import json
from pathlib import Path
from typing import Any

import pytest

from local_cloud.assembly import read_assembly
from local_cloud.aws_server import AwsServer
from local_cloud.deployment import TYPES, deploy
from local_cloud.errors import LocalCloudError, UnsupportedError
from tests.unit.local_cloud.small_app import function, write_assembly

RULE_PAYLOAD = {"AwsIotSqlVersion": "2016-03-23", "Sql": "SELECT * FROM 'x'", "Actions": []}


def refuse(folder: Path, resources: dict[str, Any], **sections: Any) -> None:  # noqa: ANN401 - JSON
    """Deploys a template of these resources; the server is never started."""
    write_assembly(folder, ("stack", {"Resources": resources, **sections}))
    deploy(read_assembly(folder), AwsServer())


def resource(kind: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - template properties
    """One resource called X."""
    return {"X": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        (resource("AWS::Kinesis::Stream"), "AWS::Kinesis::Stream"),
        (resource("Custom::Thing"), "Custom::Thing"),
        (resource("AWS::SQS::Queue", FifoThroughputLimit="perQueue"), "FifoThroughputLimit"),
        (resource("AWS::S3::Bucket", NotificationConfiguration={}), "NotificationConfiguration"),
        (resource("AWS::DynamoDB::Table", StreamSpecification={}), "StreamSpecification"),
        (
            resource("AWS::IoT::TopicRule", TopicRulePayload={**RULE_PAYLOAD, "Extra": 1}),
            "Extra",
        ),
        (
            resource(
                "AWS::IoT::TopicRule",
                TopicRulePayload={**RULE_PAYLOAD, "AwsIotSqlVersion": "2015-10-08"},
            ),
            "2015-10-08",
        ),
        (
            resource(
                "AWS::Scheduler::Schedule",
                ScheduleExpression="rate(1 hour)",
                FlexibleTimeWindow={"Mode": "FLEXIBLE"},
                Target={"Arn": "arn:aws:lambda:x"},
            ),
            "FLEXIBLE",
        ),
        (
            resource(
                "AWS::Scheduler::Schedule",
                ScheduleExpression="rate(1 hour)",
                Target={"Arn": "arn:aws:sqs:x"},
            ),
            "arn:aws:sqs:x",
        ),
        (
            resource(
                "AWS::SNS::Subscription", Protocol="sms", TopicArn="arn:topic", Endpoint="+390612"
            ),
            "sms",
        ),
        ({"X": function(Role="r", Layers=["arn:layer"])}, "Layers"),
        ({"X": function(Role="r", Runtime="nodejs22.x")}, "nodejs22"),
        ({"X": function(Role="r", Code={"ZipFile": "x"})}, "ZipFile"),
        ({"X": {"Type": "AWS::SQS::Queue", "CreationPolicy": {}}}, "CreationPolicy"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_it_and_its_place(
    tmp_path: Path, resources: dict[str, Any], named: str
) -> None:
    """Never a silent skip."""
    with pytest.raises(UnsupportedError, match=rf"^stack/X.*{named}"):
        refuse(tmp_path, resources)


def test_resources_that_need_each_other_are_refused(tmp_path: Path) -> None:
    """CloudFormation could not create them either."""
    circle = {
        "A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "B"}}},
        "B": {"Type": "AWS::SQS::Queue", "DependsOn": "A"},
    }
    with pytest.raises(LocalCloudError, match=r"need each other: .*A.*B"):
        refuse(tmp_path, circle)


def test_a_mapping_to_a_function_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It would feed nobody."""
    resources = resource("AWS::Lambda::Permission", FunctionName="nobody")
    with pytest.raises(LocalCloudError, match="there is no function nobody"):
        refuse(tmp_path, resources)


def test_a_resource_whose_condition_does_not_hold_is_left_out(tmp_path: Path) -> None:
    """As CloudFormation does."""
    resources = {"X": {"Type": "AWS::SQS::Queue", "Condition": "Never"}}
    refuse(tmp_path, resources, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})


def test_every_known_type_says_what_each_property_does() -> None:
    """No property is both used and without effect."""
    for name, kind in TYPES.items():
        assert not kind.used & kind.no_effect, name
        assert kind.used | kind.no_effect, name


def test_this_repositorys_own_templates_use_known_types_only(repository: Path) -> None:
    """The assembly that the app last synthesised, where there is one."""
    templates = sorted((repository / "cdk.out").glob("*.template.json"))
    if not templates:
        pytest.skip("no cdk.out beside app.py")
    for file in templates:
        for found in json.loads(file.read_text())["Resources"].values():
            assert found["Type"] in TYPES, file.name
