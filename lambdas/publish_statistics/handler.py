"""Entry point of publish_statistics: daily, per museum."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.publish_statistics.logic import PublishStatistics
from lambdas.shared.aws import make_client
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.rollup_table import DynamoRollupReader
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.shared.settings import read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    rollups_table: str


@cache
def build() -> PublishStatistics:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    return PublishStatistics(
        config=settings.museum_config,
        rollups=DynamoRollupReader(make_client("dynamodb"), settings.rollups_table),
        metrics=EmfMetrics(),
        log=StructuredLog(make_logger()),
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Publishes yesterday's numbers of one museum."""
    statistics = build()
    statistics.run(parse_schedule_event(event, statistics.config))
