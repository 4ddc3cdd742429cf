"""Tables, a bucket and a topic of the functions in moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from lambdas.shared.aws import make_client

VISITS_TABLE = "visits"
ROLLUPS_TABLE = "rollups"
DEVICES_TABLE = "devices"


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS account with the tables that the functions and the rules write."""
    with mock_aws():
        tables = make_client("dynamodb")
        for name in (VISITS_TABLE, ROLLUPS_TABLE):
            tables.create_table(
                TableName=name,
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        tables.create_table(
            TableName=DEVICES_TABLE,
            KeySchema=[
                {"AttributeName": "museum_id", "KeyType": "HASH"},
                {"AttributeName": "device_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "museum_id", "AttributeType": "S"},
                {"AttributeName": "device_id", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield
