"""``edge.toml``: the whole configuration of one Pi, frozen and checked once."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from contracts.errors import ConfigError
from contracts.strict_toml import load
from contracts.topics import basic_ingest, status_topic, visits_topic
from edge.config.broker import BrokerConfig
from edge.config.camera import CameraConfig
from edge.config.condition import ConditionConfig
from edge.config.delivery import HeartbeatConfig, OutboxConfig, PublishConfig
from edge.config.device import DeviceConfig
from edge.config.markers import MarkersConfig
from edge.config.scene import SceneConfig
from edge.config.vision import DetectorConfig, ModelConfig, VisitsConfig
from edge.config.watch import WatchConfig

INSTALLED: Final = Path("/etc/museum-edge/edge.toml")
"""Where ``install.sh`` puts the configuration, and where every command looks for it."""

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
    condition: ConditionConfig = field(default_factory=ConditionConfig)
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    visits: VisitsConfig = field(default_factory=VisitsConfig)
    watch: WatchConfig = field(default_factory=WatchConfig)
    markers: MarkersConfig = field(default_factory=MarkersConfig)
    scene: SceneConfig = field(default_factory=SceneConfig)
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
    config = _anchored(load(path, EdgeConfig), path.resolve().parent)
    # An outbox that is no database is set aside; let that not be a file that is something else.
    others = [path, *(file for file in _files(config) if file is not config.outbox.file)]
    if config.outbox.file.resolve() in {other.resolve() for other in others}:
        problem = f"{config.outbox.file} is something else already; name a file of its own"
        raise ConfigError(path.name, "outbox.file", problem)
    return config


def _files(config: object) -> Iterator[Path]:
    for f in dataclasses.fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, f.name)
        if isinstance(value, Path):
            yield value
        elif dataclasses.is_dataclass(value):
            yield from _files(value)


def _anchored(config: _T, folder: Path) -> _T:
    changes: dict[str, object] = {}
    for f in dataclasses.fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, f.name)
        if isinstance(value, Path):
            changes[f.name] = folder / value
        elif dataclasses.is_dataclass(value):
            changes[f.name] = _anchored(value, folder)
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]  # as above
