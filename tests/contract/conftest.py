"""Tables, a bucket and a topic of the functions in moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.support.dynamo_tables import create_table

VISITS_TABLE = "visits"
ROLLUPS_TABLE = "rollups"
DEVICES_TABLE = "devices"


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS account with the tables that the functions and the rules write."""
    with mock_aws():
        for name in (VISITS_TABLE, ROLLUPS_TABLE):
            create_table(name)
        create_table(DEVICES_TABLE, "museum_id", "device_id")
        yield
