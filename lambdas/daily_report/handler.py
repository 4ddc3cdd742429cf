"""Entry point of daily_report: daily, per museum."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.daily_report.logic import DailyReport
from lambdas.shared.aws import make_client
from lambdas.shared.clock import now_ms
from lambdas.shared.letters import Audience, LetterQueue
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.recount_log import DynamoRecountLog
from lambdas.shared.report_markers import DynamoReportMarkers
from lambdas.shared.report_store import S3ReportStore
from lambdas.shared.rollup_table import DynamoRollupReader
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.shared.settings import read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    rollups_table: str
    reports_bucket: str
    mail_queue: str


@cache
def build() -> DailyReport:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    config, rollups = settings.museum_config, settings.rollups_table
    tables = make_client("dynamodb")
    return DailyReport(
        config=config,
        rollups=DynamoRollupReader(tables, rollups),
        recounts=DynamoRecountLog(tables, rollups, config),
        markers=DynamoReportMarkers(tables, rollups, config),
        store=S3ReportStore(make_client("s3"), settings.reports_bucket),
        notifier=LetterQueue(make_client("sqs"), settings.mail_queue, Audience.CURATORS),
        metrics=EmfMetrics(),
        log=StructuredLog(make_logger()),
        clock=now_ms,
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Mails yesterday's report of one museum, once."""
    report = build()
    report.run(parse_schedule_event(event, report.config))
