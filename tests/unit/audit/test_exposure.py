from pathlib import Path
from typing import Any

from audit.exposure import LISTENS, NO_TLS, OPEN_BUCKET, exposure_table
from audit.permissions import grants
from tests.unit.audit.folders import assembly

BLOCK = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def _bucket(block: dict[str, bool]) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"PublicAccessBlockConfiguration": block}}


def _rows(folder: Path, **resources: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401  # JSON
    made = assembly(folder, trial=resources)
    return {row[0]: row for row in exposure_table(made, grants(made)).rows}


def test_an_open_bucket_is_told_in_capitals(tmp_path: Path) -> None:
    """Three of four blocks, and no policy that wants TLS."""
    rows = _rows(tmp_path, Open=_bucket(BLOCK | {"IgnorePublicAcls": False}), Closed=_bucket(BLOCK))
    assert OPEN_BUCKET in rows["S3::Bucket trial/Open"][3]
    assert NO_TLS in rows["S3::Bucket trial/Open"][3]
    assert OPEN_BUCKET not in rows["S3::Bucket trial/Closed"][3]


def test_a_function_with_an_address_is_told_in_capitals(tmp_path: Path) -> None:
    """And the row that says there is none is gone."""
    rows = _rows(tmp_path, Address={"Type": "AWS::Lambda::Url", "Properties": {}})
    assert rows["Lambda::Url trial/Address"][1:3] == ("the internet", LISTENS)
    assert "Lambda::Url: there is none" not in rows
    assert "EC2::VPC: there is none" in rows


def test_who_calls_a_function_is_told(tmp_path: Path) -> None:
    """Its queue and whoever may invoke it."""
    rows = _rows(
        tmp_path,
        Function={"Type": "AWS::Lambda::Function", "Properties": {}},
        Queue={"Type": "AWS::SQS::Queue", "Properties": {}},
        Mapping={
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
            },
        },
        Permission={
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
                "Principal": "iot.amazonaws.com",
            },
        },
    )
    assert rows["Lambda::Function trial/Function"][2] == (
        "called by SQS::Queue trial/Queue, iot.amazonaws.com"
    )
