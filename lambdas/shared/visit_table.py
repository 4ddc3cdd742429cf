"""The table of single visits in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from contracts.expressions import Expression
from lambdas.shared.aws import service_errors
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.models.counts import CountedVisit
from lambdas.shared.museum_time import museum_day
from lambdas.shared.retention import visit_expires_s

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from contracts.museums import MuseumConfig
    from contracts.visit import Visit

_AT_ONCE: Final = 6
"""Queries under way at a time; the client keeps ten connections."""
_COUNTED: Final = "detected_at, dwell_ms, emotion_id, expressions"


def partition(museum_id: str, artwork_id: str, day: date) -> str:
    """The partition of an artwork's museum day."""
    return f"{museum_id}#{artwork_id}#{day.isoformat()}"


def visit_item(visit: Visit, zone: ZoneInfo, retention_days: int) -> dict[str, Any]:
    """The item of a visit, a function of the visit alone: written twice, it is the same item."""
    day = museum_day(visit.detected_at, zone)
    return {
        "pk": {"S": partition(visit.museum_id, visit.artwork_id, day)},
        "sk": {"S": f"{visit.detected_at}#{visit.visit_id}"},
        "visit_id": {"S": visit.visit_id},
        "museum_id": {"S": visit.museum_id},
        "artwork_id": {"S": visit.artwork_id},
        "device_id": {"S": visit.device_id},
        "detected_at": {"N": str(visit.detected_at)},
        "dwell_ms": {"N": str(visit.dwell_ms)},
        "emotion_id": {"N": str(int(visit.emotion_id))},
        "confidence": {"N": repr(visit.confidence)},
        "expressions": {"L": [{"N": repr(share)} for share in visit.expressions]},
        "samples": {"N": str(visit.samples)},
        "inference_ms": {"N": repr(visit.inference_ms)},
        "model": {"S": visit.model},
        "ttl": {"N": str(visit_expires_s(visit.detected_at, retention_days))},
    }


class DynamoVisitWriter:
    """``VisitWriter`` (see ports) on DynamoDB."""

    def __init__(self, writer: BatchWriter, config: MuseumConfig) -> None:
        self._writer = writer
        self._zones = {museum.id: museum.zone for museum in config.museums}
        self._retention_days = config.privacy.visit_retention_days

    def put(self, visits: Iterable[Visit]) -> frozenset[str]:
        """Stores visits, 25 a request."""
        ids: dict[tuple[str, str], set[str]] = {}
        requests: dict[tuple[str, str], WriteRequestTypeDef] = {}
        for visit in visits:
            item = visit_item(visit, self._zones[visit.museum_id], self._retention_days)
            key = (item["pk"]["S"], item["sk"]["S"])  # a request may name an item only once
            requests[key] = {"PutRequest": {"Item": item}}
            ids.setdefault(key, set()).add(visit.visit_id)
        failed = self._writer.write(requests)
        return frozenset().union(*(ids[key] for key in failed))


class DynamoVisitReader:
    """``VisitReader`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._pages = client.get_paginator("query")
        self._table = table
        self._pool = ThreadPoolExecutor(_AT_ONCE)

    def of_day(
        self, museum_id: str, artwork_ids: Sequence[str], day: date
    ) -> dict[str, list[CountedVisit]]:
        """One query a partition, strongly consistent: a recount must see what marked it."""
        return self._each(museum_id, artwork_ids, day, "pk = :pk", {}, consistent=True)

    def between(
        self, museum_id: str, artwork_ids: Sequence[str], day: date, start_ms: int, end_ms: int
    ) -> dict[str, list[CountedVisit]]:
        """One query of a part of each partition; a visit key is longer than a bare time."""
        return self._each(
            museum_id,
            artwork_ids,
            day,
            "pk = :pk AND sk BETWEEN :start AND :end",
            {":start": {"S": str(start_ms)}, ":end": {"S": str(end_ms)}},
            consistent=False,
        )

    def _each(
        self,
        museum_id: str,
        artwork_ids: Sequence[str],
        day: date,
        condition: str,
        values: dict[str, Any],
        *,
        consistent: bool,
    ) -> dict[str, list[CountedVisit]]:
        def query(artwork_id: str) -> list[CountedVisit]:
            key = {":pk": {"S": partition(museum_id, artwork_id, day)}}
            return list(self._query(condition, key | values, consistent=consistent))

        found = self._pool.map(query, artwork_ids)
        return dict(zip(artwork_ids, found, strict=True))

    def _query(
        self, condition: str, values: dict[str, Any], *, consistent: bool
    ) -> Iterator[CountedVisit]:
        with service_errors("dynamodb:Query"):
            for page in self._pages.paginate(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ProjectionExpression=_COUNTED,
                ConsistentRead=consistent,
            ):
                yield from (_counted(item) for item in page["Items"])


def _counted(item: dict[str, Any]) -> CountedVisit:
    return CountedVisit(
        detected_at=int(item["detected_at"]["N"]),
        dwell_ms=int(item["dwell_ms"]["N"]),
        emotion=Expression(int(item["emotion_id"]["N"])),
        shares=tuple(float(share["N"]) for share in item["expressions"]["L"]),
    )
