"""Which reports were written and mailed, kept in the table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from lambdas.shared.aws import service_errors
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.rollup_table import day_expires_s
from lambdas.shared.together import put_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from contracts.museums import MuseumConfig


class DynamoReportMarkers:
    """``ReportMarkers`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str, config: MuseumConfig) -> None:
        self._client = client
        self._table = table
        self._zones = {museum.id: museum.zone for museum in config.museums}
        self._retention_days = config.privacy.report_retention_days

    def get(self, museum_id: str, day: date) -> ReportMarker | None:
        """One strongly consistent read."""
        with service_errors("dynamodb:GetItem"):
            answer = self._client.get_item(
                TableName=self._table,
                Key={"pk": {"S": _partition(museum_id)}, "sk": {"S": day.isoformat()}},
                ConsistentRead=True,
            )
        return _marker(answer["Item"]) if "Item" in answer else None

    def since(self, museum_id: str, earliest: date) -> list[ReportMarker]:
        """One query, earliest first."""
        with service_errors("dynamodb:Query"):
            return [
                _marker(item)
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
            ]

    def put(self, museum_id: str, markers: Sequence[ReportMarker]) -> None:
        """One transaction, at most 100 markers."""
        zone = self._zones[museum_id]
        items = [
            {
                "pk": {"S": _partition(museum_id)},
                "sk": {"S": marker.day.isoformat()},
                "visits": {"N": str(marker.visits)},
                "read_at": {"N": str(marker.read_at)},
                "mailed_at": {"N": str(marker.mailed_at)},
                "ttl": {"N": str(day_expires_s(marker.day, zone, self._retention_days))},
            }
            for marker in markers
        ]
        put_together(self._client, self._table, items)


def _marker(item: dict[str, Any]) -> ReportMarker:
    return ReportMarker(
        day=date.fromisoformat(item["sk"]["S"]),
        visits=int(item["visits"]["N"]),
        read_at=int(item["read_at"]["N"]),
        mailed_at=int(item["mailed_at"]["N"]),
    )


def _partition(museum_id: str) -> str:
    return f"REPORT#{museum_id}"
