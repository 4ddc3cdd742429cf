from pathlib import Path
from typing import Any

import pytest

from audit.permissions import grants, permission_table, too_wide
from tests.unit.audit.folders import assembly, role

TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
BUCKET = {"Fn::GetAtt": ["Bucket", "Arn"]}


def _wide(folder: Path, **statement: Any) -> list[str]:  # noqa: ANN401  # JSON
    made = assembly(folder, trial=role({"Effect": "Allow", **statement}))
    return [too_wide(one) for one in grants(made)]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Action": "dynamodb:*", "Resource": TABLE}, "an action with a wildcard"),
        ({"Action": "dynamodb:Get*", "Resource": TABLE}, "an action with a wildcard"),
        ({"Action": "*", "Resource": TABLE}, "an action with a wildcard"),
        ({"NotAction": "iam:PassRole", "Resource": TABLE}, "an action with a wildcard"),
        ({"Action": "dynamodb:Scan", "Resource": TABLE}, "reads a whole table"),
        ({"Action": "dynamodb:Query", "Resource": "*"}, "a resource with a wildcard"),
        ({"Action": "dynamodb:Query", "NotResource": TABLE}, "everything but a resource"),
        (
            {"Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:*:*:table/visits"},
            "a resource with a wildcard",
        ),
        (
            {"Action": "s3:PutObject", "Resource": {"Fn::Join": ["", [BUCKET, "/*"]]}},
            "a resource with a wildcard",
        ),
        (
            {"Action": "s3:PutObject", "Resource": {"Fn::Join": ["", [BUCKET, "*/visits/x"]]}},
            "a resource with a wildcard",
        ),
    ],
)
def test_a_statement_wider_than_its_resource_is_named(
    tmp_path: Path, statement: dict[str, Any], words: str
) -> None:
    """Each way in which a statement can be too wide is seen for what it is."""
    assert _wide(tmp_path, **statement) == [words]


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ["dynamodb:Query"], "Resource": [TABLE]},
        {"Action": "s3:PutObject", "Resource": {"Fn::Join": ["", [BUCKET, "/visits/*"]]}},
        {"Action": "iot:Publish", "Resource": "topic/${iot:Connection.Thing.ThingName}/visits"},
    ],
)
def test_what_names_its_resource_is_not(tmp_path: Path, statement: dict[str, Any]) -> None:
    """One table, a prefix of one bucket, a device's own topic."""
    assert _wide(tmp_path, **statement) == [""]


def test_a_refusal_is_never_too_wide(tmp_path: Path) -> None:
    """Deny may be as wide as it likes."""
    made = assembly(tmp_path, trial=role({"Effect": "Deny", "Action": "*", "Resource": "*"}))
    assert [too_wide(one) for one in grants(made)] == [""]


def test_a_policy_that_lets_anyone_in_is_too_wide(tmp_path: Path) -> None:
    """A bucket's own policy with the principal *."""
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": principal,
                        "Action": "s3:GetObject",
                        "Resource": {"Fn::Join": ["", [BUCKET, "/reports/*"]]},
                    }
                    for principal in ("*", {"AWS": "*"})
                ]
            },
        },
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {}}
    made = assembly(tmp_path, trial={"Policy": policy, "Bucket": bucket})
    assert [too_wide(one) for one in grants(made)] == ["anyone may", "anyone may"]
    assert "TOO WIDE: anyone may" in {row[-1] for row in permission_table(grants(made)).rows}


def test_every_place_that_can_grant_is_read(tmp_path: Path) -> None:
    """Inline, managed and resource policies, trusts, permissions to call, and the cameras'."""
    statement = {"Effect": "Allow", "Action": "a:b", "Resource": "x"}
    document = {"Statement": [statement]}
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "iot.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            }
        ]
    }
    made = assembly(
        tmp_path,
        trial={
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": trust,
                    "Policies": [{"PolicyName": "p", "PolicyDocument": document}],
                },
            },
            "Managed": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"Roles": [{"Ref": "Role"}], "PolicyDocument": document},
            },
            "Camera": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": document}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {}},
            "Call": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Ref": "Function"},
                    "Principal": "iot.amazonaws.com",
                    "SourceArn": "rule",
                },
            },
        },
    )
    assert {(one.principal, one.action, one.resource, one.condition) for one in grants(made)} == {
        (
            "iot.amazonaws.com",
            "sts:AssumeRole",
            "IAM::Role trial/Role",
            "StringEquals aws:SourceAccount = <account>",
        ),
        ("IAM::Role trial/Role", "a:b", "x", ""),
        ("a registered camera, by its certificate", "a:b", "x", ""),
        (
            "iot.amazonaws.com",
            "lambda:InvokeFunction",
            "Lambda::Function trial/Function",
            "SourceArn = rule",
        ),
    }
