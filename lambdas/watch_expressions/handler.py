"""Entry point of watch_expressions: every 15 minutes, per museum."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.shared.alert_markers import DynamoAlertMarkers
from lambdas.shared.aws import make_client
from lambdas.shared.letters import Audience, LetterQueue
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.shared.settings import read_settings
from lambdas.shared.visit_table import DynamoVisitReader
from lambdas.watch_expressions.logic import WatchExpressions


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    visits_table: str
    rollups_table: str
    mail_queue: str


@cache
def build() -> WatchExpressions:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    tables = make_client("dynamodb")
    return WatchExpressions(
        config=settings.museum_config,
        visits=DynamoVisitReader(tables, settings.visits_table),
        alerts=DynamoAlertMarkers(tables, settings.rollups_table),
        notifier=LetterQueue(make_client("sqs"), settings.mail_queue, Audience.CURATORS),
        metrics=EmfMetrics(),
        log=StructuredLog(make_logger()),
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Looks at the latest visits of one museum."""
    watch = build()
    watch.run(parse_schedule_event(event, watch.config))
