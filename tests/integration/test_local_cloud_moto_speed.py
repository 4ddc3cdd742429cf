"""What was replaced in moto answers as moto itself does."""

from collections.abc import Iterator
from typing import Any

import pytest

from local_cloud.aws_server import AwsServer
from local_cloud.metrics import MetricLog

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    """Moto with a table of two partitions."""
    server = AwsServer()
    server.start()
    client = server.client("dynamodb")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    for partition in ("a", "b"):
        for i in range(5):
            client.put_item(TableName="t", Item=item(partition, i))
    yield server
    server.stop()


def item(partition: str, i: int) -> dict[str, Any]:
    """An item with a list, a map and bytes."""
    return {
        "pk": {"S": partition},
        "sk": {"S": f"{i}"},
        "n": {"N": "1.50"},
        "list": {"L": [{"N": "1"}, {"S": "x"}]},
        "map": {"M": {"inner": {"S": "y"}}},
        "bytes": {"B": b"z"},
    }


def query(aws: AwsServer, condition: str, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3's
    """Items of partition ``a``, or of the one given as ``:pk``."""
    values = {":pk": {"S": "a"}} | options.pop("values", {})
    found: list[dict[str, Any]] = aws.client("dynamodb").query(
        TableName="t",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **options,
    )["Items"]
    return found


def test_a_query_gives_its_partition_in_order(aws: AwsServer) -> None:
    """Every attribute comes back as it was put."""
    expected = [item("a", i) for i in range(5)]
    for each in expected:
        each["n"] = {"N": "1.50"}
    assert query(aws, "pk = :pk") == expected
    assert query(aws, "pk = :pk", ScanIndexForward=False) == expected[::-1]


def test_a_query_of_an_empty_partition_gives_nothing(aws: AwsServer) -> None:
    """And does not create it."""
    assert query(aws, "pk = :pk", values={":pk": {"S": "none"}}) == []


def test_range_conditions_projections_and_pages_work(aws: AwsServer) -> None:
    """As the functions use them."""
    part = query(
        aws,
        "pk = :pk AND sk BETWEEN :from AND :to",
        values={":from": {"S": "1"}, ":to": {"S": "2"}},
        ProjectionExpression="sk, #m.inner, absent_x",
        ExpressionAttributeNames={"#m": "map"},
    )
    assert part == [{"sk": {"S": f"{i}"}, "map": {"M": {"inner": {"S": "y"}}}} for i in (1, 2)]
    flat = query(aws, "pk = :pk", ProjectionExpression="sk, n, absent_x", Limit=2)
    assert flat == [{"sk": {"S": f"{i}"}, "n": {"N": "1.50"}} for i in (0, 1)]


def test_a_message_past_its_retention_is_not_received(aws: AwsServer) -> None:
    """The faster check still checks."""
    client = aws.client("sqs")
    url = client.create_queue(QueueName="q", Attributes={"MessageRetentionPeriod": "60"})[
        "QueueUrl"
    ]
    client.send_message(QueueUrl=url, MessageBody="x")
    assert len(client.receive_message(QueueUrl=url)["Messages"]) == 1
    client.send_message(QueueUrl=url, MessageBody="y")
    client.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "0"})
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_metrics_that_are_put_are_listed(aws: AwsServer) -> None:
    """For the local cloud's list of metrics."""
    aws.client("cloudwatch").put_metric_data(
        Namespace="N",
        MetricData=[
            {
                "MetricName": "M",
                "Value": 2.5,
                "Unit": "Count",
                "Dimensions": [{"Name": "d", "Value": "v"}],
            }
        ],
    )
    (datum,) = MetricLog(aws).all()
    assert (datum.namespace, datum.name, dict(datum.dimensions)) == ("N", "M", {"d": "v"})
    assert (datum.values, datum.unit) == ((2.5,), "Count")
