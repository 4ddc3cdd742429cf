"""Entry point of roll_up: hourly, per museum."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.roll_up.logic import RollUp
from lambdas.shared.aws import make_client
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.clock import now_ms
from lambdas.shared.dirty_days import DynamoDirtyDays
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.recount_log import DynamoRecountLog
from lambdas.shared.rollup_table import DynamoRollupTable
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.shared.settings import read_settings
from lambdas.shared.visit_table import DynamoVisitReader


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    visits_table: str
    rollups_table: str


@cache
def build() -> RollUp:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    config, rollups = settings.museum_config, settings.rollups_table
    log = StructuredLog(make_logger())
    tables = make_client("dynamodb")
    return RollUp(
        config=config,
        visits=DynamoVisitReader(tables, settings.visits_table),
        rollups=DynamoRollupTable(tables, rollups, BatchWriter(tables, rollups, log), config),
        dirty_days=DynamoDirtyDays(tables, rollups),
        recounts=DynamoRecountLog(tables, rollups, config),
        metrics=EmfMetrics(),
        log=log,
        clock=now_ms,
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Recounts the days of one museum that may have changed."""
    roll_up = build()
    roll_up.run(parse_schedule_event(event, roll_up.config))
