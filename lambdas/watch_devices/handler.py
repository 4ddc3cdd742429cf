"""Entry point of watch_devices: every two minutes, per museum."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.museums import MuseumConfig
from lambdas.shared.aws import make_client
from lambdas.shared.clock import now_ms
from lambdas.shared.device_table import DynamoDeviceReader
from lambdas.shared.letters import Audience, LetterQueue
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.observability import StructuredLog, make_logger
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.shared.settings import read_settings
from lambdas.shared.silence_markers import DynamoSilenceMarkers
from lambdas.watch_devices.logic import WatchDevices


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function's environment holds."""

    museum_config: MuseumConfig
    devices_table: str
    rollups_table: str
    mail_queue: str


@cache
def build() -> WatchDevices:
    """The function's parts, put together once per process."""
    settings = read_settings(Settings)
    tables = make_client("dynamodb")
    return WatchDevices(
        config=settings.museum_config,
        devices=DynamoDeviceReader(tables, settings.devices_table),
        markers=DynamoSilenceMarkers(tables, settings.rollups_table),
        operators=LetterQueue(make_client("sqs"), settings.mail_queue, Audience.OPERATORS),
        metrics=EmfMetrics(),
        log=StructuredLog(make_logger()),
        clock=now_ms,
    )


def handler(event: dict[str, Any], _context: object) -> None:
    """Looks at the latest heartbeats of one museum."""
    watch = build()
    watch.run(parse_schedule_event(event, watch.config).museum)
