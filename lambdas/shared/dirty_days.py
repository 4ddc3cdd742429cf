"""Marks on past museum days that late visits touched, kept in the table of counts."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from lambdas.shared.aws import CONDITION_FAILED, service_errors
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.days import DirtyDay

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDirtyDays:
    """``DirtyDays`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def mark(self, museum_id: str, day: date, now_ms: int) -> None:
        """Overwrites an earlier mark; the new one differs even in the same millisecond."""
        with service_errors("dynamodb:PutItem"):
            self._client.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": _partition(museum_id)},
                    "sk": {"S": day.isoformat()},
                    "marked_at": {"N": str(now_ms)},
                    "mark": {"S": uuid.uuid4().hex},
                },
            )

    def pending(self, museum_id: str) -> list[DirtyDay]:
        """One strongly consistent query."""
        with service_errors("dynamodb:Query"):
            return [
                DirtyDay(day=date.fromisoformat(item["sk"]["S"]), mark=item["mark"]["S"])
                for page in self._client.get_paginator("query").paginate(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": _partition(museum_id)}},
                    ConsistentRead=True,
                )
                for item in page["Items"]
            ]

    def clear(self, museum_id: str, dirty: DirtyDay) -> bool:
        """A conditional delete."""
        try:
            with service_errors("dynamodb:DeleteItem"):
                self._client.delete_item(
                    TableName=self._table,
                    Key={"pk": {"S": _partition(museum_id)}, "sk": {"S": dirty.day.isoformat()}},
                    ConditionExpression="mark = :mark",
                    ExpressionAttributeValues={":mark": {"S": dirty.mark}},
                )
        except ServiceError as exc:
            if exc.code == CONDITION_FAILED:
                return False
            raise
        return True


def _partition(museum_id: str) -> str:
    return f"DIRTY#{museum_id}"
