"""The counts per artwork and hour in DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contracts.expressions import Expression
from lambdas.shared.aws import service_errors
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import DAY_MS, day_start_ms

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from contracts.museums import MuseumConfig


def partition(museum_id: str, day: date) -> str:
    """The partition of a museum day's counts."""
    return f"{museum_id}#{day.isoformat()}"


def sort_key(artwork_id: str, hour: str) -> str:
    """The sort key of one artwork's hour."""
    return f"{artwork_id}#{hour}"


def day_expires_s(day: date, zone: ZoneInfo, retention_days: int) -> int:
    """When a day's numbers may be deleted, seconds since 1970."""
    return (day_start_ms(day, zone) + retention_days * DAY_MS) // 1000


class DynamoRollupReader:
    """``RollupReader`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._pages = client.get_paginator("query")
        self._table = table

    def of_day(self, museum_id: str, day: date) -> list[HourCount]:
        """One query of one partition."""
        with service_errors("dynamodb:Query"):
            return [
                _hour_count(item)
                for page in self._pages.paginate(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": partition(museum_id, day)}},
                    ConsistentRead=True,
                )
                for item in page["Items"]
            ]


class DynamoRollupTable(DynamoRollupReader):
    """``RollupTable`` (see ports) on DynamoDB."""

    def __init__(
        self, client: DynamoDBClient, table: str, writer: BatchWriter, config: MuseumConfig
    ) -> None:
        super().__init__(client, table)
        self._writer = writer
        self._zones = {museum.id: museum.zone for museum in config.museums}
        self._retention_days = config.privacy.report_retention_days

    def change(
        self,
        museum_id: str,
        day: date,
        *,
        put: Sequence[HourCount],
        delete: Sequence[tuple[str, str]],
        computed_at: int,
    ) -> None:
        """Writes 25 items a request."""
        pk = {"S": partition(museum_id, day)}
        expires = day_expires_s(day, self._zones[museum_id], self._retention_days)
        requests: dict[str, WriteRequestTypeDef] = {}
        for count in put:
            sk = sort_key(count.artwork_id, count.hour)
            item = _item(count) | {
                "pk": pk,
                "sk": {"S": sk},
                "computed_at": {"N": str(computed_at)},
                "ttl": {"N": str(expires)},
            }
            requests[sk] = {"PutRequest": {"Item": item}}
        for artwork_id, hour in delete:
            sk = sort_key(artwork_id, hour)
            requests[sk] = {"DeleteRequest": {"Key": {"pk": pk, "sk": {"S": sk}}}}
        if self._writer.write(requests):
            raise ServiceError("dynamodb:BatchWriteItem", "ItemsLeftOver")


def _item(count: HourCount) -> dict[str, Any]:
    return {
        "visits": {"N": str(count.visits)},
        "emotions": {"M": {str(int(e)): {"N": str(n)} for e, n in count.emotions.items()}},
        "dwell_ms_total": {"N": str(count.dwell_ms_total)},
        "share_sums": {"L": [{"N": repr(total)} for total in count.share_sums]},
    }


def _hour_count(item: dict[str, Any]) -> HourCount:
    artwork_id, _, hour = item["sk"]["S"].partition("#")
    return HourCount(
        artwork_id=artwork_id,
        hour=hour,
        visits=int(item["visits"]["N"]),
        emotions={Expression(int(e)): int(n["N"]) for e, n in item["emotions"]["M"].items()},
        dwell_ms_total=int(item["dwell_ms_total"]["N"]),
        share_sums=tuple(float(total["N"]) for total in item["share_sums"]["L"]),
    )
