"""Several items of a table, all written or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.shared.aws import service_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def put_together(client: DynamoDBClient, table: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Puts a hundred items at most, in one transaction.

    Raises:
        ServiceError: DynamoDB did not write them; none was written.
    """
    with service_errors("dynamodb:TransactWriteItems"):
        client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}} for item in items]
        )
