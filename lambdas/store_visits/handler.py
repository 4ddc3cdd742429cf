"""Entry point of store_visits: a batch of queued messages in, the failed ones out."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.shared.aws import make_client
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.clock import now_ms
from lambdas.shared.dirty_days import DynamoDirtyDays
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.quarantine import S3Quarantine
from lambdas.shared.settings import read_settings
from lambdas.shared.visit_table import DynamoVisitWriter
from lambdas.store_visits.logic import Message, StoreVisits


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    visits_table: str
    rollups_table: str
    quarantine_bucket: str


@cache
def build() -> StoreVisits:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    log, tables = StructuredLog(make_logger()), make_client("dynamodb")
    writer = BatchWriter(tables, settings.visits_table, log)
    return StoreVisits(
        config=settings.museum_config,
        visits=DynamoVisitWriter(writer, settings.museum_config),
        dirty_days=DynamoDirtyDays(tables, settings.rollups_table),
        quarantine=S3Quarantine(make_client("s3"), settings.quarantine_bucket),
        metrics=EmfMetrics(),
        log=log,
        clock=now_ms,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Stores a batch as one; tells the queue which messages to bring again.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    failed = build().store(Message(r["messageId"], r["body"]) for r in event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": one} for one in sorted(failed)]}
