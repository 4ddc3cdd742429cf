"""When past museum days were last counted again, kept in the table of counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lambdas.shared.aws import service_errors
from lambdas.shared.rollup_table import day_expires_s

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from contracts.museums import MuseumConfig


class DynamoRecountLog:
    """``RecountLog`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str, config: MuseumConfig) -> None:
        self._client = client
        self._table = table
        self._zones = {museum.id: museum.zone for museum in config.museums}
        self._retention_days = config.privacy.report_retention_days

    def record(self, museum_id: str, day: date, now_ms: int) -> None:
        """One item a day; the latest time stays."""
        expires = day_expires_s(day, self._zones[museum_id], self._retention_days)
        with service_errors("dynamodb:PutItem"):
            self._client.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": _partition(museum_id)},
                    "sk": {"S": day.isoformat()},
                    "recounted_at": {"N": str(now_ms)},
                    "ttl": {"N": str(expires)},
                },
            )

    def since(self, museum_id: str, earliest: date) -> dict[date, int]:
        """One query."""
        with service_errors("dynamodb:Query"):
            return {
                date.fromisoformat(item["sk"]["S"]): int(item["recounted_at"]["N"])
                for page in self._client.get_paginator("query").paginate(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk AND sk >= :earliest",
                    ExpressionAttributeValues={
                        ":pk": {"S": _partition(museum_id)},
                        ":earliest": {"S": earliest.isoformat()},
                    },
                    ConsistentRead=True,
                )
                for item in page["Items"]
            }


def _partition(museum_id: str) -> str:
    return f"RECOUNTED#{museum_id}"
