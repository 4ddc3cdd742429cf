"""``edge.toml``: the whole configuration of one Pi, frozen and checked once."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from contracts.strict_toml import load
from contracts.topics import basic_ingest, status_topic, visits_topic
from edge.config.broker import BrokerConfig
from edge.config.camera import CameraConfig
from edge.config.delivery import HeartbeatConfig, OutboxConfig, PublishConfig
from edge.config.device import DeviceConfig
from edge.config.vision import DetectorConfig, ModelConfig, VisitsConfig
from edge.config.watch import WatchConfig

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """The whole of ``edge.toml``.

    Without a broker the device works for itself and writes a log; see ``museum-edge run --log``.
    """

    device: DeviceConfig
    camera: CameraConfig
    broker: BrokerConfig | None = None
    outbox: OutboxConfig = field(default_factory=OutboxConfig)
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    visits: VisitsConfig = field(default_factory=VisitsConfig)
    watch: WatchConfig = field(default_factory=WatchConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    heartbeat: HeartbeatConfig = field(default_factory=HeartbeatConfig)

    @property
    def visits_topic(self) -> str:
        """Where visits are published: Basic Ingest if a rule is configured."""
        plain = visits_topic(self.device.museum_id, self.device.device_id)
        rule = self.broker.visits_rule if self.broker else ""
        return basic_ingest(rule, plain) if rule else plain

    @property
    def status_topic(self) -> str:
        """Where heartbeats and the last will are published."""
        return status_topic(self.device.museum_id, self.device.device_id)


def load_config(path: Path) -> EdgeConfig:
    """Reads ``edge.toml``; relative paths in it are relative to its folder.

    Raises:
        ConfigError: The file cannot be used; the message names file, key and mend.
    """
    return _anchored(load(path, EdgeConfig), path.resolve().parent)


def _anchored(config: _T, folder: Path) -> _T:
    changes: dict[str, object] = {}
    for f in dataclasses.fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, f.name)
        if isinstance(value, Path):
            changes[f.name] = folder / value
        elif dataclasses.is_dataclass(value):
            changes[f.name] = _anchored(value, folder)
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]  # as above
