"""``edge.toml``: one file a group of its sections, put together in ``edge_config``."""

from edge.config.broker import BrokerConfig
from edge.config.camera import CameraConfig, CameraSource
from edge.config.condition import ConditionConfig
from edge.config.delivery import MOST_IN_FLIGHT, HeartbeatConfig, OutboxConfig, PublishConfig
from edge.config.device import DeviceConfig
from edge.config.edge_config import INSTALLED, EdgeConfig, load_config
from edge.config.markers import MarkersConfig, Unseen
from edge.config.scene import MaskConfig, SceneConfig, ZoneConfig
from edge.config.vision import (
    PACKAGED_MODEL,
    DetectorConfig,
    DetectorKind,
    ModelConfig,
    VisitsConfig,
)
from edge.config.watch import Measuring, PlannedHours, Restriction, WatchConfig

__all__ = [
    "INSTALLED",
    "MOST_IN_FLIGHT",
    "PACKAGED_MODEL",
    "BrokerConfig",
    "CameraConfig",
    "CameraSource",
    "ConditionConfig",
    "DetectorConfig",
    "DetectorKind",
    "DeviceConfig",
    "EdgeConfig",
    "HeartbeatConfig",
    "MarkersConfig",
    "MaskConfig",
    "Measuring",
    "ModelConfig",
    "OutboxConfig",
    "PlannedHours",
    "PublishConfig",
    "Restriction",
    "SceneConfig",
    "Unseen",
    "VisitsConfig",
    "WatchConfig",
    "ZoneConfig",
    "load_config",
]
