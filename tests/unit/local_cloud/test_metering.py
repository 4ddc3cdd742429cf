"""What calls cost, by AWS's published rules and examples."""

import json

import pytest

from local_cloud.metering import Meter, attribute_bytes, item_bytes, read_meter, write_units


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é"}, 2),
        ({"N": "1700000000000"}, 2),  # zeros at the end do not count
        ({"N": "1700000000123"}, 8),
        ({"N": "-0.25"}, 3),
        ({"N": "1.5e-7"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"B": "aGVsbG8="}, 5),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": [{"N": "0.5"}, {"S": "x"}]}, 3 + 3 + 2),
        ({"M": {"key": {"S": "value"}}}, 3 + 1 + 3 + 5),
    ],
)
def test_an_attribute_has_the_size_that_dynamodb_meters(
    value: dict[str, object], size: int
) -> None:
    """The rules of the developer guide, one by one."""
    assert attribute_bytes(value) == size


def test_names_count() -> None:
    """AWS's own example: Shoe: {"S": "..."}; a name costs as much as a value."""
    assert item_bytes({"pk": {"S": "12345"}, "n": {"N": "7"}}) == 2 + 5 + 1 + 2


def _put(size: int) -> dict[str, object]:
    return {"PutRequest": {"Item": {"pk": {"S": "x" * (size - 2)}}}}


@pytest.mark.parametrize(
    ("operation", "body", "units"),
    [
        ("PutItem", {"Item": {"pk": {"S": "x" * 1022}}}, 1),
        ("PutItem", {"Item": {"pk": {"S": "x" * 1023}}}, 2),
        ("BatchWriteItem", {"RequestItems": {"t": [_put(100), _put(2000)]}}, 3),
        ("BatchWriteItem", {"RequestItems": {"t": [{"DeleteRequest": {"Key": {}}}]}}, 1),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"Item": {"pk": {"S": "x"}}}}]}, 2),
        ("TransactWriteItems", {"TransactItems": [{"Update": {}}, {"Delete": {}}]}, 4),
        ("DeleteItem", {"Key": {}}, 1),
        ("Query", {}, 0),
    ],
)
def test_a_call_is_metered_in_units_of_a_kilobyte(
    operation: str, body: dict[str, object], units: int
) -> None:
    """Rounded up item by item; a transaction costs twice."""
    assert write_units(operation, body) == units


def test_the_meter_adds_up_by_operation() -> None:
    """What it tells survives a connection; only DynamoDB's calls have units."""
    meter = Meter()
    body = json.dumps({"Item": {"pk": {"S": "a"}}}).encode()
    meter.add("DynamoDB_20120810.PutItem", body, 0.25)
    meter.add("DynamoDB_20120810.PutItem", body, 0.25)
    meter.add("AmazonSQS.SendMessage", b"{}", 0.5)
    used = dict(read_meter(json.loads(json.dumps(meter.as_dict()))))
    assert set(used) == {"dynamodb.PutItem", "sqs.SendMessage"}
    assert used["dynamodb.PutItem"].requests == 2
    assert used["dynamodb.PutItem"].write_units == 2
    assert used["dynamodb.PutItem"].seconds == pytest.approx(0.5)
    assert used["sqs.SendMessage"].write_units == 0
