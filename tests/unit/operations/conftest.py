"""A deployment in moto, as far as the operators' commands look at one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from operations import deployed
from operations.aws import make_session

REGION: Final = "eu-west-1"
MUSEUMS: Final = """
[deployment]
name = "smart-museum"
region = "eu-west-1"
production = true

[[stages]]
name = "dev"

[[museums]]
id = "city-gallery"
name = "City Gallery"
time_zone = "Europe/Rome"
curator_emails = []
opening_hours = { monday = "10:00-18:00" }
artworks = [{ id = "water-lilies", title = "Water Lilies" }, { id = "harvest", title = "Harvest" }]

[[museums]]
id = "old-harbour"
name = "Old Harbour"
time_zone = "Europe/Rome"
curator_emails = []
opening_hours = { monday = "10:00-18:00" }
artworks = [{ id = "anchor", title = "Anchor" }]
"""
_TABLE: Final = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "museum_id", "AttributeType": "S"},
            {"AttributeName": "device_id", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "museum_id", "KeyType": "HASH"},
            {"AttributeName": "device_id", "KeyType": "RANGE"},
        ],
    },
}
_QUEUE: Final = {"Type": "AWS::SQS::Queue"}


def _fifo(name: str) -> dict[str, Any]:
    """CloudFormation itself would make up a name with the right end."""
    return _QUEUE | {"Properties": {"FifoQueue": True, "QueueName": f"{name}.fifo"}}


STACKS: Final[dict[str, dict[str, Any]]] = {
    "storage": {
        "Resources": {
            "Devices": _TABLE | {"DeletionPolicy": "Retain"},
            "Quarantine": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        },
        "Outputs": {
            "DevicesTableName": {"Value": {"Ref": "Devices"}},
            "QuarantineBucketName": {"Value": {"Ref": "Quarantine"}},
        },
    },
    "ingestion": {
        "Resources": {"Visits": _QUEUE, "VisitsDead": _QUEUE},
        "Outputs": {
            "VisitsRuleName": {"Value": "smart_museum_visits"},
            "DevicePolicyName": {"Value": "smart-museum-device"},
            "VisitsQueueUrl": {"Value": {"Ref": "Visits"}},
            "VisitsDeadLetterQueueUrl": {"Value": {"Ref": "VisitsDead"}},
        },
    },
    "analytics": {
        "Resources": {"RollUpDead": _QUEUE},
        "Outputs": {
            "AnalyticsDeadLetters": {
                "Value": {"Fn::Sub": '{"roll_up": ["roll-up-function", "${RollUpDead}"]}'}
            },
        },
    },
    "alerting": {
        "Resources": {"Mail": _fifo("mail"), "MailDead": _fifo("dead"), "ReportDead": _QUEUE},
        "Outputs": {
            "MailQueueUrl": {"Value": {"Ref": "Mail"}},
            "MailDeadLetterQueueUrl": {"Value": {"Ref": "MailDead"}},
            "AlertingDeadLetters": {
                "Value": {"Fn::Sub": '{"daily_report": ["report-function", "${ReportDead}"]}'}
            },
        },
    },
}


_session = cache(make_session)
"""Making one reads megabytes of service descriptions, so that all tests share them."""


@pytest.fixture(autouse=True)
def _one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "make_session", _session)


@dataclass(frozen=True)
class Account:
    """An account with the stacks.

    Attributes:
        museums: The ``museum.toml`` that is deployed.
    """

    museums: Path

    def client(self, service: str) -> Any:  # noqa: ANN401  # a class made at run time
        """A client of a service."""
        return _session(REGION).client(service)  # type: ignore[call-overload]  # any of them

    def output(self, name: str) -> str:
        """One output of the stacks."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        outputs = [one for stack in stacks for one in stack["Outputs"]]
        (value,) = [str(one["OutputValue"]) for one in outputs if one["OutputKey"] == name]
        return value

    def arguments(self, *more: str) -> list[str]:
        """A command's arguments."""
        return ["--museums", str(self.museums), *more]


def fail(
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    error: Exception,
    when: Callable[[], bool] = lambda: True,
) -> None:
    """Lets one operation of AWS fail, whichever client calls it."""
    real: Callable[..., object] = BaseClient._make_api_call  # type: ignore[attr-defined]  # private

    def call(self: BaseClient, name: str, arguments: dict[str, Any]) -> object:
        if name == operation and when():
            raise error
        return real(self, name, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


@pytest.fixture
def museums(tmp_path: Path) -> Path:
    """Two museums."""
    file = tmp_path / "museum.toml"
    file.write_text(MUSEUMS, encoding="utf-8")
    return file


@pytest.fixture
def empty_account(museums: Path) -> Iterator[Account]:
    """Nothing is deployed."""
    with mock_aws(config={"iot": {"use_valid_cert": True}}):
        yield Account(museums)


@pytest.fixture
def account(empty_account: Account) -> Account:
    """All stacks are."""
    formation = empty_account.client("cloudformation")
    for name, template in STACKS.items():
        formation.create_stack(StackName=f"smart-museum-{name}", TemplateBody=json.dumps(template))
    empty_account.client("iot").create_policy(policyName="smart-museum-device", policyDocument="{}")
    return empty_account
