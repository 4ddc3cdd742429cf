"""The seed's setup on moto, twenty Pis for thirty days: what its calls consume."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from costs.capacity import CapacityMeter
from costs.seed import ITEM_BYTES, PIS, SCANS_A_DAY, scan_units
from lambdas.shared.aws import make_client
from local_cloud.metering import item_bytes

TABLE = "EmotionDetectionDB"
DAYS = 30
pytestmark = pytest.mark.integration


@pytest.fixture
def client() -> Iterator[Any]:
    """A table with the key ``id``."""
    with mock_aws():
        made = make_client("dynamodb")
        made.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def _item(pi: int, at: datetime) -> dict[str, Any]:
    return {
        "id": {"S": str(uuid.uuid4())},
        "artwork_id": {"S": f"artwork-{pi}"},
        "emotion_id": {"S": "surprise"},
        "timestamp": {"S": at.strftime("%Y-%m-%d %H:%M:%S.%f")},
        "confidence": {"N": "87.25"},
    }


def test_a_month_consumes_what_the_model_says(client: Any) -> None:  # noqa: ANN401  # botocore's
    """One message a Pi and day: writes one by one, and scans of everything there is so far.

    Its three functions scan alike, so that one scan a day is made and counted three times.

    The model is linear in the items but for the steps of 4 KB; a month of a hundred visits a day,
    each of a hundred messages, is the same arithmetic with a table of a gigabyte.
    """
    meter = CapacityMeter(client, make_client("dynamodb"))
    start = datetime(2026, 6, 1, 12, 34, 56, 789012)  # noqa: DTZ001  # naive, as the seed's own
    sizes = []
    for day in range(DAYS):
        for pi in range(PIS):
            item = _item(pi, start + timedelta(days=day, seconds=pi))
            sizes.append(item_bytes(item))
            client.put_item(TableName=TABLE, Item=item)
        client.scan(TableName=TABLE)
    assert meter.writes == PIS * DAYS
    assert meter.requests["PutItem"] == PIS * DAYS
    mean = sum(sizes) / len(sizes)
    assert mean == pytest.approx(ITEM_BYTES, rel=0.1)
    assert SCANS_A_DAY * meter.reads == pytest.approx(scan_units(PIS, DAYS, mean), rel=0.1)
