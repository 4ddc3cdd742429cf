"""Batch writes take up what the table leaves over, and say what did not get through."""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.shared.batch_write import MOST_PER_REQUEST, BatchWriter
from tests.fakes.function_log import InMemoryLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef


class ReluctantTable:
    """Takes ``capacity`` items of each request, or raises."""

    def __init__(self, capacity: int, error: Exception | None = None) -> None:
        self.capacity = capacity
        self.error = error
        self.taken: list[str] = []
        self.sizes: list[int] = []

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803  # the SDK's name
        """As DynamoDB: the rest comes back as unprocessed."""
        if self.error is not None:
            raise self.error
        (requests,) = RequestItems.values()
        self.sizes.append(len(requests))
        self.taken += [one["PutRequest"]["Item"]["sk"]["S"] for one in requests[: self.capacity]]
        left = requests[self.capacity :]
        return {"UnprocessedItems": {"table": left} if left else {}}


def _requests(number: int) -> "dict[int, WriteRequestTypeDef]":
    return {
        i: {"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": str(i)}}}} for i in range(number)
    }


def _write(
    table: ReluctantTable, number: int, log: InMemoryLog | None = None
) -> tuple[frozenset[int], list[float]]:
    pauses: list[float] = []
    client = cast("DynamoDBClient", table)
    writer = BatchWriter(client, "table", log or InMemoryLog(), sleep=pauses.append)
    return writer.write(_requests(number)), pauses


@settings(max_examples=50)
@given(number=st.integers(0, 120), capacity=st.integers(0, 25))
def test_every_item_is_written_once_or_named_as_failed(number: int, capacity: int) -> None:
    """Whatever the table leaves over."""
    table = ReluctantTable(capacity)
    failed, pauses = _write(table, number)
    assert sorted([*table.taken, *map(str, failed)]) == sorted(map(str, range(number)))
    assert all(1 <= size <= MOST_PER_REQUEST for size in table.sizes)
    assert sum(pauses) < 60
    if capacity >= 5:
        assert not failed


def test_nothing_waits_where_nothing_is_left_over() -> None:
    """The pauses are for retries."""
    assert _write(ReluctantTable(25), 60) == (frozenset(), [])


def test_a_request_that_fails_fails_its_items() -> None:
    """The code is logged; the SDK has retried already."""
    for error, code in (
        (ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "BatchWriteItem"),
         "ResourceNotFoundException"),
        (EndpointConnectionError(endpoint_url="http://localhost"), "EndpointConnectionError"),
    ):  # fmt: skip
        log = InMemoryLog()
        failed, pauses = _write(ReluctantTable(25, error), 30, log)
        assert failed == frozenset(range(30))
        assert pauses == []
        assert [line.facts for line in log.lines] == [{"code": code}] * 2
